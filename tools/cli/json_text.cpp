#include "tools/cli/json_text.hpp"

#include <boost/json.hpp>

namespace noodstop::cli {
namespace {

namespace json = boost::json;

// Millionths and other wide numbers: a reader that keeps numbers as doubles would round them.
json::value wide(std::int64_t number) {
    return json::value(std::to_string(number));
}
json::value wide(core::Duration time) {
    return wide(time.count());
}
json::value wide(core::WallTime time) {
    return wide(time.since_epoch.count());
}

template <class T>
json::value wide(const std::optional<T>& value) {
    return value ? wide(*value) : json::value(nullptr);
}

template <class Names>
json::array names(const Names& values) {
    json::array array;
    for (const auto& value : values)
        array.emplace_back(value.text);
    return array;
}

template <class Values>
json::array texts(const Values& values) {
    json::array array;
    for (const std::string& value : values)
        array.emplace_back(value);
    return array;
}

json::object object_of(const core::RehearsalLine& line) {
    return {{"lever", core::to_text(line.lever)}, {"answer", core::to_text(line.answer)}, {"detail", line.detail}};
}

json::object object_of(const core::TargetStatus& target) {
    return {{"provider", target.provider.text}, {"resource", target.resource.text}, {"doing", target.doing}};
}

json::object object_of(const core::ProviderStatus& provider);
json::object object_of(const core::LimitStatus& limit);
json::object object_of(const core::ZoneStatus& zone);
json::object object_of(const core::ResourceStatus& resource);
json::object object_of(const core::Counter& counter);
json::object object_of(const core::Gap& gap);
json::object object_of(const codec::AgentZone& zone);
json::object object_of(const codec::AgentBurn& burn);
json::object object_of(const codec::AgentSummary& agent);
json::object object_of(const codec::AgentEvent& event);

template <class Values>
json::array objects(const Values& values) {
    json::array array;
    for (const auto& value : values)
        array.emplace_back(object_of(value));
    return array;
}

json::object object_of(const core::ProviderStatus& provider) {
    return {{"name", provider.name.text},
            {"kind", provider.kind},
            {"look_age_micros", wide(provider.look_age)},
            {"blind", provider.blind},
            {"problem", provider.problem},
            {"resource_count", provider.resource_count},
            {"rate_micros_per_hour", wide(provider.rate.micros_per_hour)},
            {"rehearsal", objects(provider.rehearsal)}};
}

json::object object_of(const core::LimitStatus& limit) {
    return {{"name", limit.name.text},
            {"kind", core::to_text(limit.kind)},
            {"tenant", limit.tenant.text},
            {"zones", names(limit.zones)},
            {"currency", limit.currency},
            {"used", wide(limit.used)},
            {"exposure", wide(limit.exposure)},
            {"warn", wide(limit.warn)},
            {"hold", wide(limit.hold)},
            {"stop", wide(limit.stop)},
            {"time_to_stop_micros", wide(limit.time_to_stop)},
            {"window", core::to_text(limit.window)},
            {"window_length_micros", wide(limit.window_length)},
            {"window_began_unix_micros", wide(limit.window_began)},
            {"warned", limit.warned},
            {"held", limit.held},
            {"reached", limit.reached}};
}

json::object object_of(const core::ZoneStatus& zone) {
    return {{"name", zone.name.text},
            {"tenant", zone.tenant.text},
            {"currency", zone.currency},
            {"state", core::to_text(zone.state)},
            {"warned", zone.warned},
            {"held", zone.held},
            {"blind", zone.blind},
            {"impaired", zone.impaired},
            {"unproven", zone.unproven},
            {"overdue", zone.overdue},
            {"mandate", zone.mandate.text},
            {"mandate_signed", zone.mandate_signed},
            {"mandate_until_unix_micros", wide(zone.mandate_until)},
            {"observe_until_unix_micros", wide(zone.observe_until)},
            {"rate_micros_per_hour", wide(zone.rate.micros_per_hour)},
            {"reaction_micros", wide(zone.reaction)},
            {"since_micros", wide(zone.since.since_origin)},
            {"since_unix_micros", wide(zone.since_wall)},
            {"reason", zone.reason},
            {"targets", objects(zone.targets)},
            {"survivors", texts(zone.survivors)},
            {"stopped_count", zone.stopped_count}};
}

json::object object_of(const core::ResourceStatus& resource) {
    return {{"provider", resource.provider.text},
            {"id", resource.id.text},
            {"sku", resource.sku},
            {"region", resource.region},
            {"kind", resource.kind},
            {"activity", core::to_text(resource.activity)},
            {"resource_class", core::to_text(resource.class_)},
            {"rate_micros_per_hour", wide(resource.rate.micros_per_hour)},
            {"price_known", resource.price_known},
            {"accrued_micros", wide(resource.accrued.micros)},
            {"zones", names(resource.zones)}};
}

json::object object_of(const core::Snapshot& snapshot) {
    return {{"agent", snapshot.agent},
            {"at_micros", wide(snapshot.at.since_origin)},
            {"wall_unix_micros", wide(snapshot.wall)},
            {"durable", snapshot.durable},
            {"time_trusted", snapshot.time_trusted},
            {"prices_pending", snapshot.prices_pending},
            {"looks", snapshot.looks},
            {"last_sequence", snapshot.last_sequence},
            {"zones", objects(snapshot.zones)},
            {"limits", objects(snapshot.limits)},
            {"providers", objects(snapshot.providers)},
            {"warnings", texts(snapshot.warnings)}};
}

json::object object_of(const codec::AgentZone& zone) {
    return {{"name", zone.name.text},    {"tenant", zone.tenant.text},
            {"currency", zone.currency}, {"state", core::to_text(zone.state)},
            {"warned", zone.warned},     {"held", zone.held},
            {"blind", zone.blind},       {"impaired", zone.impaired},
            {"overdue", zone.overdue},   {"rate_micros_per_hour", wide(zone.rate.micros_per_hour)},
            {"reason", zone.reason}};
}

json::object object_of(const codec::AgentBurn& burn) {
    return {{"currency", burn.currency},
            {"rate_micros_per_hour", wide(burn.rate.micros_per_hour)},
            {"accrued_micros", burn.accrued ? wide(burn.accrued->micros) : json::value(nullptr)}};
}

json::object object_of(const codec::AgentSummary& agent) {
    return {{"id", agent.id},
            {"seen_unix_micros", wide(agent.seen)},
            {"connected", agent.connected},
            {"missing", agent.missing},
            {"status_age_micros", wide(agent.status_age)},
            {"zones", objects(agent.zones)},
            {"burn", objects(agent.burn)},
            {"blind_providers", agent.blind_providers},
            {"durable", agent.durable},
            {"facts_waiting", agent.facts_waiting},
            {"samples_waiting", agent.samples_waiting},
            {"facts", agent.facts},
            {"gaps", agent.gaps},
            {"missing_facts", agent.missing_facts},
            {"seen_age_micros", wide(agent.seen_age)}};
}

json::object object_of(const core::Counter& counter) {
    return {{"kind", core::to_text(counter.name.kind)}, {"tenant", counter.name.tenant.text},
            {"zone", counter.name.zone.text},           {"limit", counter.name.limit.text},
            {"provider", counter.name.provider.text},   {"resource", counter.name.resource.text},
            {"currency", counter.name.currency},        {"value_micros", wide(counter.value.micros)},
            {"since_unix_micros", wide(counter.since)}, {"wall_unix_micros", wide(counter.at)}};
}

json::object object_of(const core::Gap& gap) {
    return {{"first", gap.first}, {"last", gap.last}, {"reason", core::to_text(gap.reason)}};
}

json::object object_of(const codec::AgentEvent& event) {
    return {{"kind", codec::to_text(event.kind)}, {"wall_unix_micros", wide(event.at)}, {"text", event.text}};
}

std::string line_of(const json::object& object) {
    return json::serialize(object) + "\n";
}

}  // namespace

std::string to_json(const codec::StatusAnswer& status) {
    return line_of({{"snapshot", object_of(status.snapshot)}, {"snapshot_age_micros", wide(status.age)}});
}

std::string to_json(const std::vector<core::LimitStatus>& limits) {
    return line_of({{"limits", objects(limits)}});
}

std::string to_json(const std::vector<core::ResourceStatus>& resources) {
    return line_of({{"resources", objects(resources)}});
}

std::string to_json(const std::vector<codec::AgentSummary>& agents) {
    return line_of({{"agents", objects(agents)}});
}

std::string to_json(const codec::AgentDetail& detail) {
    return line_of({{"summary", object_of(detail.summary)},
                    {"status", detail.status ? json::value(object_of(*detail.status)) : json::value(nullptr)},
                    {"totals", objects(detail.totals)},
                    {"gaps", objects(detail.gaps)},
                    {"events", objects(detail.events)}});
}

std::string to_json(const core::RecordedFact& recorded) {
    const core::Fact& fact = recorded.fact;
    json::array fields;
    for (const core::FactField& field : fact.fields)
        fields.push_back({{"name", field.name}, {"value", field.value}});
    return line_of({{"sequence", recorded.sequence},
                    {"kind", core::to_text(fact.kind)},
                    {"at_micros", wide(fact.at.since_origin)},
                    {"wall_unix_micros", wide(fact.wall)},
                    {"tenant", fact.tenant.text},
                    {"zone", fact.zone.text},
                    {"provider", fact.provider.text},
                    {"resource", fact.resource.text},
                    {"limit", fact.limit.text},
                    {"fields", std::move(fields)}});
}

}  // namespace noodstop::cli
