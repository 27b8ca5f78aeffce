#include "tests/cli/examples.hpp"

namespace noodstop::cli {
namespace {

using namespace std::chrono_literals;
using core::FactKind;

constexpr core::WallTime noon{1'795'262'400s};  // 2026-11-21T12:00:00Z

core::ZoneStatus zone(const std::string& name, core::BreakerState state, std::int64_t euros_per_hour) {
    core::ZoneStatus zone;
    zone.name = {name};
    zone.tenant = {"acme"};
    zone.currency = "EUR";
    zone.state = state;
    zone.mandate = {"m-1"};
    zone.mandate_until = noon + 24h * 100;
    zone.rate = {euros_per_hour * 1'000'000};
    zone.reaction = 6s;
    zone.since_wall = noon - 2h;
    return zone;
}

core::LimitStatus limit(const std::string& name, core::LimitKind kind, std::int64_t used, std::int64_t stop) {
    core::LimitStatus limit;
    limit.name = {name};
    limit.kind = kind;
    limit.tenant = {"acme"};
    limit.zones = {{"dev"}};
    limit.currency = "EUR";
    limit.used = used;
    limit.exposure = used;
    limit.stop = stop;
    limit.window = core::WindowKind::day;
    return limit;
}

core::LimitStatus daily(std::int64_t used_micros, std::int64_t exposure_micros) {
    core::LimitStatus daily = limit("daily", core::LimitKind::spend, used_micros, 50'000'000);
    daily.exposure = exposure_micros;
    daily.warn = 40'000'000;
    return daily;
}

core::ProviderStatus provider() {
    core::ProviderStatus provider;
    provider.name = {"lab"};
    provider.kind = "cgroup";
    provider.look_age = 800ms;
    provider.blind = false;
    provider.resource_count = 3;
    provider.rehearsal = {{core::Lever::power_off, core::RehearsalAnswer::ready, "cgroup.kill can be written"},
                          {core::Lever::suspend, core::RehearsalAnswer::no_answer, ""}};
    return provider;
}

core::RecordedFact fact(std::uint64_t sequence, FactKind kind, core::Duration after_noon) {
    core::RecordedFact recorded;
    recorded.sequence = sequence;
    recorded.fact.kind = kind;
    recorded.fact.wall = noon + after_noon;
    recorded.fact.tenant = {"acme"};
    recorded.fact.zone = {"dev"};
    return recorded;
}

}  // namespace

codec::StatusAnswer calm_status() {
    core::Snapshot snapshot;
    snapshot.agent = "box";
    snapshot.wall = noon;
    snapshot.looks = 7200;
    snapshot.last_sequence = 41;
    snapshot.zones = {zone("dev", core::BreakerState::armed, 12), zone("test", core::BreakerState::observing, 0)};
    snapshot.zones[1].observe_until = noon + 24h * 7;
    snapshot.zones[1].mandate_signed = true;
    snapshot.limits = {daily(12'500'000, 13'000'000), limit("burst", core::LimitKind::rate, 12'000'000, 60'000'000),
                       limit("machines", core::LimitKind::count, 3, 4)};
    snapshot.limits[0].time_to_stop = 3h + 5min + 7s;
    snapshot.limits[2].zones = {{"test"}};
    snapshot.limits[2].time_to_stop = 90s;
    snapshot.providers = {provider()};
    return {snapshot, 300ms};
}

codec::StatusAnswer alarmed_status() {
    codec::StatusAnswer status = calm_status();
    core::Snapshot& snapshot = status.snapshot;
    status.age = 35s;
    snapshot.durable = false;
    snapshot.time_trusted = false;
    snapshot.prices_pending = true;
    snapshot.warnings = {"price list lab is 40 days old"};
    core::ZoneStatus& dev = snapshot.zones[0];
    dev.state = core::BreakerState::tripped;
    dev.reason = "limit daily: exposure 51.20 of 50.00";
    dev.warned = dev.held = dev.blind = dev.overdue = true;
    dev.targets = {{{"lab"}, {"miner\x1b[2J"}, "shut_down ordered, observed running"}};
    dev.survivors = {"lab/db"};
    dev.stopped_count = 2;
    snapshot.zones[1] = zone("test", core::BreakerState::disarmed, 0);
    snapshot.zones[1].mandate = {};
    snapshot.limits[0] = daily(50'900'000, 51'200'000);
    snapshot.limits[0].warned = snapshot.limits[0].reached = true;
    snapshot.providers[0].blind = true;
    snapshot.providers[0].look_age.reset();
    snapshot.providers[0].problem = "cannot open cgroup.procs: Input/output error";
    return status;
}

std::vector<core::ResourceStatus> example_resources() {
    core::ResourceStatus miner;
    miner.provider = {"lab"};
    miner.id = {"miner-1"};
    miner.sku = "cgroup";
    miner.kind = "cgroup";
    miner.activity = core::Activity::running;
    miner.rate = {12'000'000};
    miner.accrued = {51'234'567};
    miner.zones = {{"dev"}, {"test"}};
    core::ResourceStatus database = miner;
    database.id = {"b\xC3\xBCro-db"};
    database.class_ = core::ResourceClass::protected_;
    database.price_known = false;
    database.rate = {};
    database.sku.clear();
    return {database, miner};
}

std::vector<core::RecordedFact> example_story() {
    std::vector<core::RecordedFact> story{
        fact(30, FactKind::armed, -2h),          fact(31, FactKind::resource_appeared, -1min),
        fact(32, FactKind::limit_warned, -10s),  fact(33, FactKind::tripped, 0s),
        fact(34, FactKind::target_added, 0s),    fact(35, FactKind::step_intended, 0s),
        fact(36, FactKind::step_accepted, 20ms), fact(37, FactKind::durability_lost, 1s),
        fact(38, FactKind::stop_observed, 1s),   fact(39, FactKind::latched, 1s),
        fact(40, FactKind::order_refused, 1h),
    };
    story[1].fact.provider = {"lab"};
    story[1].fact.resource = {"miner-1"};
    story[2].fact.limit = story[3].fact.limit = {"daily"};
    story[3].fact.fields = {{"exposure", "51.20"}, {"stop", "50.00"}};
    story[5].fact.provider = {"lab"};
    story[5].fact.resource = {"miner-1"};
    story[5].fact.fields = {{"lever", "power_off"}};
    story[7].fact.tenant = {};
    story[7].fact.zone = {};
    story[10].fact.fields = {{"order", "reset"}, {"by", "uid:0 (root)"}, {"answer", "still reached"}};
    return story;
}

std::vector<codec::AgentSummary> example_fleet() {
    codec::AgentSummary calm;
    calm.id = "box-1";
    calm.seen = noon;
    calm.seen_age = 3s;
    calm.connected = true;
    calm.status_age = 20s;
    calm.zones = {
        {{"dev"}, {"acme"}, "EUR", core::BreakerState::armed, false, false, false, false, false, {12'500'000}, ""},
        {{"lab"}, {"acme"}, "USD", core::BreakerState::observing, false, false, false, false, false, {}, ""}};
    calm.burn = {{"EUR", {12'500'000}, core::Money{1'234'567'890}}, {"USD", {}, std::nullopt}};
    calm.facts = 40;
    codec::AgentSummary loud = calm;
    loud.id = "box\x1b[2J";
    loud.connected = false;
    loud.zones[0].state = core::BreakerState::disarmed;
    loud.zones[1].state = core::BreakerState::tripped;
    loud.zones[1].blind = true;
    loud.zones[1].warned = true;
    loud.durable = false;
    loud.facts_waiting = 7;
    loud.samples_waiting = 9;
    codec::AgentSummary missing = calm;
    missing.id = "cellar";
    missing.connected = false;
    missing.missing = true;
    missing.seen_age = 26h;
    missing.gaps = 2;
    missing.missing_facts = 17;
    codec::AgentSummary silent;
    silent.id = "new";
    silent.seen_age = 400ms;
    silent.connected = true;
    return {calm, loud, missing, silent};
}

codec::AgentDetail example_agent() {
    codec::AgentDetail detail;
    detail.summary = example_fleet()[2];
    detail.status = calm_status().snapshot;
    detail.totals = {{{core::CounterKind::zone_spend, {"acme"}, {"dev"}, {}, {}, {}, "EUR"}, {1'234'567'890}, {}, noon},
                     {{core::CounterKind::resource_spend, {}, {}, {}, {"lab"}, {"vm"}, "EUR"}, {5}, noon - 1h, noon}};
    detail.gaps = {{3, 18, core::GapReason::missing}, {21, 21, core::GapReason::damaged}};
    detail.events = {{codec::AgentEventKind::first_seen, noon - 24h, ""},
                     {codec::AgentEventKind::lost, noon, "facts 3 to 18 of epoch 7 never came"}};
    return detail;
}

}  // namespace noodstop::cli
