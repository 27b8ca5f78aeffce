#include "tests/outage/recorder.hpp"

#include <fmt/format.h>

#include <utility>

namespace noodstop::outage {
namespace {

constexpr std::uint64_t zone_count = 10;

core::CounterName counter_of(core::CounterKind kind, std::uint64_t zone) {
    core::CounterName name;
    name.kind = kind;
    name.tenant.text = fmt::format("tenant-{}", zone % tenant_count);
    name.zone.text = fmt::format("zone-{}", zone);
    name.currency = "EUR";
    return name;
}

}  // namespace

Recorder::Recorder(const OutagePlan& plan) : plan_(plan), random_(plan.seed) {
    for (std::uint64_t zone = 0; zone < zone_count; ++zone) {
        live_[counter_of(core::CounterKind::zone_spend, zone)] = {};
        core::CounterName limit = counter_of(core::CounterKind::limit_used, zone);
        limit.limit.text = fmt::format("daily-{}", zone);
        live_[limit] = {};
    }
    for (std::uint64_t count = 0; count < plan_.resources; ++count)
        live_[new_resource()] = {};
}

core::CounterName Recorder::new_resource() {
    core::CounterName name = counter_of(core::CounterKind::resource_spend, random_.below(zone_count));
    name.provider.text = "batch";
    // As long as those of clouds are.
    name.resource.text = fmt::format("/subscriptions/7f0c2a/resourceGroups/rg-{}/virtualMachines/worker-{:06}",
                                     random_.below(20), ++resources_named_);
    return name;
}

// Three of four cost something in this interval.
void Recorder::grow() {
    for (auto& [name, value] : live_)
        if (name.kind != core::CounterKind::resource_spend || random_.chance(750))
            value.micros += random_.between(100, 250'000);
}

void Recorder::replace_some() {
    const auto per_interval =
        static_cast<unsigned>(1000 * plan_.replaced_per_hour * plan_.sample_interval / std::chrono::hours(1));
    for (unsigned left = per_interval; left > 0; left -= std::min(left, 1000u)) {
        if (!random_.chance(left))
            continue;
        auto gone = std::next(live_.begin(), static_cast<std::ptrdiff_t>(random_.below(live_.size())));
        if (gone->first.kind != core::CounterKind::resource_spend)
            continue;
        live_.erase(gone);
        live_[new_resource()] = {};
    }
}

void Recorder::draw_facts() {
    const auto per_interval =
        static_cast<unsigned>(1000 * plan_.facts_per_day * plan_.sample_interval / std::chrono::hours(24));
    for (unsigned left = per_interval; left > 0; left -= std::min(left, 1000u)) {
        if (!random_.chance(left))
            continue;
        core::Fact fact;
        fact.kind = random_.chance(20) ? core::FactKind::tripped : core::FactKind::resource_appeared;
        fact.tenant.text = fmt::format("tenant-{}", random_.below(tenant_count));
        fact.zone.text = fmt::format("zone-{}", random_.below(zone_count));
        fact.resource.text = fmt::format("worker-{:06}", random_.below(100'000));
        fact.fields = {{"name", fmt::format("fact-{}", ++facts_named_)}, {"rate", "EUR 15.28 a minute"}};
        waiting_.push_back(std::move(fact));
    }
}

void Recorder::add(std::vector<core::Fact> told) {
    for (core::Fact& fact : told) {
        fact.tenant.text = fmt::format("tenant-{}", ++facts_named_ % tenant_count);
        waiting_.push_back(std::move(fact));
    }
}

core::RecordBatch Recorder::batch(core::WallTime now) {
    core::RecordBatch batch;
    for (core::Fact& fact : std::exchange(waiting_, {})) {
        fact.wall = now;
        const std::uint64_t sequence = facts_.size() + 1;
        facts_[sequence] = fact;
        batch.facts.push_back({sequence, std::move(fact)});
    }
    batch.state["engine"] = "as of " + std::to_string(now.since_epoch.count());
    return batch;
}

core::RecordBatch Recorder::next(core::WallTime now) {
    grow();
    replace_some();
    draw_facts();
    core::RecordBatch made = batch(now);
    for (const auto& [name, value] : live_) {
        made.counters.push_back({name, value, std::nullopt, now});
        totals_[name] = value;
    }
    return made;
}

core::RecordBatch Recorder::last(core::WallTime now) {
    return batch(now);
}

}  // namespace noodstop::outage
