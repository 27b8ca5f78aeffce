#include "agent/doors/exporters/snapshot_readings.hpp"

#include "tests/doors/exporters/samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using namespace noodstop;
using namespace noodstop::exporters;

namespace {

// "noodstop_zone_state{...}" -> raw
std::map<std::string, std::int64_t> shown(const core::Snapshot& snapshot) {
    std::map<std::string, std::int64_t> all;
    for (const Reading& reading : readings_of(snapshot, "0.1.0")) {
        std::string key = sample_name(definition_of(reading.figure));
        for (const Label& label : reading.labels)
            key += " " + (label.name.starts_with("noodstop_") ? "is" : label.name) + "=" + label.value;
        CHECK(reading.at == snapshot.wall);
        CHECK_MESSAGE(all.emplace(key, reading.raw).second, key);
    }
    return all;
}

}  // namespace

TEST_CASE("of a breaker exactly the state that it is in is set, and each flag that holds") {
    const auto all = shown(sample_snapshot());
    CHECK(all.at("noodstop_zone_state is=tripped tenant=acme zone=dev") == 1);
    for (const char* other : {"disarmed", "observing", "armed", "latched"})
        CHECK(all.at("noodstop_zone_state is=" + std::string(other) + " tenant=acme zone=dev") == 0);
    CHECK(all.at("noodstop_zone_condition is=blind tenant=acme zone=dev") == 1);
    CHECK(all.at("noodstop_zone_condition is=overdue tenant=acme zone=dev") == 1);
    CHECK(all.at("noodstop_zone_condition is=held tenant=acme zone=dev") == 0);
}

TEST_CASE("a limit's amounts are under names of their unit, thresholds only where there are any") {
    const auto all = shown(sample_snapshot());
    CHECK(all.at("noodstop_limit_used_cost currency=EUR limit=daily tenant=acme") == 51'200'000);
    CHECK(all.at("noodstop_limit_exposure_cost currency=EUR limit=daily tenant=acme") == 60'000'001);
    CHECK(all.at("noodstop_limit_threshold_cost currency=EUR limit=daily stage=stop tenant=acme") == 100'000'000);
    CHECK(all.contains("noodstop_limit_threshold_cost currency=EUR limit=daily stage=warn tenant=acme"));
    CHECK(!all.contains("noodstop_limit_threshold_cost currency=EUR limit=daily stage=hold tenant=acme"));
    CHECK(all.contains("noodstop_limit_cost_rate_per_hour currency=EUR limit=burn tenant=acme"));
    CHECK(all.at("noodstop_limit_items limit=machines tenant=acme") == 51'200'000);
    CHECK(all.at("noodstop_limit_condition limit=daily is=warned tenant=acme") == 1);
}

TEST_CASE("what is not known is absent and never zero") {
    const auto all = shown(sample_snapshot());
    CHECK(all.at("noodstop_provider_look_age_seconds kind=cgroup provider=lab") == 1'250'000);
    CHECK(!all.contains("noodstop_provider_look_age_seconds kind=azure provider=cloud"));
    core::Snapshot snapshot = sample_snapshot();
    snapshot.zones[0].mandate = {};
    snapshot.limits[0].time_to_stop.reset();
    const auto less = shown(snapshot);
    CHECK(!less.contains("noodstop_zone_mandate_expiry_timestamp_seconds tenant=acme zone=dev"));
    CHECK(less.contains("noodstop_zone_mandate_expiry_timestamp_seconds tenant=acme zone=test"));
    CHECK(!less.contains("noodstop_limit_time_to_stop_seconds limit=daily tenant=acme"));
    CHECK(less.contains("noodstop_limit_time_to_stop_seconds limit=burn tenant=acme"));
}

TEST_CASE("the agent says who it is, and whether its word is on disk") {
    const auto all = shown(sample_snapshot());
    CHECK(all.at("noodstop_agent_info agent=box version=0.1.0") == 1);
    CHECK(all.at("noodstop_agent_durable") == 1);
    CHECK(all.at("noodstop_agent_facts_total") == 33);
    CHECK(all.at("noodstop_agent_looks_total") == 32);
}
