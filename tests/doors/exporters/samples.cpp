#include "tests/doors/exporters/samples.hpp"

#include "agent/doors/exporters/export_session.hpp"
#include "agent/doors/exporters/snapshot_readings.hpp"
#include "agent/doors/exporters/uplink_readings.hpp"

namespace noodstop::exporters {
namespace {

core::ZoneStatus sample_zone(const std::string& name, core::BreakerState state) {
    core::ZoneStatus zone;
    zone.name = {name};
    zone.tenant = {"acme"};
    zone.currency = "EUR";
    zone.state = state;
    zone.mandate = {"m-1"};
    zone.mandate_until = noon + std::chrono::hours(24);
    zone.rate = {15'280'000};
    zone.reaction = std::chrono::milliseconds(90'500);
    zone.since_wall = noon - std::chrono::hours(1);
    return zone;
}

core::LimitStatus sample_limit(const std::string& name, core::LimitKind kind) {
    core::LimitStatus limit;
    limit.name = {name};
    limit.kind = kind;
    limit.tenant = {"acme"};
    limit.zones = {{"dev"}};
    limit.currency = "EUR";
    limit.used = 51'200'000;
    limit.exposure = 60'000'001;
    limit.warn = 50'000'000;
    limit.stop = 100'000'000;
    limit.time_to_stop = std::chrono::minutes(5);
    limit.warned = true;
    return limit;
}

core::Counter counter_of(core::CounterKind kind, std::int64_t micros, core::WallTime at) {
    core::Counter counter;
    counter.name.kind = kind;
    counter.name.tenant = {"acme"};
    counter.name.currency = "EUR";
    counter.value = {micros};
    counter.since = noon - std::chrono::hours(2);
    counter.at = at;
    return counter;
}

}  // namespace

core::Snapshot sample_snapshot() {
    core::Snapshot snapshot;
    snapshot.agent = "box";
    snapshot.wall = noon;
    snapshot.looks = 32;
    snapshot.last_sequence = 33;
    snapshot.warnings = {"the price list is old"};
    snapshot.zones = {sample_zone("dev", core::BreakerState::tripped), sample_zone("test", core::BreakerState::armed)};
    snapshot.zones[0].blind = snapshot.zones[0].overdue = true;
    snapshot.zones[0].targets = {{{"lab"}, {"miner-1"}, "shut_down ordered, observed running"}};
    snapshot.zones[0].stopped_count = 7;
    snapshot.limits = {sample_limit("daily", core::LimitKind::spend), sample_limit("burn", core::LimitKind::rate),
                       sample_limit("machines", core::LimitKind::count)};
    core::ProviderStatus seen;
    seen.name = {"lab"};
    seen.kind = "cgroup";
    seen.look_age = std::chrono::milliseconds(1250);
    seen.blind = false;
    seen.resource_count = 21;
    core::ProviderStatus never_seen;
    never_seen.name = {"cloud"};
    never_seen.kind = "azure";
    snapshot.providers = {seen, never_seen};
    return snapshot;
}

core::Counter zone_counter(const std::string& zone, std::int64_t micros, core::WallTime at) {
    core::Counter counter = counter_of(core::CounterKind::zone_spend, micros, at);
    counter.name.zone = {zone};
    return counter;
}

core::Counter resource_counter(const std::string& resource, std::int64_t micros, core::WallTime at) {
    core::Counter counter = counter_of(core::CounterKind::resource_spend, micros, at);
    counter.name.zone = {"dev"};
    counter.name.provider = {"lab"};
    counter.name.resource = {resource};
    return counter;
}

core::Counter limit_counter(const std::string& limit, std::int64_t micros, core::WallTime at) {
    core::Counter counter = counter_of(core::CounterKind::limit_used, micros, at);
    counter.name.limit = {limit};
    return counter;
}

core::RecordedFact sample_fact(std::uint64_t sequence, core::FactKind kind) {
    core::RecordedFact recorded;
    recorded.sequence = sequence;
    recorded.fact.kind = kind;
    recorded.fact.wall = noon;
    recorded.fact.tenant = {"acme"};
    recorded.fact.zone = {"dev"};
    recorded.fact.provider = {"lab"};
    recorded.fact.resource = {"miner-1"};
    recorded.fact.limit = {"daily"};
    recorded.fact.fields = {{"exposure", "51.20"}, {"stop", "50.00"}};
    return recorded;
}

std::vector<Reading> readings_of_everything() {
    std::vector<Reading> readings = readings_of(sample_snapshot(), "0.1.0");
    readings.push_back(reading_of(zone_counter("dev", 51'200'000, noon)));
    readings.push_back(reading_of(resource_counter("miner-1", 1, noon)));
    ExportStatus status;
    status.accepted_items = 3;
    status.acknowledged = noon;
    for (const Reading& reading : readings_of(status, "victoria", noon))
        readings.push_back(reading);
    core::SpoolState waiting;
    waiting.facts_waiting = 2;
    for (const Reading& reading : readings_of(UplinkView{true, noon, waiting}, noon))
        readings.push_back(reading);
    return readings;
}

core::SpoolBatch spool_batch(std::uint64_t number, std::vector<core::Sample> samples) {
    core::SpoolBatch batch;
    batch.number = number;
    batch.samples.epoch = 7;
    batch.samples.last = samples.empty() ? 0 : samples.back().sequence;
    batch.samples.samples = std::move(samples);
    return batch;
}

}  // namespace noodstop::exporters
