// Scenario files: lines of plain words, each followed by what came of it, indented. tests/scenario/README.md has the
// words. A run makes the file anew; if it differs from the file on disk, the test fails and shows where.
#pragma once

#include "tests/scenario/policy_text.hpp"
#include "tests/scenario/world.hpp"

#include <memory>
#include <string>

namespace noodstop::scenario {

class Script {
public:
    // `folder` holds policies/NAME.toml.
    explicit Script(std::string folder) : policy_(std::move(folder)) {}

    // The file as it should be: the same commands with the output they have now. Throws std::runtime_error with line
    // and reason for a command that makes no sense.
    std::string run(const std::string& text);

private:
    void command(const std::string& line);
    bool setup(const Words& words, const std::string& line);
    bool time(const Words& words);
    bool trouble(const Words& words);
    void crash(const Words& words);
    bool orders(const Words& words);
    bool provider(const Words& words);
    bool thing(const Words& words);
    void runs(const Words& words);
    void change(Thing& thing, const Words& words, std::size_t from);
    World& world();

    PolicyText policy_;
    std::unique_ptr<World> world_;
    bool started_ = false;
    core::WallTime start_wall_;
    bool synchronized_ = true;
};

}  // namespace noodstop::scenario
