#include "tests/sim/story.hpp"

namespace noodstop::sim {
namespace {

constexpr std::size_t lines_max = 100'000;

// "  123.456"
std::string seconds_text(core::Duration now) {
    std::string fraction = std::to_string(now.count() / 1000 % 1000);
    fraction.insert(0, 3 - fraction.size(), '0');
    std::string text = std::to_string(now.count() / 1'000'000) + "." + fraction;
    if (text.size() < 10)
        text.insert(0, 10 - text.size(), ' ');
    return text;
}

}  // namespace

void Story::tell(core::Duration now, const std::string& sentence) {
    if (lines_.size() < lines_max)
        lines_.push_back(seconds_text(now) + "  " + sentence);
}

}  // namespace noodstop::sim
