// What crosses the wire arrives as it was; what is no message of ours is told as a mistake.
#include "noodstop/v1/order.pb.h"
#include "noodstop/v1/status_service.pb.h"
#include "proto/codec/enums.hpp"
#include "proto/codec/link_codec.hpp"
#include "proto/codec/text.hpp"
#include "tests/doors/samples.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace noodstop;
using doors::sample_fact;
using doors::sample_resource;
using doors::sample_snapshot;

namespace {

core::Order raise_order() {
    core::Order order;
    order.kind = core::OrderKind::raise;
    order.zone = {"dev"};
    order.limit = {"daily"};
    order.raise_to = core::units(60);
    order.reason = "agreed on the phone: büro";
    return order;
}

template <class Ours, class Last>
void check_every_value(Last last) {
    for (int number = 0; number <= static_cast<int>(last); ++number) {
        codec::Problem problem;
        const auto ours = static_cast<Ours>(number);
        CHECK(static_cast<int>(codec::to_wire(ours)) != 0);
        CHECK(codec::from_wire(codec::to_wire(ours), problem) == ours);
        CHECK(problem.none());
    }
}

}  // namespace

TEST_CASE("every value of every enum has a place on the wire") {
    check_every_value<core::FactKind>(core::last_fact_kind);
    check_every_value<core::BreakerState>(core::BreakerState::latched);
    check_every_value<core::LimitKind>(core::LimitKind::allow);
    check_every_value<core::WindowKind>(core::WindowKind::month);
    check_every_value<core::Lever>(core::Lever::start);
    check_every_value<core::RehearsalAnswer>(core::RehearsalAnswer::no_answer);
    check_every_value<core::Activity>(core::Activity::unknown);
    check_every_value<core::ResourceClass>(core::ResourceClass::unknown);
    check_every_value<core::OrderKind>(core::OrderKind::restore);
}

TEST_CASE("a snapshot survives the wire whole") {
    const std::string bytes = codec::encode_status({sample_snapshot(), core::Duration(99)});
    auto answer = codec::decode_status(bytes);
    REQUIRE(answer);
    CHECK(answer->age == core::Duration(99));
    const core::Snapshot& got = answer->snapshot;
    CHECK(codec::encode_status(*answer) == bytes);
    CHECK(got.agent == "box");
    CHECK(!got.durable);
    CHECK(got.prices_pending);
    REQUIRE(got.zones.size() == 1);
    CHECK(got.zones[0].state == core::BreakerState::tripped);
    CHECK(got.zones[0].unproven);
    CHECK(!got.zones[0].impaired);
    CHECK(got.zones[0].targets[0].resource.text == "miner-1");
    CHECK(got.zones[0].observe_until->since_epoch == core::Duration(2));
    CHECK(got.limits[0].warn == 12);
    CHECK(!got.limits[0].hold.has_value());
    CHECK(got.limits[0].zones[1].text == "test");
    CHECK(got.providers[0].rehearsal[0].answer == core::RehearsalAnswer::refused);
    CHECK(!got.providers[1].look_age.has_value());
    CHECK(got.warnings == sample_snapshot().warnings);
}

TEST_CASE("facts and resources survive the wire whole") {
    const std::vector facts{sample_fact(1), sample_fact(2, "", "")};
    auto got = codec::decode_facts(codec::encode_facts(facts));
    REQUIRE(got);
    REQUIRE(got->size() == 2);
    CHECK((*got)[1].sequence == 2);
    CHECK((*got)[0].fact == facts[0].fact);
    CHECK((*got)[1].fact == facts[1].fact);

    const std::string bytes = codec::encode_resources({sample_resource("a"), sample_resource("b")});
    auto resources = codec::decode_resources(bytes);
    REQUIRE(resources);
    CHECK((*resources)[1].id.text == "b");
    CHECK((*resources)[0].class_ == core::ResourceClass::baseline);
    CHECK(codec::encode_resources(*resources) == bytes);

    auto watched = codec::decode_watched(codec::encode_watched({facts, 17}));
    REQUIRE(watched);
    CHECK(watched->missed_count == 17);
    CHECK(watched->facts.size() == 2);
}

TEST_CASE("an order survives the wire, but for who gave it") {
    core::Order order = raise_order();
    order.given_by = {{"uid:0 (root)"}};
    auto got = codec::decode_order(codec::encode_order(order));
    REQUIRE(got);
    CHECK(got->kind == order.kind);
    CHECK(got->raise_to == order.raise_to);
    CHECK(got->reason == order.reason);
    CHECK(got->given_by.empty());
}

