// A parsed text as a small neutral tree with positions, so that only one file knows the TOML library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace noodstop::config {

enum class NodeKind : std::uint8_t {
    text,
    integer,
    boolean,
    fraction,  // a number with a point: never taken where money is meant
    moment,    // a date, with or without a time
    array,
    table,
};

struct Member;

struct Node {
    NodeKind kind = NodeKind::table;
    int line = 0;
    int column = 0;
    std::string text;             // of text, fraction and moment
    std::int64_t number = 0;      // of integer; of boolean 0 or 1
    std::vector<Node> items;      // of array
    std::vector<Member> members;  // of table, in the order of the text
};

struct Member {
    std::string name;
    int line = 0;  // of the name
    Node value;
};

// "a text", "a table": for messages.
const char* describe(NodeKind kind);

}  // namespace noodstop::config
