#include "agent/config/load.hpp"
#include "agent/config/schema.hpp"

#include <fmt/format.h>

namespace noodstop::config {
namespace {

const char* type_text(Type type) {
    switch (type) {
        case Type::text:
            return "text";
        case Type::name:
            return "name";
        case Type::path:
            return "absolute path";
        case Type::currency:
            return "currency";
        case Type::integer:
            return "whole number";
        case Type::boolean:
            return "true or false";
        case Type::duration:
            return "duration";
        case Type::rate:
            return "money per hour";
        case Type::threshold:
            return "amount";
        case Type::moment:
            return "date";
        case Type::window:
            return "window";
        case Type::choice:
            return "one of";
        case Type::choices:
            return "list of";
        case Type::names:
            return "list of names";
        case Type::texts:
            return "list of texts";
        case Type::tables:
            return "list of tables";
    }
    return "value";
}

// Long lists of words are cut: a mistake names them anyway.
constexpr std::size_t words_shown_max = 8;

std::string type_cell(const Key& key) {
    std::string cell = type_text(key.type);
    if (key.words.size() > words_shown_max)
        cell += " words";
    for (std::size_t i = 0; key.words.size() <= words_shown_max && i < key.words.size(); ++i)
        cell += (i == 0 ? " `" : ", `") + key.words[i] + "`";
    if (!key.refers.empty())
        cell += fmt::format(" of `{}`", key.refers);
    return cell;
}

std::string range_cell(const Key& key) {
    if (!key.least.empty() && !key.most.empty())
        return fmt::format("{} to {}", key.least, key.most);
    if (!key.least.empty())
        return fmt::format("at least {}", key.least);
    return key.most.empty() ? "" : fmt::format("at most {}", key.most);
}

std::string default_cell(const Key& key) {
    if (key.required)
        return "required";
    return key.standard.empty() ? "none" : fmt::format("`{}`", key.standard);
}

std::string kinds_text(const Section& section, const Key& key) {
    std::string kinds;
    for (const auto& kind : key.only_for)
        kinds += (kinds.empty() ? "" : ", ") + kind;
    return kinds.empty() ? "" : fmt::format("For {} {}. ", section.kind_key, kinds);
}

void append_keys(std::string& text, const Section& section) {
    text += "\n| key | type | default | range | meaning |\n| --- | --- | --- | --- | --- |\n";
    for (const auto& key : section.keys)
        text += fmt::format("| `{}` | {} | {} | {} | {}{} |\n", key.name, type_cell(key), default_cell(key),
                            range_cell(key), kinds_text(section, key), key.meaning);
}

// The tables within a section follow it; two keys may share one (a runbook's stop and hold).
void append_tables(std::string& text, const Section& section) {
    const Section* last = nullptr;
    for (const auto& key : section.keys) {
        if (key.table == nullptr || key.table == last)
            continue;
        last = key.table;
        text += fmt::format("\nEach of `{}.NAME.{}`: {}\n", section.name, key.name, last->meaning);
        append_keys(text, *last);
    }
}

}  // namespace

std::string reference_markdown() {
    std::string text =
        "Durations are text with units d, h, m, s and ms (\"90s\", \"1h30m\"). Money is text with at most six "
        "decimals\n"
        "(\"22.50\") or a whole number. Dates are 2026-12-31 (its first moment in UTC) or 2026-12-31T08:00:00Z.\n";
    for (const auto& section : schema()) {
        const auto* suffix = section.form == Form::single ? "" : ".NAME";
        text += fmt::format("\n### `[{}{}]`\n\n{}\n", section.name, suffix, section.meaning);
        append_keys(text, section);
        append_tables(text, section);
    }
    return text;
}

}  // namespace noodstop::config