TEST_CASE("a value that is not known is a mistake, not a default") {
    v1::SubmitOrderRequest request;
    request.mutable_order()->set_kind(static_cast<v1::OrderKind>(77));
    request.mutable_order()->set_reason("why not");
    auto order = codec::decode_order(request.SerializeAsString());
    CHECK(!order);
    CHECK(order.problem == "77 is not a known kind of order");

    request.mutable_order()->set_kind(v1::ORDER_KIND_UNSPECIFIED);
    CHECK(!codec::decode_order(request.SerializeAsString()));
    CHECK(!codec::decode_order(""));

    v1::GetStatusResponse status;
    status.mutable_snapshot()->add_zones()->set_state(static_cast<v1::BreakerState>(9));
    CHECK(codec::decode_status(status.SerializeAsString()).problem == "9 is not a known breaker state");
    CHECK(!codec::decode_status(""));
}

TEST_CASE("orders that can't be meant are mistakes") {
    const auto problem_of = [](core::Order order) { return codec::decode_order(codec::encode_order(order)).problem; };
    core::Order order = raise_order();
    CHECK(problem_of(order).empty());
    order.reason.clear();
    CHECK(problem_of(order) == "an order needs a reason");
    order.reason = "red\x1b[31m";
    CHECK(problem_of(order) == "reason holds control characters or is not UTF-8");
    order.reason =
        "\xC2\x9B"
        "31m";  // the C1 form of the same
    CHECK(problem_of(order) == "reason holds control characters or is not UTF-8");
    order.reason = std::string(codec::reason_size_max + 1, 'x');
    CHECK(problem_of(order) == "reason is longer than 500 bytes");
    order = raise_order();
    order.raise_to = core::Money{-1};
    CHECK(problem_of(order) == "a limit can't be raised to less than nothing");
    order.raise_to.reset();
    CHECK(problem_of(order) == "a limit and the amount it is raised to go together");
}

TEST_CASE("a name that is no UTF-8, such as an attacker may give, arrives readable and breaks nothing") {
    auto resources = codec::decode_resources(codec::encode_resources({sample_resource("miner\xff\xC3\xA9")}));
    REQUIRE(resources);
    CHECK((*resources)[0].id.text == "miner\\xff\xC3\xA9");
    CHECK(codec::printable_text("a\x1b[2J\xC2\x9B\xff") == "a\\x1b[2J\\x9b\\xff");
    CHECK(codec::count_characters("b\xC3\xBCro") == 4);
}

TEST_CASE("bytes that are no message are a mistake") {
    CHECK(codec::decode_order("\x0a\x03\x2a\x01\xff").problem == "the bytes are not a noodstop.v1.SubmitOrderRequest");
}

TEST_CASE("a query for more facts than allowed is a mistake") {
    codec::FactQuery query;
    query.most = codec::facts_asked_max;
    CHECK(codec::decode_fact_query(codec::encode_fact_query(query)));
    query.most = codec::facts_asked_max + 1;
    CHECK(!codec::decode_fact_query(codec::encode_fact_query(query)));
    query.most = 0;
    CHECK(codec::decode_fact_query(codec::encode_fact_query(query))->most == 1000);
}

TEST_CASE("messages of the link survive the wire, cut ones and random bytes are mistakes") {
    const std::string bytes = codec::encode_link_request({7, raise_order()});
    auto request = codec::decode_link_request(bytes);
    REQUIRE(request);
    CHECK(request->number == 7);
    CHECK(std::get<core::Order>(request->content).limit.text == "daily");
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        auto cut = codec::decode_link_request(bytes.substr(0, size));
        CHECK_MESSAGE((!cut || std::get<core::Order>(cut->content).reason.empty()), "cut at " << size);
    }
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
        std::string noise(random() % 64, '\0');
        for (char& byte : noise)
            byte = static_cast<char>(random());
        (void)codec::decode_link_request(noise);
        (void)codec::decode_link_report(noise);
        (void)codec::decode_status(noise);
    }
}

TEST_CASE("every report of the path arrives as what it was") {
    auto snapshot = codec::decode_link_report(codec::encode_link_report(sample_snapshot()));
    REQUIRE(snapshot);
    CHECK(std::get<core::Snapshot>(*snapshot).last_sequence == 33);
    auto facts = codec::decode_link_report(codec::encode_link_report(std::vector{sample_fact(4)}));
    REQUIRE(facts);
    CHECK(std::get<1>(*facts)[0].sequence == 4);
    const codec::LinkAnswer refusal{5, codec::Refusal{codec::RefusalKind::forbidden, "only root"}};
    auto answer = codec::decode_link_report(codec::encode_link_report(refusal));
    REQUIRE(answer);
    const auto& got = std::get<codec::LinkAnswer>(*answer);
    CHECK(got.number == 5);
    CHECK(std::get<codec::Refusal>(got.content).message == "only root");
}
