#include "agent/config/draft.hpp"

#include <algorithm>

namespace noodstop::config {
namespace {

const std::vector<Entry> no_entries;
const std::vector<Word> no_words;

}  // namespace

Spot Entry::spot_of(std::string_view key) const {
    if (const auto wrong = not_understood_.find(key); wrong != not_understood_.end())
        return wrong->second;
    const auto* value = find(key);
    return value != nullptr && value->given ? value->spot : spot_;
}

const Value* Entry::find(std::string_view key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
}

Value* Entry::find_to_change(std::string_view key) {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
}

std::optional<std::int64_t> Entry::number(std::string_view key) const {
    const auto* value = find(key);
    return value == nullptr ? std::nullopt : std::optional(value->number);
}

std::string Entry::text(std::string_view key) const {
    const auto* value = find(key);
    return value == nullptr ? std::string() : value->text;
}

const std::vector<Word>& Entry::words(std::string_view key) const {
    const auto* value = find(key);
    return value == nullptr ? no_words : value->words;
}

const std::vector<Entry>& Entry::tables(std::string_view key) const {
    const auto* value = find(key);
    return value == nullptr ? no_entries : value->tables;
}

bool Entry::mentions(std::string_view key) const {
    const auto* value = find(key);
    return not_understood_.count(key) > 0 || (value != nullptr && value->given);
}

void Entry::set_not_understood(const std::string& key, Spot spot) {
    not_understood_[key] = spot;
    sound_ = false;
}

const std::vector<Entry>& Draft::all(std::string_view section) const {
    const auto found = sections.find(section);
    return found == sections.end() ? no_entries : found->second;
}

const Entry* Draft::find(std::string_view section, std::string_view name) const {
    const auto& entries = all(section);
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.name() == name; });
    return found == entries.end() ? nullptr : &*found;
}

std::vector<std::string> Draft::names(std::string_view section) const {
    std::vector<std::string> list;
    for (const auto& entry : all(section))
        list.push_back(entry.name());
    return list;
}

bool Draft::sound(std::string_view section) const {
    const auto& entries = all(section);
    return unclear.count(section) == 0 &&
           std::all_of(entries.begin(), entries.end(), [](const Entry& entry) { return entry.sound(); });
}

}  // namespace noodstop::config
