#include "agent/doors/exporters/reading.hpp"

#include "proto/codec/text.hpp"

#include <algorithm>
#include <charconv>

namespace noodstop::exporters {
namespace {

constexpr std::uint64_t millionths = 1'000'000;
constexpr std::size_t decimals = 6;

bool is_in_millionths(FigureUnit unit) {
    switch (unit) {
        case FigureUnit::seconds:
        case FigureUnit::money:
        case FigureUnit::money_per_hour:
            return true;
        case FigureUnit::pieces:
            return false;
    }
    return false;
}

}  // namespace

Reading make_reading(const ReadingOf& of, std::vector<Label> labels) {
    std::erase_if(labels, [](const Label& label) { return label.value.empty(); });
    for (Label& label : labels)
        label.value = codec::valid_text(label.value);
    std::sort(labels.begin(), labels.end());
    Reading reading;
    reading.figure = of.figure;
    reading.labels = std::move(labels);
    reading.raw = of.raw;
    reading.at = of.at;
    return reading;
}

std::string decimal_text(FigureUnit unit, std::int64_t raw) {
    if (!is_in_millionths(unit))
        return std::to_string(raw);
    const std::uint64_t size = raw < 0 ? 0 - static_cast<std::uint64_t>(raw) : static_cast<std::uint64_t>(raw);
    std::string text = (raw < 0 ? "-" : "") + std::to_string(size / millionths);
    std::string fraction = std::to_string(size % millionths);
    fraction.insert(0, decimals - fraction.size(), '0');
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return fraction.empty() ? text : text + "." + fraction;
}

double nearest_double(FigureUnit unit, std::int64_t raw) {
    const std::string text = decimal_text(unit, raw);
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace noodstop::exporters
