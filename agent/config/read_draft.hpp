// Neutral tree -> draft, driven by the schema: unknown keys, types, ranges, what is required, defaults.
#pragma once

#include "agent/config/draft.hpp"
#include "agent/config/node.hpp"

#include <functional>

namespace noodstop::config {

// A parsed file and the number under which the report knows it.
struct Document {
    Node root;
    std::size_t file = 0;
};

// Gets the file that a mandate names; says itself in the report why it can't. `key` is what to name in messages.
using OpenDocument =
    std::function<std::optional<Document>(const std::string& path, const Spot& from, const std::string& key)>;

Draft read_draft(const Document& document, const OpenDocument& open, Report& report);

}  // namespace noodstop::config
