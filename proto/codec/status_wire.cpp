#include "proto/codec/enums.hpp"
#include "proto/codec/text.hpp"

namespace noodstop::codec {
namespace {

template <class Tag>
void names_to_wire(const std::vector<core::Name<Tag>>& names, google::protobuf::RepeatedPtrField<std::string>& wire) {
    for (const auto& name : names)
        *wire.Add() = valid_text(name.text);
}

template <class Name>
std::vector<Name> names_from_wire(const google::protobuf::RepeatedPtrField<std::string>& wire) {
    std::vector<Name> names;
    for (const std::string& text : wire)
        names.push_back(Name{text});
    return names;
}

std::vector<std::string> texts_from_wire(const google::protobuf::RepeatedPtrField<std::string>& wire) {
    return {wire.begin(), wire.end()};
}

void to_wire(const core::RehearsalLine& line, v1::RehearsalLine& wire) {
    wire.set_lever(codec::to_wire(line.lever));
    wire.set_answer(codec::to_wire(line.answer));
    wire.set_detail(valid_text(line.detail));
}

core::RehearsalLine from_wire(const v1::RehearsalLine& wire, Problem& problem) {
    return {codec::from_wire(wire.lever(), problem), codec::from_wire(wire.answer(), problem), wire.detail()};
}

void to_wire(const core::ProviderStatus& status, v1::ProviderStatus& wire) {
    wire.set_name(valid_text(status.name.text));
    wire.set_kind(valid_text(status.kind));
    if (status.look_age)
        wire.set_look_age_micros(status.look_age->count());
    wire.set_blind(status.blind);
    wire.set_problem(valid_text(status.problem));
    wire.set_resource_count(status.resource_count);
    wire.set_rate_micros_per_hour(status.rate.micros_per_hour);
    for (const core::RehearsalLine& line : status.rehearsal)
        to_wire(line, *wire.add_rehearsal());
}

core::ProviderStatus from_wire(const v1::ProviderStatus& wire, Problem& problem) {
    core::ProviderStatus status;
    status.name.text = wire.name();
    status.kind = wire.kind();
    if (wire.has_look_age_micros())
        status.look_age = core::Duration(wire.look_age_micros());
    status.blind = wire.blind();
    status.problem = wire.problem();
    status.resource_count = wire.resource_count();
    status.rate.micros_per_hour = wire.rate_micros_per_hour();
    for (const v1::RehearsalLine& line : wire.rehearsal())
        status.rehearsal.push_back(from_wire(line, problem));
    return status;
}

void thresholds_to_wire(const core::LimitStatus& status, v1::LimitStatus& wire) {
    if (status.warn)
        wire.set_warn(*status.warn);
    if (status.hold)
        wire.set_hold(*status.hold);
    if (status.stop)
        wire.set_stop(*status.stop);
    if (status.time_to_stop)
        wire.set_time_to_stop_micros(status.time_to_stop->count());
    if (status.window_began)
        wire.set_window_began_unix_micros(status.window_began->since_epoch.count());
}

void thresholds_from_wire(const v1::LimitStatus& wire, core::LimitStatus& status) {
    if (wire.has_warn())
        status.warn = wire.warn();
    if (wire.has_hold())
        status.hold = wire.hold();
    if (wire.has_stop())
        status.stop = wire.stop();
    if (wire.has_time_to_stop_micros())
        status.time_to_stop = core::Duration(wire.time_to_stop_micros());
    if (wire.has_window_began_unix_micros())
        status.window_began = core::WallTime{core::Duration(wire.window_began_unix_micros())};
}

void to_wire(const core::LimitStatus& status, v1::LimitStatus& wire) {
    wire.set_name(valid_text(status.name.text));
    wire.set_kind(codec::to_wire(status.kind));
    wire.set_tenant(valid_text(status.tenant.text));
    names_to_wire(status.zones, *wire.mutable_zones());
    wire.set_currency(valid_text(status.currency));
    wire.set_used(status.used);
    wire.set_exposure(status.exposure);
    thresholds_to_wire(status, wire);
    wire.set_window(codec::to_wire(status.window));
    wire.set_window_length_micros(status.window_length.count());
    wire.set_warned(status.warned);
    wire.set_held(status.held);
    wire.set_reached(status.reached);
}

core::LimitStatus from_wire(const v1::LimitStatus& wire, Problem& problem) {
    core::LimitStatus status;
    status.name.text = wire.name();
    status.kind = codec::from_wire(wire.kind(), problem);
    status.tenant.text = wire.tenant();
    status.zones = names_from_wire<core::ZoneName>(wire.zones());
    status.currency = wire.currency();
    status.used = wire.used();
    status.exposure = wire.exposure();
    thresholds_from_wire(wire, status);
    status.window = codec::from_wire(wire.window(), problem);
    status.window_length = core::Duration(wire.window_length_micros());
    status.warned = wire.warned();
    status.held = wire.held();
    status.reached = wire.reached();
    return status;
}

void mandate_to_wire(const core::ZoneStatus& status, v1::ZoneStatus& wire) {
    wire.set_mandate(valid_text(status.mandate.text));
    wire.set_mandate_signed(status.mandate_signed);
    wire.set_mandate_until_unix_micros(status.mandate_until.since_epoch.count());
    if (status.observe_until)
        wire.set_observe_until_unix_micros(status.observe_until->since_epoch.count());
}

void mandate_from_wire(const v1::ZoneStatus& wire, core::ZoneStatus& status) {
    status.mandate.text = wire.mandate();
    status.mandate_signed = wire.mandate_signed();
    status.mandate_until.since_epoch = core::Duration(wire.mandate_until_unix_micros());
    if (wire.has_observe_until_unix_micros())
        status.observe_until = core::WallTime{core::Duration(wire.observe_until_unix_micros())};
}

void flags_to_wire(const core::ZoneStatus& status, v1::ZoneStatus& wire) {
    wire.set_warned(status.warned);
    wire.set_held(status.held);
    wire.set_blind(status.blind);
    wire.set_impaired(status.impaired);
    wire.set_unproven(status.unproven);
    wire.set_overdue(status.overdue);
}

void flags_from_wire(const v1::ZoneStatus& wire, core::ZoneStatus& status) {
    status.warned = wire.warned();
    status.held = wire.held();
    status.blind = wire.blind();
    status.impaired = wire.impaired();
    status.unproven = wire.unproven();
    status.overdue = wire.overdue();
}

void to_wire(const core::TargetStatus& status, v1::TargetStatus& wire) {
    wire.set_provider(valid_text(status.provider.text));
    wire.set_resource(valid_text(status.resource.text));
    wire.set_doing(valid_text(status.doing));
}

core::TargetStatus from_wire(const v1::TargetStatus& wire, Problem&) {
    return {{wire.provider()}, {wire.resource()}, wire.doing()};
}

void to_wire(const core::ZoneStatus& status, v1::ZoneStatus& wire) {
    wire.set_name(valid_text(status.name.text));
    wire.set_tenant(valid_text(status.tenant.text));
    wire.set_currency(valid_text(status.currency));
    wire.set_state(codec::to_wire(status.state));
    flags_to_wire(status, wire);
    mandate_to_wire(status, wire);
    wire.set_rate_micros_per_hour(status.rate.micros_per_hour);
    wire.set_reaction_micros(status.reaction.count());
    wire.set_since_micros(status.since.since_origin.count());
    wire.set_since_unix_micros(status.since_wall.since_epoch.count());
    wire.set_reason(valid_text(status.reason));
    for (const core::TargetStatus& target : status.targets)
        to_wire(target, *wire.add_targets());
    for (const std::string& survivor : status.survivors)
        wire.add_survivors(valid_text(survivor));
    wire.set_stopped_count(status.stopped_count);
    names_to_wire(status.providers, *wire.mutable_providers());
}

core::ZoneStatus from_wire(const v1::ZoneStatus& wire, Problem& problem) {
    core::ZoneStatus status;
    status.name.text = wire.name();
    status.tenant.text = wire.tenant();
    status.currency = wire.currency();
    status.state = codec::from_wire(wire.state(), problem);
    flags_from_wire(wire, status);
    mandate_from_wire(wire, status);
    status.rate.micros_per_hour = wire.rate_micros_per_hour();
    status.reaction = core::Duration(wire.reaction_micros());
    status.since.since_origin = core::Duration(wire.since_micros());
    status.since_wall.since_epoch = core::Duration(wire.since_unix_micros());
    status.reason = wire.reason();
    for (const v1::TargetStatus& target : wire.targets())
        status.targets.push_back(from_wire(target, problem));
    status.survivors = texts_from_wire(wire.survivors());
    status.stopped_count = wire.stopped_count();
    status.providers = names_from_wire<core::ProviderName>(wire.providers());
    return status;
}

}  // namespace

void to_wire(const core::ResourceStatus& status, v1::ResourceStatus& wire) {
    wire.set_provider(valid_text(status.provider.text));
    wire.set_id(valid_text(status.id.text));
    wire.set_sku(valid_text(status.sku));
    wire.set_region(valid_text(status.region));
    wire.set_kind(valid_text(status.kind));
    wire.set_activity(to_wire(status.activity));
    wire.set_resource_class(to_wire(status.class_));
    wire.set_rate_micros_per_hour(status.rate.micros_per_hour);
    wire.set_price_known(status.price_known);
    wire.set_accrued_micros(status.accrued.micros);
    names_to_wire(status.zones, *wire.mutable_zones());
}

core::ResourceStatus from_wire(const v1::ResourceStatus& wire, Problem& problem) {
    core::ResourceStatus status;
    status.provider.text = wire.provider();
    status.id.text = wire.id();
    status.sku = wire.sku();
    status.region = wire.region();
    status.kind = wire.kind();
    status.activity = from_wire(wire.activity(), problem);
    status.class_ = from_wire(wire.resource_class(), problem);
    status.rate.micros_per_hour = wire.rate_micros_per_hour();
    status.price_known = wire.price_known();
    status.accrued.micros = wire.accrued_micros();
    status.zones = names_from_wire<core::ZoneName>(wire.zones());
    return status;
}

void to_wire(const core::Snapshot& snapshot, v1::Snapshot& wire) {
    wire.set_agent(valid_text(snapshot.agent));
    wire.set_at_micros(snapshot.at.since_origin.count());
    wire.set_wall_unix_micros(snapshot.wall.since_epoch.count());
    wire.set_durable(snapshot.durable);
    wire.set_time_trusted(snapshot.time_trusted);
    wire.set_prices_pending(snapshot.prices_pending);
    wire.set_looks(snapshot.looks);
    wire.set_last_sequence(snapshot.last_sequence);
    for (const core::ZoneStatus& zone : snapshot.zones)
        to_wire(zone, *wire.add_zones());
    for (const core::LimitStatus& limit : snapshot.limits)
        to_wire(limit, *wire.add_limits());
    for (const core::ProviderStatus& provider : snapshot.providers)
        to_wire(provider, *wire.add_providers());
    for (const std::string& warning : snapshot.warnings)
        wire.add_warnings(valid_text(warning));
}

core::Snapshot from_wire(const v1::Snapshot& wire, Problem& problem) {
    core::Snapshot snapshot;
    snapshot.agent = wire.agent();
    snapshot.at.since_origin = core::Duration(wire.at_micros());
    snapshot.wall.since_epoch = core::Duration(wire.wall_unix_micros());
    snapshot.durable = wire.durable();
    snapshot.time_trusted = wire.time_trusted();
    snapshot.prices_pending = wire.prices_pending();
    snapshot.looks = wire.looks();
    snapshot.last_sequence = wire.last_sequence();
    for (const v1::ZoneStatus& zone : wire.zones())
        snapshot.zones.push_back(from_wire(zone, problem));
    for (const v1::LimitStatus& limit : wire.limits())
        snapshot.limits.push_back(from_wire(limit, problem));
    for (const v1::ProviderStatus& provider : wire.providers())
        snapshot.providers.push_back(from_wire(provider, problem));
    snapshot.warnings = texts_from_wire(wire.warnings());
    return snapshot;
}

}  // namespace noodstop::codec
