// The configuration of a scenario: a file of policies/ with lines changed by `set`, and what `assume` adds that no file
// can say yet.
#pragma once

#include "tests/scenario/words.hpp"

namespace noodstop::scenario {

class PolicyText {
public:
    // `folder` holds policies/NAME.toml.
    explicit PolicyText(std::string folder) : folder_(std::move(folder)) {}

    void read(const std::string& name);

    // SECTION.KEY = VALUE: replaces the line of the key in its section, adds it, or, with VALUE `nothing`, removes it;
    // SECTION = nothing removes a whole section.
    void set(const std::string& line);

    // quorum N | zone NAME shares PROVIDER [under MANDATE]
    void assume(Words words) { assumptions_.push_back(std::move(words)); }

    // Throws std::runtime_error with all mistakes of the configuration.
    core::Policy load() const;

private:
    std::string folder_;
    std::string text_;
    std::vector<Words> assumptions_;
};

}  // namespace noodstop::scenario
