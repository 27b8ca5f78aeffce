// What the agent asks of clouds, and what comes of it.
#include "tests/sim/world.hpp"

#include <algorithm>

namespace noodstop::sim {

Cloud* World::find_cloud(const core::ProviderName& name) {
    const auto found =
        std::find_if(clouds_.begin(), clouds_.end(), [&](const Cloud& cloud) { return cloud.name() == name.text; });
    return found == clouds_.end() ? nullptr : &*found;
}

void World::answer_look(std::size_t index, std::uint64_t number) {
    Cloud& cloud = clouds_[index];
    if (cloud.weather.silent)
        return;
    const Duration takes = cloud.weather.look_takes;
    later(takes / 2, [this, index, number, takes, asked_at = now()] {
        Cloud& asked = clouds_[index];
        const Duration read_at = now();
        if (asked.weather.hides || asked.weather.stale)
            excuses_.clouds_lie = true;
        excuses_.figures_unknown = excuses_.figures_unknown || asked.weather.unreadable;
        core::Look look = asked.look(read_at, true_wall(), random_);
        excuses_.overflowed = excuses_.overflowed || look.readings.size() > plan_.policy.providers[index].resources_max;
        const int times = asked.weather.doubled ? 2 : 1;
        for (int time = 0; time < times; ++time)
            later(takes / 2 + Duration{time}, [this, index, look, asked_at, read_at, number] {
                if (story_ != nullptr)
                    tell("  look of " + look.provider.text + ", read at " + core::to_text(read_at) + ": " +
                         core::to_text(look.quality) + ", " + std::to_string(look.readings.size()) + " resources");
                WindowTime when_taken = window_time_;  // in a step of this moment
                when_taken.read(clocks_.read(now()), true_wall());
                reckoning_.set_untold_before(when_taken.stands() ? std::optional(clocks_.booted_at()) : std::nullopt);
                reckoning_.set_clock_error(when_taken.earliest(), when_taken.latest());
                reckoning_.look_delivered(look, asked_at, read_at, now(), clouds_[index]);
                witness([&](Checker& checker) { checker.look_delivered(look, asked_at, read_at); });
                cycle_->collect_look(number, look);
            });
    });
}

core::StepReport World::obey(const core::StepOrder& order, bool& silent) {
    Cloud* cloud = find_cloud(order.provider);
    if (cloud == nullptr)
        return {order.id, false, "there is no such cloud"};
    if (cloud->weather.silent) {
        silent = true;
        return {order.id, false, {}};
    }
    if (cloud->weather.absent || cloud->weather.refuses_orders)
        return {order.id, false, cloud->weather.absent ? "no answer" : "forbidden"};
    const Machine* machine = cloud->find(order.resource.text);
    if (machine == nullptr)
        return {order.id, true, {}};
    Obedience obedience;
    if (order.lever == core::Lever::shut_down)
        obedience = machine->shut_down;
    else if (order.lever == core::Lever::power_off)
        obedience = machine->power_off;
    else if (order.lever == core::Lever::suspend)
        obedience = machine->suspend;
    silent = obedience.answer == Obedience::Answer::silent;
    if (obedience.answer == Obedience::Answer::refuses)
        return {order.id, false, "conflict"};
    if (cloud->weather.hits_another && !cloud->machines().empty()) {
        auto other = cloud->machines().begin();
        std::advance(other, static_cast<std::ptrdiff_t>(random_.below(cloud->machines().size())));
        tell("  the cloud hits " + other->first + " as well");
        halt(*cloud, std::string(other->first));
    }
    if (obedience.answer != Obedience::Answer::lies)
        clockwork_.in(obedience.takes, [this, order] { take_effect(order, order.resource.text); });
    return {order.id, true, {}};
}

void World::take_effect(const core::StepOrder& order, const std::string& id) {
    Cloud* cloud = find_cloud(order.provider);
    Machine* machine = cloud->find(id);
    if (machine == nullptr)
        return;
    const Machine before = *machine;
    switch (order.lever) {
        case core::Lever::shut_down:
        case core::Lever::power_off:
            if (!is_billed(before))
                return;
            halt(*cloud, id);
            bring_back(cloud->name(), id, before);
            break;
        case core::Lever::suspend:
            if (before.activity != core::Activity::running)
                return;
            cloud->set_activity(now(), *machine, core::Activity::frozen);
            break;
        case core::Lever::resume:
            if (before.activity == core::Activity::frozen)
                cloud->set_activity(now(), *machine, core::Activity::running);
            return;
        case core::Lever::start:
            if (before.activity == core::Activity::stopped)
                cloud->set_activity(now(), *machine, core::Activity::running);
            return;
    }
    tell("  (" + cloud->name() + "/" + id + " obeys " + core::to_text(order.lever) + ")");
}

// A control group is gone when its processes are; a machine is still there.
void World::halt(Cloud& cloud, const std::string& id) {
    Machine* machine = cloud.find(id);
    if (machine->make == Make::metered)
        cloud.remove(now(), id);
    else
        cloud.set_activity(now(), *machine, core::Activity::stopped);
}

// Whoever runs it starts it again, and perhaps more of them.
void World::bring_back(const std::string& cloud_name, const std::string& id, Machine copy) {
    if (copy.returns_left == 0 || quiet_)
        return;
    --copy.returns_left;
    copy.activity = core::Activity::running;
    copy.counter = 0;
    clockwork_.in(copy.returns_after, [this, cloud_name, id, copy] {
        if (quiet_)
            return;
        Cloud* cloud = find_cloud({cloud_name});
        tell("(" + cloud_name + "/" + id + " is started again)");
        cloud->add(now(), copy);
        for (int one = 1; one < copy.returns_as; ++one) {
            Machine another = copy;
            another.id = id + "-" + std::to_string(++mines_);
            start_machine(static_cast<std::size_t>(cloud - clouds_.data()), another);
        }
    });
}

void World::start_machine(std::size_t index, Machine machine) {
    tell("(" + clouds_[index].name() + "/" + machine.id + " is started: " + sku_of(machine.make) + ")");
    clouds_[index].add(now(), std::move(machine));
}

}  // namespace noodstop::sim
