// Text for a terminal: colours where they are wanted, tables, bars.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace noodstop::cli {

enum class Colour : std::uint8_t { none, good, caution, alarm, quiet };

struct Style {
    bool colours = false;
    std::string paint(Colour colour, const std::string& text) const;
};

struct Cell {
    std::string text;
    Colour colour = Colour::none;
    bool to_the_right = false;
};

inline Cell heading(const char* text, bool to_the_right = false) {
    return {text, Colour::quiet, to_the_right};
}

// Columns as wide as their widest cell, two spaces between them; the first row is the heading. What came from outside
// is made printable.
std::string table(const Style& style, const std::vector<std::vector<Cell>>& rows);

// "[#####.....]": how far `value` is on its way to `limit`; full at and above it.
std::string bar(std::int64_t value, std::int64_t limit);

// "26%", rounded down; of a limit of 0 "100%".
std::string percentage(std::int64_t value, std::int64_t limit);

}  // namespace noodstop::cli
