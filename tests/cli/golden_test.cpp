// What people see, as golden files in tests/cli/golden. NOODSTOP_GOLDEN=write writes them anew; read the diff.
#include "proto/codec/text.hpp"
#include "tests/cli/examples.hpp"
#include "tools/cli/fleet_view.hpp"
#include "tools/cli/json_text.hpp"
#include "tools/cli/story.hpp"
#include "tools/cli/views.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace noodstop;
using namespace noodstop::cli;

namespace {

void check_golden(const std::string& name, const std::string& text) {
    const std::string path = "tests/cli/golden/" + name;
    const char* mode = std::getenv("NOODSTOP_GOLDEN");
    if (mode != nullptr && std::string(mode) == "write")
        std::ofstream(path) << text;
    std::ifstream file(path);
    REQUIRE_MESSAGE(file.good(), path);
    std::stringstream expected;
    expected << file.rdbuf();
    CHECK(text == expected.str());
}

const Style plain{false};

}  // namespace

TEST_CASE("status of a calm agent") {
    check_golden("status_calm.txt", status_text(plain, calm_status()));
}

TEST_CASE("status of an agent with everything wrong is loud, and a hostile name can't command the terminal") {
    const std::string text = status_text(plain, alarmed_status());
    check_golden("status_alarmed.txt", text);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("durable: false") != std::string::npos);
    CHECK(text.find("DISARMED") != std::string::npos);
}

TEST_CASE("status as one line") {
    codec::StatusAnswer tripped = calm_status();
    tripped.snapshot.zones[0].state = core::BreakerState::tripped;
    tripped.snapshot.zones[0].warned = true;
    tripped.snapshot.limits.resize(1);
    check_golden("status_lines.txt", status_line(calm_status()) + status_line(tripped));
}

TEST_CASE("limits and resources") {
    check_golden("limits.txt", limits_text(plain, alarmed_status().snapshot));
    check_golden("resources.txt", resources_text(plain, example_resources(), calm_status().snapshot));
}

TEST_CASE("a fleet is loud about what is disarmed, tripped or missing, and hostile names can't command the terminal") {
    const std::string text = fleet_text(plain, example_fleet());
    check_golden("fleet.txt", text + fleet_line(example_fleet()) + fleet_text(plain, {}));
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("DISARMED") != std::string::npos);
    check_golden("fleet_agent.txt", agent_text(plain, example_agent()));
    check_golden("fleet.json", to_json(example_fleet()) + to_json(example_agent()));
}

TEST_CASE("explain tells the story in the order of time") {
    core::Snapshot snapshot = calm_status().snapshot;
    snapshot.zones[0].state = core::BreakerState::latched;
    snapshot.zones[0].reason = "limit daily: exposure 51.20 of 50.00";
    check_golden("explain.txt", story_text(plain, snapshot, {"acme"}, example_story()));
}

TEST_CASE("explain leaves out the middle of a long story and says where it is") {
    std::vector<core::RecordedFact> story = example_story();
    for (std::uint64_t sequence = 41; sequence < 400; ++sequence) {
        story.push_back(story[1]);
        story.back().sequence = sequence;
    }
    const std::string text = story_text(plain, calm_status().snapshot, {"acme"}, story);
    CHECK(std::count(text.begin(), text.end(), '\n') < 110);
    CHECK(text.find("more: noodstop journal --tenant acme") != std::string::npos);
}

TEST_CASE("JSON has the documented shape") {
    check_golden("status.json", to_json(alarmed_status()));
    check_golden("facts.json", to_json(example_story()[3]));
    check_golden("resources.json", to_json(example_resources()));
    const boost::json::value status = boost::json::parse(to_json(alarmed_status()));
    CHECK(status.at("snapshot").at("zones").at(0).at("rate_micros_per_hour").as_string() == "12000000");
    CHECK(status.at("snapshot").at("limits").at(0).at("time_to_stop_micros").is_null());
}

TEST_CASE("every kind of fact has words of its own") {
    for (int number = 0; number <= static_cast<int>(core::last_fact_kind); ++number) {
        const auto kind = static_cast<core::FactKind>(number);
        CHECK_MESSAGE(std::string(wording_of(kind).phrase) != "", core::to_text(kind));
    }
}

TEST_CASE("a fact's line carries no control characters") {
    core::RecordedFact fact = example_story()[3];
    fact.fact.resource = {"x\x1b]0;owned\x07"};
    const std::string line = fact_line(fact);
    CHECK(line.find('\x1b') == std::string::npos);
    CHECK(std::count(line.begin(), line.end(), '\n') == 1);
}
