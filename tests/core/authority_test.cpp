// The ceiling of every step (DESIGN.md 4.8, 6).
#include "agent/core/authority.hpp"

#include "tests/support/policy_builder.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

Mandate mandate() {
    return full_mandate("m1", {{"dev"}}, {"lab"});
}

StepQuestion stop_of(ResourceClass class_) {
    return {.zone = {"dev"}, .provider = {"lab"}, .lever = Lever::power_off, .class_ = class_};
}

bool mentions(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Meter meter_with(const std::vector<std::string>& ids) {
    Meter meter(provider_policy("lab"), PriceBook(small_prices()), PriceBook(small_prices()), Instant{});
    FactLog facts;
    std::vector<TimedCharge> charges;
    // One after the other, so that the first is the oldest.
    for (std::size_t count = 1; count <= ids.size(); ++count) {
        const Instant now{count * 1s};
        meter.advance(now);
        meter.take({{"lab"},
                    LookQuality::good,
                    now,
                    machines({ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count)}),
                    {},
                    ""},
                   now, noon, charges, facts);
    }
    return meter;
}

std::string classes_of(const Meter& meter, const std::vector<const Mandate*>& mandates) {
    std::string letters;
    for (const ResourceClass class_ : classify(meter, mandates))
        letters += to_text(class_)[0];
    return letters;
}

}  // namespace

TEST_CASE("what a valid mandate grants is not refused") {
    const Mandate granted = mandate();
    CHECK(refusal(&granted, stop_of(ResourceClass::unknown), noon).empty());
}

TEST_CASE("a refusal says what is missing") {
    Mandate given = mandate();
    CHECK(refusal(nullptr, stop_of(ResourceClass::unknown), noon) == "no mandate");
    CHECK(mentions(refusal(&given, stop_of(ResourceClass::unknown), given.valid_from - 1us), "not valid before"));
    CHECK(mentions(refusal(&given, stop_of(ResourceClass::unknown), given.valid_until), "expired"));
    StepQuestion elsewhere = stop_of(ResourceClass::unknown);
    elsewhere.zone = {"production"};
    CHECK(mentions(refusal(&given, elsewhere, noon), "does not cover zone production"));
    StepQuestion other = stop_of(ResourceClass::unknown);
    other.provider = {"azure"};
    CHECK(mentions(refusal(&given, other, noon), "grants no power_off for provider azure"));
    given.grants[0].levers = {Lever::shut_down};
    CHECK(mentions(refusal(&given, stop_of(ResourceClass::unknown), noon), "grants no power_off"));
}

TEST_CASE("no lever stops a protected resource") {
    const Mandate given = mandate();
    for (const Lever lever : {Lever::power_off, Lever::shut_down, Lever::suspend}) {
        StepQuestion question = stop_of(ResourceClass::protected_);
        question.lever = lever;
        CHECK(mentions(refusal(&given, question, noon), "protects it"));
    }
}

TEST_CASE("a baseline resource is stopped only if the mandate says so, and only so many an hour") {
    Mandate given = mandate();
    CHECK(mentions(refusal(&given, stop_of(ResourceClass::baseline), noon), "does not let baseline"));
    given.baseline_may_be_shed = true;
    given.baseline_stops_per_hour_max = 2;
    StepQuestion question = stop_of(ResourceClass::baseline);
    question.baseline_stops_last_hour = 1;
    CHECK(refusal(&given, question, noon).empty());
    question.baseline_stops_last_hour = 2;
    CHECK(mentions(refusal(&given, question, noon), "at most 2"));
    question.class_ = ResourceClass::unknown;
    CHECK(refusal(&given, question, noon).empty());
}

TEST_CASE("who may suspend may resume, and what was unknown is never started") {
    Mandate given = mandate();
    StepQuestion question = stop_of(ResourceClass::unknown);
    question.lever = Lever::resume;
    CHECK(refusal(&given, question, noon).empty());
    given.grants[0].levers = {Lever::start};
    CHECK_FALSE(refusal(&given, question, noon).empty());
    question.lever = Lever::start;
    CHECK(mentions(refusal(&given, question, noon), "never started"));
    question.class_ = ResourceClass::baseline;
    CHECK(refusal(&given, question, noon).empty());
}

TEST_CASE("protected is who is named exactly and costs no more than agreed") {
    const Meter meter = meter_with({"db", "db2", "web"});
    Mandate given = mandate();
    given.protected_resources = {
        {{"lab"}, {"db"}, std::nullopt}, {{"lab"}, {"web"}, per_hour(59)}, {{"other"}, {"db2"}, std::nullopt}};
    CHECK(classes_of(meter, {&given}) == "puu");
    given.protected_resources[1].rate_max = per_hour(60);
    CHECK(classes_of(meter, {&given}) == "pup");
}

TEST_CASE("a baseline prefix covers the oldest and the cheapest as far as agreed") {
    const Meter meter = meter_with({"ci-4", "ci-2", "ci-3", "ci-1", "cj"});
    Mandate given = mandate();
    given.baseline = {{{"lab"}, "ci-", false, std::nullopt, std::nullopt}};
    CHECK(classes_of(meter, {&given}) == "bbbbu");
    given.baseline[0].count_max = 2;  // the newest of ci-1 to ci-4 are ci-1 and ci-3
    CHECK(classes_of(meter, {&given}) == "ububu");
    given.baseline[0].count_max = 0;
    CHECK(classes_of(meter, {&given}) == "uuuuu");
    given.baseline[0].count_max = std::nullopt;
    given.baseline[0].rate_max = per_hour(180);
    CHECK(classes_of(meter, {&given}) == "bbbuu");
}

TEST_CASE("an exact baseline id covers itself alone") {
    const Meter meter = meter_with({"ci", "ci-1"});
    Mandate given = mandate();
    given.baseline = {{{"lab"}, "ci", true, std::nullopt, std::nullopt}};
    CHECK(classes_of(meter, {&given}) == "bu");
    given.baseline[0].provider = {"other"};
    CHECK(classes_of(meter, {&given}) == "uu");
}

TEST_CASE("a resource seen by two zones is protected if either mandate protects it") {
    const Meter meter = meter_with({"a", "b"});
    Mandate one = mandate(), other = mandate();
    one.baseline = {{{"lab"}, "", false, std::nullopt, std::nullopt}};
    other.protected_resources = {{{"lab"}, {"b"}, std::nullopt}};
    CHECK(classes_of(meter, {&one, &other}) == "bp");
    CHECK(classes_of(meter, {&other, &one}) == "bp");
}

TEST_CASE("a stop is granted for a zone if one of its providers may be stopped in one way") {
    Mandate given = mandate();
    CHECK(grants_any_stop(given, {{"other"}, {"lab"}}));
    CHECK_FALSE(grants_any_stop(given, {{"other"}}));
    given.grants[0].levers = {Lever::suspend, Lever::start};
    CHECK_FALSE(grants_any_stop(given, {{"lab"}}));
}
