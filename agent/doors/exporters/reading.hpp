// What exporters take: one figure of one subject as it stood at a time.
#pragma once

#include "agent/core/units.hpp"
#include "agent/doors/exporters/figure.hpp"

#include <compare>
#include <optional>
#include <string>
#include <vector>

namespace noodstop::exporters {

struct Label {
    std::string name;
    std::string value;
    auto operator<=>(const Label&) const = default;
};

struct Reading {
    Figure figure = Figure::agent;
    std::vector<Label> labels;  // by name, ascending; without empty values
    std::int64_t raw = 0;       // in the smallest unit of the figure, see FigureUnit
    core::WallTime at;
    std::optional<core::WallTime> since;  // a counter's: when it was zero, where that is known
    bool ended = false;                   // the subject is gone, its series ends here; raw means nothing
};

struct ReadingOf {
    Figure figure = Figure::agent;
    core::WallTime at;
    std::int64_t raw = 0;
};

// Sorts the labels, drops those without value, and makes values valid UTF-8.
Reading make_reading(const ReadingOf& of, std::vector<Label> labels);

// "51.2", "0", "-0.000001": exact, in the base unit, without needless zeros.
std::string decimal_text(FigureUnit unit, std::int64_t raw);

// The double nearest to it. Millionths are still told apart below 2^33 = 8,589,934,592 base units of money or seconds,
// and whole numbers up to 2^53; beyond, the double is off by at most half of its own spacing.
double nearest_double(FigureUnit unit, std::int64_t raw);

}  // namespace noodstop::exporters
