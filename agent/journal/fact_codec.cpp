#include "agent/journal/fact_codec.hpp"

#include "agent/journal/checksum.hpp"

#include <fmt/format.h>

#include <charconv>

namespace noodstop::journal {
namespace {

void append(std::string& bytes, std::string_view text) {
    bytes += std::to_string(text.size());
    bytes += ':';
    bytes += text;
}

// Takes one length-prefixed text off the front.
std::optional<std::string> take(std::string_view& bytes) {
    std::size_t size = 0;
    const auto [end, problem] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), size);
    const std::size_t digits = static_cast<std::size_t>(end - bytes.data());
    if (problem != std::errc() || digits == bytes.size() || *end != ':' || size > bytes.size() - digits - 1)
        return std::nullopt;
    if (std::to_string(size).size() != digits)
        return std::nullopt;
    std::string text(bytes.substr(digits + 1, size));
    bytes.remove_prefix(digits + 1 + size);
    return text;
}

}  // namespace

std::string encode_fields(const std::vector<core::FactField>& fields) {
    std::string bytes;
    for (const core::FactField& field : fields) {
        append(bytes, field.name);
        append(bytes, field.value);
    }
    return bytes;
}

std::optional<std::vector<core::FactField>> decode_fields(std::string_view bytes) {
    std::vector<core::FactField> fields;
    while (!bytes.empty()) {
        std::optional<std::string> name = take(bytes);
        std::optional<std::string> value = name ? take(bytes) : std::nullopt;
        if (!value)
            return std::nullopt;
        fields.push_back({std::move(*name), std::move(*value)});
    }
    return fields;
}

std::uint32_t fact_checksum(const core::RecordedFact& recorded, std::string_view encoded_fields) {
    const core::Fact& fact = recorded.fact;
    std::string row =
        fmt::format("{} {} {} ", recorded.sequence, fact.at.since_origin.count(), fact.wall.since_epoch.count());
    for (const std::string_view text : {std::string_view(core::to_text(fact.kind)), std::string_view(fact.tenant.text),
                                        std::string_view(fact.zone.text), std::string_view(fact.provider.text),
                                        std::string_view(fact.resource.text), std::string_view(fact.limit.text)})
        append(row, text);
    return crc32c(encoded_fields, crc32c(row));
}

}  // namespace noodstop::journal
