#include "tests/doors/samples.hpp"

namespace noodstop::doors {
namespace {

core::ZoneStatus sample_zone() {
    core::ZoneStatus zone;
    zone.name = {"dev"};
    zone.tenant = {"acme"};
    zone.currency = "EUR";
    zone.state = core::BreakerState::tripped;
    zone.warned = zone.blind = zone.unproven = true;
    zone.mandate = {"m-1"};
    zone.mandate_until = {core::Duration(1)};
    zone.observe_until = core::WallTime{core::Duration(2)};
    zone.rate = {3};
    zone.reaction = core::Duration(4);
    zone.since = {core::Duration(5)};
    zone.since_wall = {core::Duration(6)};
    zone.reason = "limit daily reached";
    zone.targets = {{{"lab"}, {"miner-1"}, "shut_down ordered, observed running"}};
    zone.survivors = {"lab/db"};
    zone.stopped_count = 7;
    zone.providers = {{"lab"}};
    return zone;
}

core::LimitStatus sample_limit() {
    core::LimitStatus limit;
    limit.name = {"daily"};
    limit.kind = core::LimitKind::rate;
    limit.tenant = {"acme"};
    limit.zones = {{"dev"}, {"test"}};
    limit.currency = "EUR";
    limit.used = 10;
    limit.exposure = 11;
    limit.warn = 12;
    limit.stop = 14;
    limit.time_to_stop = core::Duration(15);
    limit.window = core::WindowKind::rolling;
    limit.window_length = core::Duration(16);
    limit.window_began = core::WallTime{core::Duration(17)};
    limit.held = limit.reached = true;
    return limit;
}

core::ProviderStatus sample_provider() {
    core::ProviderStatus provider;
    provider.name = {"lab"};
    provider.kind = "cgroup";
    provider.look_age = core::Duration(20);
    provider.blind = false;
    provider.problem = "slow";
    provider.resource_count = 21;
    provider.rate = {22};
    provider.rehearsal = {{core::Lever::suspend, core::RehearsalAnswer::refused, "no cgroup.freeze"}};
    return provider;
}

}  // namespace

core::Snapshot sample_snapshot() {
    core::Snapshot snapshot;
    snapshot.agent = "box";
    snapshot.at = {core::Duration(30)};
    snapshot.wall = {core::Duration(31)};
    snapshot.durable = false;
    snapshot.time_trusted = false;
    snapshot.prices_pending = true;
    snapshot.looks = 32;
    snapshot.last_sequence = 33;
    snapshot.zones = {sample_zone()};
    snapshot.limits = {sample_limit()};
    snapshot.providers = {sample_provider(), {}};
    snapshot.warnings = {"the price list is old"};
    return snapshot;
}

core::ResourceStatus sample_resource(const std::string& id) {
    core::ResourceStatus resource;
    resource.provider = {"lab"};
    resource.id = {id};
    resource.sku = "cgroup";
    resource.region = "here";
    resource.kind = "cgroup";
    resource.activity = core::Activity::frozen;
    resource.class_ = core::ResourceClass::baseline;
    resource.rate = {40};
    resource.price_known = false;
    resource.accrued = {41};
    resource.zones = {{"dev"}};
    return resource;
}

core::RecordedFact sample_fact(std::uint64_t sequence, const std::string& tenant, const std::string& zone) {
    core::RecordedFact recorded;
    recorded.sequence = sequence;
    recorded.fact.kind = core::FactKind::tripped;
    recorded.fact.at = {core::Duration(50)};
    recorded.fact.wall = {core::Duration(51)};
    recorded.fact.tenant = {tenant};
    recorded.fact.zone = {zone};
    recorded.fact.provider = {"lab"};
    recorded.fact.resource = {"miner-1"};
    recorded.fact.limit = {"daily"};
    recorded.fact.fields = {{"exposure", "51.20"}, {"stop", "50.00"}};
    return recorded;
}

}  // namespace noodstop::doors
