#include "agent/doors/exporters/accept.hpp"

#include <algorithm>
#include <string>

namespace noodstop::exporters {
namespace {

constexpr std::uint32_t whole_quality = 1000;

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
    return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

// The part before the first `mark`; `rest` is what follows it.
std::string_view take_part(std::string_view& rest, char mark) {
    const std::size_t end = std::min(rest.find(mark), rest.size());
    const std::string_view part = trimmed(rest.substr(0, end));
    rest = end < rest.size() ? rest.substr(end + 1) : std::string_view();
    return part;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& character : out)
        if (character >= 'A' && character <= 'Z')
            character = static_cast<char>(character - 'A' + 'a');
    return out;
}

// "1", "0.75": at most three decimals. What is no such number is 0.
std::uint32_t quality_of(std::string_view text) {
    if (text.empty() || (text[0] != '0' && text[0] != '1') || text.size() > 5 || (text.size() > 1 && text[1] != '.'))
        return 0;
    std::uint32_t thousandths = text[0] == '1' ? whole_quality : 0;
    std::uint32_t worth = whole_quality;
    for (const char digit : text.substr(std::min<std::size_t>(2, text.size()))) {
        if (digit < '0' || digit > '9')
            return 0;
        worth /= 10;
        thousandths += worth * static_cast<std::uint32_t>(digit - '0');
    }
    return std::min(thousandths, whole_quality);
}

struct MediaRange {
    std::string type;
    std::string version;
    std::uint32_t quality = whole_quality;
};

MediaRange media_range_of(std::string_view text) {
    MediaRange range;
    range.type = lower(take_part(text, ';'));
    while (!text.empty()) {
        std::string_view value = take_part(text, ';');
        const std::string name = lower(take_part(value, '='));
        if (name == "q")
            range.quality = quality_of(value);
        if (name == "version")
            range.version = value;
    }
    return range;
}

bool is_spoken(const std::string& openmetrics_version) {
    return openmetrics_version.empty() || openmetrics_version == "1.0.0" || openmetrics_version == "0.0.1";
}

}  // namespace

Preferences preferences_of(std::string_view accept) {
    Preferences preferences;
    std::uint32_t any = 0;
    while (!accept.empty()) {
        const MediaRange range = media_range_of(take_part(accept, ','));
        if (range.type == "application/openmetrics-text" && is_spoken(range.version))
            preferences.openmetrics = std::max(preferences.openmetrics, range.quality);
        if (range.type == "text/plain")
            preferences.plain = std::max(preferences.plain, range.quality);
        if (range.type == "text/*" || range.type == "*/*")
            any = std::max(any, range.quality);
    }
    if (preferences.plain == 0)
        preferences.plain = any;
    return preferences;
}

}  // namespace noodstop::exporters
