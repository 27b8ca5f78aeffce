// No reload loosens what is closed (DESIGN.md 5).
#include "agent/core/policy_merge.hpp"

#include "tests/support/policy_builder.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

Policy in_force() {
    Policy policy = small_policy();
    policy.limits = {spend_limit("daily", 10)};
    return policy;
}

const Limit& daily(const Merged& merged) {
    for (const Limit& limit : merged.policy.limits)
        if (limit.name.text == "daily")
            return limit;
    FAIL("the limit is gone");
    return merged.policy.limits.front();
}

Merged while_closed(const Policy& next) {
    return merge(in_force(), next, {{"dev"}});
}

}  // namespace

TEST_CASE("an open zone takes a new policy as it is") {
    Policy next = in_force();
    next.limits[0].stop = 99'000'000;
    next.zones.clear();
    const Merged merged = merge(in_force(), next, {});
    CHECK(merged.policy == next);
    CHECK(merged.kept.empty());
}

TEST_CASE("a closed zone survives a reload that removes it, with all that it needs") {
    Policy empty;
    empty.agent.name = "emptied";
    const Merged merged = while_closed(empty);
    CHECK(merged.policy.zones == in_force().zones);
    CHECK(merged.policy.mandates == in_force().mandates);
    CHECK(merged.policy.runbooks == in_force().runbooks);
    CHECK(merged.policy.providers == in_force().providers);
    CHECK(merged.policy.price_lists == in_force().price_lists);
    CHECK(merged.policy.tenants == in_force().tenants);
    CHECK(merged.policy.limits == in_force().limits);
    CHECK(merged.kept.size() == 2);
}

TEST_CASE("a closed zone's limit can be tightened and not loosened") {
    Policy next = in_force();
    next.limits[0].stop = 5'000'000;
    CHECK(daily(while_closed(next)).stop == 5'000'000);
    CHECK(while_closed(next).kept.empty());
    next.limits[0].stop = 50'000'000;
    CHECK(daily(while_closed(next)).stop == 10'000'000);
    next.limits[0].stop = std::nullopt;
    CHECK(daily(while_closed(next)).stop == 10'000'000);
    CHECK(while_closed(next).kept.size() == 1);
}

TEST_CASE("a limit that is loosened in one point and tightened in another becomes as tight as both") {
    Policy next = in_force();
    next.limits[0].stop = 50'000'000;
    next.limits[0].hold = 3'000'000;
    next.limits[0].shed_to = per_hour(7);
    const Limit merged = daily(while_closed(next));
    CHECK(merged.stop == 10'000'000);
    CHECK(merged.hold == 3'000'000);
    CHECK(merged.shed_to == HourlyRate{});
}

TEST_CASE("every way to loosen a closed zone's limit is seen") {
    Policy before = in_force();
    before.limits[0].kinds = {"vm"};
    before.limits[0].tenant = std::nullopt;
    const auto is_kept = [&before](auto change) {
        Policy next = before;
        change(next.limits[0]);
        const Merged merged = merge(before, next, {{"dev"}});
        return merged.policy.limits[0] == before.limits[0] && !merged.kept.empty();
    };
    CHECK(is_kept([](Limit& limit) { limit.kind = LimitKind::count; }));
    CHECK(is_kept([](Limit& limit) { limit.window = WindowKind::day; }));
    CHECK(is_kept([](Limit& limit) { limit.window_length = 1h; }));
    CHECK(is_kept([](Limit& limit) { limit.shed_to = per_hour(1); }));
    CHECK(is_kept([](Limit& limit) { limit.confirm = 5; }));
    CHECK(is_kept([](Limit& limit) { limit.zone = ZoneName{"another"}; }));
    CHECK(is_kept([](Limit& limit) { limit.counted = Counted::gpus; }));
    CHECK(is_kept([](Limit& limit) { limit.allow_stage = Stage::warn; }));
    CHECK(is_kept([](Limit& limit) { limit.kinds = {"vm", "container"}; }));
    CHECK(is_kept([](Limit& limit) { limit.kinds.clear(); }));
    CHECK_FALSE(is_kept([](Limit& limit) { limit.regions = {"west"}; }));
}

TEST_CASE("a closed zone keeps its mandate, mode and runbook against the file") {
    Policy next = in_force();
    next.zones[0].mode = ZoneMode::disarmed;
    next.zones[0].mandate = {};
    next.mandates.clear();
    next.runbooks[0].stop = {{Lever::shut_down, 24h}};
    const Merged merged = while_closed(next);
    CHECK(merged.policy.zones == in_force().zones);
    CHECK(merged.policy.mandates == in_force().mandates);
    CHECK(merged.policy.runbooks == in_force().runbooks);
}

TEST_CASE("where loosening needs a quorum, one person's file loosens no limit") {
    Policy before = in_force();
    before.mandates[0].loosening_quorum = 2;
    Policy next = before;
    next.limits[0].stop = 50'000'000;
    CHECK(merge(before, next, {}).policy.limits[0].stop == 10'000'000);
    next.limits.clear();
    CHECK(merge(before, next, {}).policy.limits == before.limits);
    next = before;
    next.limits[0].stop = 5'000'000;
    CHECK(merge(before, next, {}).policy.limits[0].stop == 5'000'000);
}
