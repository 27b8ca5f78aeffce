// One value of the text, by the type and range that the schema gives its key.
#pragma once

#include "agent/config/draft.hpp"
#include "agent/config/node.hpp"
#include "agent/config/value_text.hpp"

#include <variant>

namespace noodstop::config {

struct Misplaced {
    Misread misread;
    int line = 0;     // of the item within a list
    std::string key;  // suffix of the item's key, e.g. "[2]"; empty: the value itself
};

// Everything but lists of tables. A list gives all its faults at once.
std::variant<Value, std::vector<Misplaced>> read_value(const Key& key, const Node& node, std::size_t file);

// Letters, digits and "._-", beginning with a letter or digit: fit for a file's name.
bool is_name(std::string_view text);

// How a value of this type is written, for cures: `a duration such as "90s"`.
std::string how_to_write(const Key& key);

}  // namespace noodstop::config
