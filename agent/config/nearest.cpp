#include "agent/config/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace noodstop::config {
namespace {

constexpr std::size_t compared_length_max = 64;
constexpr std::size_t quoted_length_max = 80;
constexpr std::size_t listed_max = 20;

// Levenshtein's distance: inserted, removed and replaced characters.
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t replaced = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string nearest_name(std::string_view typed, const std::vector<std::string>& known) {
    if (typed.size() > compared_length_max)
        return {};
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(2, typed.size() / 3) + 1;
    for (const auto& name : known) {
        if (name.size() > compared_length_max)
            continue;
        const auto found = distance(typed, name);
        if (found < best_distance && found < name.size()) {
            best_distance = found;
            best = name;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known, const std::string& plural) {
    if (const auto near = nearest_name(typed, known); !near.empty())
        return fmt::format("Did you mean {}?", in_quotes(near));
    if (known.empty())
        return fmt::format("There are no {} yet; add one.", plural);
    std::string list;
    for (std::size_t i = 0; i < std::min(known.size(), listed_max); ++i)
        list += (i == 0 ? "" : ", ") + in_quotes(known[i]);
    if (known.size() > listed_max)
        list += ", ...";
    return fmt::format("Known {} are {}.", plural, list);
}

std::string printable(std::string_view text) {
    const auto byte_at = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    std::string shown;
    for (std::size_t at = 0; at < text.size(); ++at) {
        // U+0080 to U+009F, which some terminals obey as they do an escape.
        const bool is_c1 =
            byte_at(at) == 0xc2 && at + 1 < text.size() && byte_at(at + 1) >= 0x80 && byte_at(at + 1) < 0xa0;
        at += is_c1 ? 1 : 0;
        if (is_c1 || byte_at(at) < 0x20 || byte_at(at) == 0x7f)
            shown += fmt::format("\\x{:02x}", byte_at(at));
        else
            shown += text[at];
    }
    return shown;
}

std::string in_quotes(std::string_view text) {
    std::size_t length = std::min(text.size(), quoted_length_max);
    // Not within a character of several bytes.
    while (length > 0 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0U) == 0x80U)
        --length;
    return '"' + printable(text.substr(0, length)) + (length < text.size() ? "...\"" : "\"");
}

}  // namespace noodstop::config
