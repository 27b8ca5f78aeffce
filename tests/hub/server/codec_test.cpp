#include "proto/codec/hub_codec.hpp"
#include "tests/cli/examples.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace std::chrono_literals;

TEST_CASE("the fleet arrives as it was sent, but for bytes that are no text") {
    std::vector<codec::AgentSummary> fleet = cli::example_fleet();
    const auto read = codec::decode_agents(codec::encode_agents(fleet));
    REQUIRE(read.value.has_value());
    CHECK(*read.value == fleet);
    fleet.resize(1);
    fleet.front().id = "b\xffx";
    const auto valid = codec::decode_agents(codec::encode_agents(fleet));
    REQUIRE(valid.value.has_value());
    CHECK(valid.value->front().id == "b\\xffx");
}

TEST_CASE("all about an agent arrives as it was sent") {
    const codec::AgentDetail sent = cli::example_agent();
    const auto read = codec::decode_agent(codec::encode_agent(sent));
    REQUIRE(read.value.has_value());
    CHECK(read.value->summary == sent.summary);
    CHECK(read.value->totals == sent.totals);
    CHECK(read.value->gaps == sent.gaps);
    REQUIRE(read.value->events.size() == sent.events.size());
    CHECK(read.value->events.back().kind == sent.events.back().kind);
    CHECK(read.value->events.back().text == sent.events.back().text);
    REQUIRE(read.value->status.has_value());
    CHECK(read.value->status->zones.size() == sent.status->zones.size());
}

TEST_CASE("an answer without an agent, or with a kind of event that is not known, is none") {
    CHECK(codec::decode_agent("").problem == "the answer holds no agent");
    CHECK(codec::decode_agent(std::string("\x0a\x00\x2a\x02\x08\x63", 6)).problem == "99 is not a known kind of event");
    CHECK(!codec::decode_agents("\xff").value.has_value());
    CHECK(!codec::decode_agent_request(codec::encode_agent_request(std::string(300, 'x'))).value.has_value());
    CHECK(*codec::decode_agent_request(codec::encode_agent_request("box-1")).value == "box-1");
}
