#include "agent/journal/latch_codec.hpp"

#include "agent/journal/checksum.hpp"

#include <fmt/format.h>

#include <charconv>

namespace noodstop::journal {
namespace {

constexpr std::string_view title = "noodstop latch 1";
constexpr std::string_view suffix = ".latch";
constexpr std::size_t closing_bytes = 64;  // room for the checksum line

bool is_plain_name(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '_';
}
bool is_visible(char byte) {
    return byte > ' ' && byte < 0x7F && byte != '%';
}
bool is_visible_or_space(char byte) {
    return byte == ' ' || is_visible(byte);
}

std::string escape(std::string_view text, bool (*stands_for_itself)(char)) {
    std::string escaped;
    for (const char byte : text) {
        if (stands_for_itself(byte))
            escaped += byte;
        else
            escaped += fmt::format("%{:02x}", static_cast<unsigned char>(byte));
    }
    return escaped;
}

// Lenient: what is no escape stays as it is. Exactness is checked by encoding again.
std::string unescape(std::string_view escaped) {
    std::string text;
    for (std::size_t at = 0; at < escaped.size(); ++at) {
        unsigned char byte = 0;
        const char* digits = escaped.data() + at + 1;
        const bool is_escape = escaped[at] == '%' && at + 2 < escaped.size() &&
                               std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
        text += is_escape ? static_cast<char>(byte) : escaped[at];
        at += is_escape ? 2 : 0;
    }
    return text;
}

template <class Number>
Number parse_number(std::string_view text) {
    Number number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

const char* yes_or_no(bool value) {
    return value ? "yes" : "no";
}

// Takes one line's value into the latch; unknown names are left out, which the comparison of texts then notices.
void take_line(core::Latch& latch, std::string_view name, std::string_view value) {
    if (name == "zone")
        latch.zone.text = unescape(value);
    else if (name == "version")
        latch.version = parse_number<std::uint64_t>(value);
    else if (name == "tripped")
        latch.tripped = value == "yes";
    else if (name == "latched")
        latch.latched = value == "yes";
    else if (name == "since")
        latch.since.since_epoch = core::Duration(parse_number<std::int64_t>(value));
    else if (name == "reason")
        latch.reason = unescape(value);
    else if (name == "survivor")
        latch.survivors.emplace_back(core::ProviderName{unescape(value.substr(0, value.find(' ')))},
                                     core::ResourceId{unescape(value.substr(value.find(' ') + 1))});
}

}  // namespace

std::string encode_latch(const core::Latch& latch) {
    std::string lines =
        fmt::format("{}\nzone {}\nversion {}\ntripped {}\nlatched {}\nsince {}\nreason {}\n", title,
                    escape(latch.zone.text, is_visible), latch.version, yes_or_no(latch.tripped),
                    yes_or_no(latch.latched), latch.since.since_epoch.count(),
                    escape(std::string_view(latch.reason).substr(0, reason_bytes_max), is_visible_or_space));
    std::size_t count = 0;
    for (const auto& [provider, resource] : latch.survivors) {
        const std::string line =
            fmt::format("survivor {} {}\n", escape(provider.text, is_visible), escape(resource.text, is_visible));
        if (++count > survivors_max || lines.size() + line.size() + closing_bytes > latch_bytes_max)
            break;
        lines += line;
    }
    return with_checksum_line(std::move(lines));
}

std::optional<core::Latch> decode_latch(std::string_view text) {
    std::string_view rest = without_checksum_line(text);
    core::Latch latch;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const std::size_t space = std::min(line.find(' '), line.size());
        take_line(latch, line.substr(0, space), line.substr(std::min(line.size(), space + 1)));
    }
    if (encode_latch(latch) != text)
        return std::nullopt;
    return latch;
}

std::string latch_file_name(const core::ZoneName& zone) {
    return escape(zone.text, is_plain_name) + std::string(suffix);
}

std::optional<core::ZoneName> zone_of_file_name(std::string_view name) {
    if (name.size() <= suffix.size() || name.substr(name.size() - suffix.size()) != suffix)
        return std::nullopt;
    return core::ZoneName{unescape(name.substr(0, name.size() - suffix.size()))};
}

}  // namespace noodstop::journal
