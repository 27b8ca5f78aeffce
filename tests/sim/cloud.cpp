#include "tests/sim/cloud.hpp"

namespace noodstop::sim {
namespace {

constexpr std::int64_t gibibyte = std::int64_t{1} << 30;

bool counts_now(const Machine& machine) {
    return machine.make == Make::metered && machine.activity == core::Activity::running;
}

}  // namespace

bool is_billed(const Machine& machine) {
    return machine.activity != core::Activity::stopped;
}

const char* sku_of(Make make) {
    switch (make) {
        case Make::small:
            return "small";
        case Make::large:
            return "large";
        case Make::odd:
            return "odd";
        case Make::metered:
            return "metered";
    }
    return "";
}

void Cloud::changed(Duration now) {
    Wide sum = 0;
    for (const auto& [id, machine] : machines_)
        sum += rate(machine);
    bill_.set_rate(now, sum);
}

Machine& Cloud::add(Duration now, Machine machine) {
    machine.started = machine.counted_until = now;
    Machine& added = machines_.insert_or_assign(machine.id, machine).first->second;
    changed(now);
    return added;
}

void Cloud::remove(Duration now, const std::string& id) {
    const auto found = machines_.find(id);
    if (found == machines_.end())
        return;
    count(found->second, now);
    machines_.erase(found);
    changed(now);
}

Machine* Cloud::find(const std::string& id) {
    const auto found = machines_.find(id);
    return found == machines_.end() ? nullptr : &found->second;
}

void Cloud::set_activity(Duration now, Machine& machine, core::Activity activity) {
    count(machine, now);
    if (!is_billed(machine) && activity != core::Activity::stopped)
        machine.started = now;
    machine.activity = activity;
    changed(now);
}

Wide Cloud::rate(const Machine& machine) const {
    if (!is_billed(machine))
        return 0;
    switch (machine.make) {
        case Make::small:
            return prices_.small;
        case Make::large:
            return prices_.large;
        case Make::odd:
            return prices_.unknown;
        case Make::metered:
            return Wide{prices_.memory} * machine.memory_gib +
                   (counts_now(machine) ? Wide{prices_.cpu} * machine.vcpus : Wide{0});
    }
    return 0;
}

void Cloud::count(Machine& machine, Duration now) {
    if (counts_now(machine)) {
        const Wide used = Wide{(now - machine.counted_until).count()} * machine.vcpus;
        machine.counter += used;
        total_cpu_ += used;
    }
    machine.counted_until = now;
}

std::int64_t Cloud::total_cpu(Duration now) {
    for (auto& [id, machine] : machines_)
        count(machine, now);
    return static_cast<std::int64_t>(total_cpu_);
}

core::Reading Cloud::reading(const Machine& machine, Duration now, core::WallTime wall) const {
    core::Reading reading;
    reading.id = {machine.id};
    reading.sku = sku_of(machine.make);
    reading.region = machine.region;
    reading.kind = machine.make == Make::metered ? "cgroup" : "vm";
    reading.activity = machine.activity;
    reading.vcpus = machine.vcpus;
    reading.gpus = machine.gpus;
    if (machine.tells_creation)
        reading.created = wall - (now - machine.started);
    if (machine.make == Make::metered) {
        reading.measures.push_back({core::Metric::cpu, static_cast<std::int64_t>(machine.counter), true});
        reading.measures.push_back({core::Metric::memory, machine.memory_gib * gibibyte, true});
    }
    return reading;
}

core::Look Cloud::look(Duration now, core::WallTime wall, Random& random) {
    core::Look look;
    look.provider = {name_};
    if (weather.absent) {
        look.problem = "no answer";
        return look;
    }
    if (weather.stale && last_look_)
        return *last_look_;
    look.quality = weather.partial ? core::LookQuality::partial : core::LookQuality::good;
    look.totals.push_back({core::Metric::cpu, total_cpu(now), true});
    for (const auto& [id, machine] : machines_) {
        if ((weather.partial || weather.hides) && random.chance(500))
            continue;
        look.readings.push_back(reading(machine, now, wall));
        if (!weather.unreadable || !random.chance(300))
            continue;
        look.readings.back().activity = core::Activity::unknown;
        for (core::Measure& measure : look.readings.back().measures)
            measure.known = false;
    }
    last_look_ = look;
    return look;
}

core::Observation Cloud::observe(const core::ResourceId& id) const {
    core::Observation seen{{name_}, id, core::Observed::gone, {}};
    const auto machine = machines_.find(id.text);
    if (weather.absent || weather.unreadable) {
        seen.observed = core::Observed::unknown;
        seen.problem = "no answer";
    } else if (machine != machines_.end()) {
        switch (machine->second.activity) {
            case core::Activity::running:
            case core::Activity::billed_idle:
            case core::Activity::unknown:
                seen.observed = core::Observed::running;
                break;
            case core::Activity::frozen:
                seen.observed = core::Observed::frozen;
                break;
            case core::Activity::stopped:
                break;
        }
    }
    return seen;
}

}  // namespace noodstop::sim
