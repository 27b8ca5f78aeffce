#include "tools/cli/style.hpp"

#include "proto/codec/text.hpp"

#include <algorithm>

namespace noodstop::cli {
namespace {

constexpr std::int64_t bar_length = 10;

const char* code_of(Colour colour) {
    switch (colour) {
        case Colour::none:
            return "";
        case Colour::good:
            return "\x1b[32m";
        case Colour::caution:
            return "\x1b[33m";
        case Colour::alarm:
            return "\x1b[1;31m";
        case Colour::quiet:
            return "\x1b[2m";
    }
    return "";
}

// value * parts / limit without overflow, within 0 and parts.
std::int64_t share(std::int64_t value, std::int64_t limit, std::int64_t parts) {
    if (limit <= 0)
        return parts;
    const auto wide = static_cast<__int128>(std::max<std::int64_t>(value, 0)) * parts / limit;
    return static_cast<std::int64_t>(wide);
}

std::vector<std::size_t> widths_of(const std::vector<std::vector<Cell>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t column = 0; column < row.size(); ++column)
            widths[column] = std::max(widths[column], codec::count_characters(codec::printable_text(row[column].text)));
    }
    return widths;
}

std::string padded(const Style& style, const Cell& cell, std::size_t width, bool is_last) {
    const std::string text = codec::printable_text(cell.text);
    const std::string space(width - codec::count_characters(text), ' ');
    const std::string painted = style.paint(cell.colour, text);
    if (cell.to_the_right)
        return space + painted;
    return is_last ? painted : painted + space;
}

}  // namespace

std::string Style::paint(Colour colour, const std::string& text) const {
    if (!colours || colour == Colour::none || text.empty())
        return text;
    return code_of(colour) + text + "\x1b[0m";
}

std::string table(const Style& style, const std::vector<std::vector<Cell>>& rows) {
    const std::vector<std::size_t> widths = widths_of(rows);
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column)
            line += (column == 0 ? "" : "  ") + padded(style, row[column], widths[column], column + 1 == row.size());
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string bar(std::int64_t value, std::int64_t limit) {
    const auto filled = static_cast<std::size_t>(std::min(share(value, limit, bar_length), bar_length));
    return "[" + std::string(filled, '#') + std::string(bar_length - filled, '.') + "]";
}

std::string percentage(std::int64_t value, std::int64_t limit) {
    return std::to_string(share(value, limit, 100)) + "%";
}

}  // namespace noodstop::cli
