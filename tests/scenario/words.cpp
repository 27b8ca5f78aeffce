#include "tests/scenario/words.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace noodstop::scenario {

using core::Duration;

void wrong(const std::string& why) {
    throw std::runtime_error(why);
}

Words split(const std::string& line) {
    Words words;
    std::string word;
    bool quoted = false, any = false;
    for (const char letter : line) {
        if (letter == '"') {
            quoted = !quoted;
            any = true;
        } else if (letter == ' ' && !quoted) {
            if (any)
                words.push_back(std::exchange(word, {}));
            any = false;
        } else {
            word.push_back(letter);
            any = true;
        }
    }
    if (any)
        words.push_back(word);
    return words;
}

std::string after(const Words& words, const std::string& mark) {
    const auto place = std::find(words.begin(), words.end(), mark);
    return place == words.end() || place + 1 == words.end() ? std::string() : *(place + 1);
}

bool mentions(const Words& words, const std::string& mark) {
    return std::find(words.begin(), words.end(), mark) != words.end();
}

std::vector<std::string> names(const std::string& text) {
    std::vector<std::string> all;
    std::istringstream in(text);
    for (std::string name; std::getline(in, name, ',');) {
        const auto dots = name.find("..");
        if (dots == std::string::npos) {
            all.push_back(name);
            continue;
        }
        const auto digits = name.find_last_not_of("0123456789", dots - 1) + 1;
        const int last = std::stoi(name.substr(dots + 2));
        for (int number = std::stoi(name.substr(digits)); number <= last; ++number)
            all.push_back(name.substr(0, digits) + std::to_string(number));
    }
    return all;
}

Duration duration(const std::string& text) {
    std::istringstream in(text);
    Duration sum{0};
    std::int64_t number = 0;
    while (in >> number) {
        std::string unit;
        while (in && std::isalpha(in.peek()) != 0)
            unit.push_back(static_cast<char>(in.get()));
        const std::map<std::string, std::int64_t> micros{
            {"ms", 1000}, {"s", 1'000'000}, {"m", 60'000'000}, {"h", 3'600'000'000}, {"d", 86'400'000'000}};
        const auto known = micros.find(unit);
        if (known == micros.end())
            wrong("not a duration: " + text);
        sum += Duration{number * known->second};
    }
    return sum;
}

std::int64_t thousandths(const std::string& text) {
    const auto point = text.find('.');
    std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
    fraction.resize(3, '0');
    return std::stoll(text.substr(0, point)) * 1000 + std::stoll(fraction);
}

core::Money money(const std::string& text) {
    const auto point = text.find('.');
    std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
    fraction.resize(6, '0');
    return {std::stoll(text.substr(0, point)) * 1'000'000 + std::stoll(fraction)};
}

// By counting days from the calendar's epoch.
core::WallTime wall_time(const std::string& text) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d", &year, &month, &day, &hour, &minute, &second) < 3)
        wrong("not a date: " + text);
    const std::chrono::sys_days days{std::chrono::year{year} / month / day};
    return {std::chrono::duration_cast<Duration>(days.time_since_epoch() + std::chrono::hours(hour) +
                                                 std::chrono::minutes(minute) + std::chrono::seconds(second))};
}

core::Lever lever(const std::string& name) {
    const auto known = core::lever_from_name(name);
    if (!known)
        wrong("no lever: " + name);
    return *known;
}

}  // namespace noodstop::scenario
