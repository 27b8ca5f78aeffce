// The draft: what the text says, each value by itself understood and within its range, defaults filled in, references
// and rules between values not yet checked.
#pragma once

#include "agent/config/report.hpp"
#include "agent/config/schema.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace noodstop::config {

struct Word {
    std::string text;
    Spot spot;
};

class Entry;

struct Value {
    Spot spot;
    bool given = false;         // in the text; else it is the default
    std::string text;           // text, name, path, currency, choice, and window as written
    std::int64_t number = 0;    // integer, boolean; micro-seconds; micro-units
    std::vector<Word> words;    // of lists of texts
    std::vector<Entry> tables;  // of lists of tables
};

// One table of a section, e.g. [limits.daily], or of a list of tables.
class Entry {
public:
    Entry(const Section& section, std::string name, std::string path, Spot spot)
        : section_(&section), name_(std::move(name)), path_(std::move(path)), spot_(spot) {}

    const Section& section() const { return *section_; }
    const std::string& name() const { return name_; }
    const std::string& path() const { return path_; }  // "limits.daily"
    const Spot& spot() const { return spot_; }
    std::string path_of(std::string_view key) const { return path_ + "." + std::string(key); }
    Spot spot_of(std::string_view key) const;  // of the key if it is in the text, else of the table

    // Nothing if it was not given and has no default, or was not understood.
    const Value* find(std::string_view key) const;
    std::optional<std::int64_t> number(std::string_view key) const;
    std::string text(std::string_view key) const;  // empty for nothing
    const std::vector<Word>& words(std::string_view key) const;
    const std::vector<Entry>& tables(std::string_view key) const;
    bool flag(std::string_view key) const { return number(key).value_or(0) != 0; }
    bool has(std::string_view key) const { return find(key) != nullptr; }
    bool mentions(std::string_view key) const;  // in the text, understood or not

    // False if anything in this table was not understood: rules that would only follow from that stay silent.
    bool sound() const { return sound_; }
    void mark_unsound() { sound_ = false; }

    void set(const std::string& key, Value value) { values_[key] = std::move(value); }
    void set_not_understood(const std::string& key, Spot spot);
    Value* find_to_change(std::string_view key);

private:
    const Section* section_;
    std::string name_;
    std::string path_;
    Spot spot_;
    bool sound_ = true;
    std::map<std::string, Value, std::less<>> values_;
    std::map<std::string, Spot, std::less<>> not_understood_;
};

struct Draft {
    std::map<std::string, std::vector<Entry>, std::less<>> sections;
    // Sections of which something was not understood as a whole (a mistyped [zone.dev]): names may be missing in them.
    std::set<std::string, std::less<>> unclear;

    const std::vector<Entry>& all(std::string_view section) const;
    const Entry* find(std::string_view section, std::string_view name) const;
    std::vector<std::string> names(std::string_view section) const;
    bool sound(std::string_view section) const;  // it is clear, and all its entries are sound
};

}  // namespace noodstop::config
