// The one table of everything that can be configured: each key with type, default, range and meaning. Reading, the
// checks of single values, the defaults and the reference in README all come from it, and from nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace noodstop::config {

enum class Type : std::uint8_t {
    text,
    name,       // letters, digits and "._-", as the names of sections are
    path,       // absolute
    currency,   // three capital letters
    integer,    // whole number
    boolean,    // true, false
    duration,   // "90s"
    rate,       // money per hour (or per unit of a metric), "0.05"
    threshold,  // money, or a plain number where the limit counts
    moment,     // 2026-12-31
    window,     // "day", "month" or a duration
    choice,     // one of some words
    choices,    // a list of them
    names,      // a list of names
    texts,      // a list of texts
    tables,     // a list of tables with keys of their own
};

struct Section;

struct Key {
    std::string name;
    Type type = Type::text;
    bool required = false;
    std::string standard;  // the default as one writes it in TOML; empty: none
    std::string least;     // the range, in the notation of the type; empty: open
    std::string most;
    std::vector<std::string> words;     // of choice and choices
    std::string refers;                 // the section whose names these are
    std::vector<std::string> only_for;  // kinds (Section::kind_key) for which the key means anything; empty: all
    const Section* table = nullptr;     // of tables
    std::string meaning;                // a sentence or two
};

enum class Form : std::uint8_t {
    single,  // [agent]
    named,   // [limits.NAME]
    listed,  // a table of a list within another section
};

struct Section {
    std::string name;
    Form form = Form::named;
    std::string kind_key;  // the key whose value decides which others apply; empty: none
    std::string meaning;
    std::vector<Key> keys;
    bool optional = false;  // of a single one: left out, it is not there; else it is there with all defaults
};

// All sections, in the order of the reference. Made once.
const std::vector<Section>& schema();

const Section* find_section(std::string_view name);
const Key* find_key(const Section& section, std::string_view name);
bool applies_to(const Key& key, const std::string& kind);

// Bounds on the input, beside the ranges of the keys.
inline constexpr std::size_t file_size_max = std::size_t{1} << 20;
inline constexpr std::size_t sections_max = 1'000;              // of one kind, e.g. limits
inline constexpr std::size_t list_items_max = 10'000;           // of one list
inline constexpr std::size_t name_length_max = 64;              // bytes
inline constexpr std::size_t text_length_max = 4'096;           // bytes
inline constexpr std::size_t mistakes_max = 1'000;              // told; more are counted
inline constexpr std::size_t socket_path_length_max = 107;      // what the kernel takes
inline constexpr std::size_t exporters_max = 8;                 // each reads the spool by itself
inline constexpr std::string_view default_runbook = "default";  // exists without being written

// The parts of the table, by who reads them.
std::vector<Section> machine_sections();  // what there is: agent, price lists, providers, notifications
std::vector<Section> rule_sections();     // what holds: tenants, zones, limits, actions
Section mandate_section();                // who authorized what
std::vector<Section> channel_sections();  // who is let in from outside, and who is told

}  // namespace noodstop::config
