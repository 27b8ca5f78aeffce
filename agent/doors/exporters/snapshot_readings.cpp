#include "agent/doors/exporters/snapshot_readings.hpp"

#include <array>

namespace noodstop::exporters {
namespace {

struct State {
    const char* name;
    bool holds;
};

// Collects readings of one time.
class Collector {
public:
    explicit Collector(core::WallTime at) : at_(at) {}

    // The labels of what is added from here on.
    void about(std::vector<Label> subject) { subject_ = std::move(subject); }

    void add(Figure figure, std::int64_t raw) { add(figure, raw, {}); }
    void add(Figure figure, std::int64_t raw, Label further) {
        std::vector<Label> labels = subject_;
        labels.push_back(std::move(further));
        readings_.push_back(make_reading({figure, at_, raw}, std::move(labels)));
    }
    void add(Figure figure, const std::optional<core::Duration>& duration) {
        if (duration)
            add(figure, duration->count());
    }
    template <std::size_t count>
    void add(Figure figure, const std::array<State, count>& states) {
        for (const State& state : states)
            add(figure, state.holds ? 1 : 0, {definition_of(figure).family, state.name});
    }

    std::vector<Reading> take() { return std::move(readings_); }

private:
    core::WallTime at_;
    std::vector<Label> subject_;
    std::vector<Reading> readings_;
};

// Numbers of things never come near the end of the type.
std::int64_t whole(std::uint64_t number) {
    return static_cast<std::int64_t>(number);
}

void add_agent(Collector& collector, const core::Snapshot& snapshot, const std::string& version) {
    collector.about({{"agent", snapshot.agent}, {"version", version}});
    collector.add(Figure::agent, 1);
    collector.about({});
    collector.add(Figure::agent_looks, whole(snapshot.looks));
    collector.add(Figure::agent_facts, whole(snapshot.last_sequence));
    collector.add(Figure::agent_warnings, whole(snapshot.warnings.size()));
    collector.add(Figure::agent_durable, snapshot.durable ? 1 : 0);
    collector.add(Figure::agent_time_trusted, snapshot.time_trusted ? 1 : 0);
    collector.add(Figure::agent_prices_pending, snapshot.prices_pending ? 1 : 0);
}

void add_provider(Collector& collector, const core::ProviderStatus& provider) {
    collector.about({{"provider", provider.name.text}, {"kind", provider.kind}});
    collector.add(Figure::provider_blind, provider.blind ? 1 : 0);
    collector.add(Figure::provider_look_age, provider.look_age);
    collector.add(Figure::provider_resources, whole(provider.resource_count));
}

void add_states(Collector& collector, const core::ZoneStatus& zone) {
    constexpr std::array<core::BreakerState, 5> states{core::BreakerState::disarmed, core::BreakerState::observing,
                                                       core::BreakerState::armed, core::BreakerState::tripped,
                                                       core::BreakerState::latched};
    for (const core::BreakerState state : states)
        collector.add(Figure::zone_state, zone.state == state ? 1 : 0,
                      {definition_of(Figure::zone_state).family, core::to_text(state)});
    collector.add(Figure::zone_condition, std::array<State, 6>{{{"warned", zone.warned},
                                                                {"held", zone.held},
                                                                {"blind", zone.blind},
                                                                {"impaired", zone.impaired},
                                                                {"unproven", zone.unproven},
                                                                {"overdue", zone.overdue}}});
}

void add_zone(Collector& collector, const core::ZoneStatus& zone) {
    collector.about({{"tenant", zone.tenant.text}, {"zone", zone.name.text}});
    add_states(collector, zone);
    collector.add(Figure::zone_cost_rate, zone.rate.micros_per_hour, {"currency", zone.currency});
    collector.add(Figure::zone_reaction, zone.reaction.count());
    collector.add(Figure::zone_changed, zone.since_wall.since_epoch.count());
    if (!zone.mandate.empty())
        collector.add(Figure::zone_mandate_expiry, zone.mandate_until.since_epoch.count());
    collector.add(Figure::zone_targets, whole(zone.targets.size()));
    collector.add(Figure::zone_stops, zone.stopped_count);
}

void add_thresholds(Collector& collector, const core::LimitStatus& limit, Figure figure) {
    if (limit.warn)
        collector.add(figure, *limit.warn, {"stage", "warn"});
    if (limit.hold)
        collector.add(figure, *limit.hold, {"stage", "hold"});
    if (limit.stop)
        collector.add(figure, *limit.stop, {"stage", "stop"});
}

void add_amounts(Collector& collector, const core::LimitStatus& limit) {
    switch (limit.kind) {
        case core::LimitKind::spend:
            collector.add(Figure::limit_used_cost, limit.used);
            collector.add(Figure::limit_exposure_cost, limit.exposure);
            return add_thresholds(collector, limit, Figure::limit_threshold_cost);
        case core::LimitKind::rate:
            collector.add(Figure::limit_cost_rate, limit.used);
            return add_thresholds(collector, limit, Figure::limit_threshold_cost_rate);
        case core::LimitKind::count:
        case core::LimitKind::allow:
            collector.add(Figure::limit_items, limit.used);
            return add_thresholds(collector, limit, Figure::limit_threshold_items);
    }
}

bool is_about_money(core::LimitKind kind) {
    return kind == core::LimitKind::spend || kind == core::LimitKind::rate;
}

void add_limit(Collector& collector, const core::LimitStatus& limit) {
    const std::vector<Label> subject{{"tenant", limit.tenant.text}, {"limit", limit.name.text}};
    collector.about(subject);
    collector.add(Figure::limit_condition,
                  std::array<State, 3>{{{"warned", limit.warned}, {"held", limit.held}, {"reached", limit.reached}}});
    collector.add(Figure::limit_time_to_stop, limit.time_to_stop);
    if (is_about_money(limit.kind))
        collector.about({subject[0], subject[1], {"currency", limit.currency}});
    add_amounts(collector, limit);
}

}  // namespace

std::vector<Reading> readings_of(const core::Snapshot& snapshot, const std::string& version) {
    Collector collector(snapshot.wall);
    add_agent(collector, snapshot, version);
    for (const core::ProviderStatus& provider : snapshot.providers)
        add_provider(collector, provider);
    for (const core::ZoneStatus& zone : snapshot.zones)
        add_zone(collector, zone);
    for (const core::LimitStatus& limit : snapshot.limits)
        add_limit(collector, limit);
    return collector.take();
}

}  // namespace noodstop::exporters
