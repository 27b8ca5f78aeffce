// The plan's happenings, carried out.
#include "tests/sim/disk/damage.hpp"
#include "tests/sim/world.hpp"

#include <algorithm>
#include <cerrno>

namespace noodstop::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

Machine* any_machine(Cloud& cloud, Random& random) {
    if (cloud.machines().empty())
        return nullptr;
    auto place = cloud.machines().begin();
    std::advance(place, static_cast<std::ptrdiff_t>(random.below(cloud.machines().size())));
    return &place->second;
}

// Which file it was; empty if there is none to damage.
std::string damage(Disk& disk, Random& random) {
    std::vector<std::string> files = disk.files_in("/state");
    for (const std::string& latch : disk.files_in("/state/latches"))
        files.push_back(latch);
    if (files.empty())
        return {};
    const std::string file = random.pick(files);
    if (random.chance(300))
        cut_short(disk, file, random);
    else if (random.chance(200))
        swap_pages(disk, file, random);
    else if (random.chance(200))
        fill_page_with_garbage(disk, file, random);
    else
        flip_bytes(disk, file, static_cast<std::size_t>(random.chance(500) ? 1 : random.between(2, 40)), random);
    return file;
}

}  // namespace

void World::happen(const Happening& happening) {
    Random random(happening.draw);
    tell(std::string("* ") + to_text(happening.what));
    if (happening.what <= What::counter_restarts)
        happen_to_machines(happening, random);
    else if (happening.what <= What::orders_hit_another)
        happen_to_cloud(happening, random);
    else if (happening.what <= What::clock_drifts)
        happen_to_appliance(happening, random);
    else if (happening.what <= What::old_snapshot)
        happen_to_disk(happening, random);
    else if (happening.what <= What::flood_orders)
        order(happening, random);
    else
        reload(happening, random);
}

void World::happen_to_machines(const Happening& happening, Random& random) {
    Cloud& cloud = clouds_[happening.cloud];
    const bool disobeys = plan_.mode != Mode::crash_at_step;
    const auto start = [&](const std::string& prefix, Make make) {
        start_machine(happening.cloud,
                      draw_machine(random, prefix + std::to_string(++mines_), make, plan_.poll_interval, disobeys));
    };
    const auto start_some = [&](std::int64_t least, std::int64_t most, const char* prefix, Make often, Make seldom) {
        for (std::int64_t count = random.between(least, most); count > 0; --count)
            start(prefix, random.chance(700) ? often : seldom);
    };
    Machine* some = any_machine(cloud, random);
    if (happening.what == What::start_one)
        start("dev-x", static_cast<Make>(random.below(4)));
    else if (happening.what == What::attack)
        start_some(1, 6, "mine-", Make::large, Make::metered);
    else if (happening.what == What::decoys)
        start_some(6, 20, "decoy-", Make::small, Make::large);
    else if (happening.what == What::imitate)
        start_some(1, 4, "base-x", Make::large, Make::small);
    else if (happening.what == What::flood_kinds)
        flood_with_kinds(happening.cloud, 4);
    else if (some != nullptr)
        happen_to(*some, cloud, happening, random);
}

void World::happen_to(Machine& machine, Cloud& cloud, const Happening& happening, Random& random) {
    if (happening.what == What::stop_by_itself) {
        halt(cloud, std::string(machine.id));
    } else if (happening.what == What::grow_dear && machine.make != Make::metered) {
        machine.make = Make::large;
        cloud.changed(now());
    } else if (happening.what == What::move_region) {
        machine.region = machine.region == "west" ? "east" : "west";
    } else if (happening.what == What::take_name) {
        start_machine(happening.cloud,
                      draw_machine(random, std::string(machine.id), Make::large, plan_.poll_interval, true));
    } else if (happening.what == What::counter_restarts) {
        static_cast<void>(cloud.total_cpu(now()));
        machine.counter = 0;
    }
}

void World::happen_to_cloud(const Happening& happening, Random& random) {
    Weather& weather = clouds_[happening.cloud].weather;
    const Duration slow = Duration{random.between(plan_.poll_interval.count() / 4, plan_.poll_interval.count() * 3)};
    const auto for_a_while = [&](bool Weather::*what) {
        weather.*what = true;
        clockwork_.in(happening.length,
                      [this, cloud = happening.cloud, what] { clouds_[cloud].weather.*what = false; });
    };
    const auto takes_for_a_while = [&](Duration Weather::*what) {
        weather.*what = slow;
        clockwork_.in(happening.length,
                      [this, cloud = happening.cloud, what] { clouds_[cloud].weather.*what = milliseconds(20); });
    };
    if (happening.what == What::look_slow)
        return takes_for_a_while(&Weather::look_takes);
    if (happening.what == What::orders_slow)
        return takes_for_a_while(&Weather::order_takes);
    static const std::map<What, bool Weather::*> flags{{What::look_absent, &Weather::absent},
                                                       {What::look_silent, &Weather::silent},
                                                       {What::look_partial, &Weather::partial},
                                                       {What::look_hides, &Weather::hides},
                                                       {What::look_doubled, &Weather::doubled},
                                                       {What::look_stale, &Weather::stale},
                                                       {What::look_unreadable, &Weather::unreadable},
                                                       {What::rights_revoked, &Weather::refuses_orders},
                                                       {What::orders_hit_another, &Weather::hits_another}};
    for_a_while(flags.at(happening.what));
}

void World::happen_to_disk(const Happening& happening, Random& random) {
    const auto fail_for_a_while = [&](int error) {
        disk_.fail_all(error);
        if (random.chance(850))  // or for good
            clockwork_.in(happening.length, [this] { disk_.work_again(); });
    };
    const What what = happening.what;
    if (what == What::disk_error || what == What::disk_full || what == What::disk_read_only) {
        fail_for_a_while(what == What::disk_error ? EIO : what == What::disk_full ? ENOSPC : EROFS);
    } else if (what == What::disk_slow) {
        disk_delay_ = Duration{random.between(5'000, 2'000'000)};
        clockwork_.in(happening.length, [this] { disk_delay_ = Duration{300}; });
    } else if (what == What::disk_hangs) {
        disk_hangs_until_ = std::max(disk_hangs_until_, now() + happening.length);
    } else if (what == What::operation_fails) {
        const int error = random.chance(500) ? EIO : ENOSPC;
        if (cycle_ && !frozen() && random.chance(300)) {
            final_sync_error_ = error;  // what a process writes last: the next one finds it
            return orderly_stop();
        }
        disk_.fail_operation(random.below(12) + 1, error);
    } else if (what == What::cut_in_operation) {
        disk_.cut_after(random.below(24) + 1);
    } else if (what == What::old_snapshot && !old_snapshot_) {
        old_snapshot_ = disk_.image();
    } else if (cycle_) {
        before_power_on_ = [this, what, draw = happening.draw] { forget(what, draw); };
        // What was closed in order is all in one file, where no log's checksums guard it.
        if (what == What::file_damaged && random.chance(500))
            return orderly_stop();
        end_agent(Ending::power_loss, seconds(9));
    }
}

// While the machine is off its disk loses what had been durable.
void World::forget(What what, std::uint64_t draw) {
    Random random(draw + 1);
    const auto lose = [this](bool database, bool latches, bool numbers) {
        excuses_.disk_forgets = true;
        excuses_.database_lost = excuses_.database_lost || database;
        excuses_.latches_lost = excuses_.latches_lost || latches;
        excuses_.numbers_lost = excuses_.numbers_lost || numbers;
    };
    if (what == What::old_snapshot) {
        lose(true, true, true);
        disk_.restore(*old_snapshot_);
    } else if (what == What::file_damaged) {
        const std::string file = damage(disk_, random);
        tell("  damaged: " + file);
        const bool is_latch = file.starts_with("/state/latches/");
        if (!file.empty())
            lose(!is_latch, is_latch, !is_latch);
    } else if (what == What::database_lost) {
        lose(true, false, false);
        disk_.lose("/state/noodstop.db");
        disk_.lose("/state/noodstop.db-wal");
    } else {
        lose(false, true, false);
        for (const std::string& latch : disk_.files_in("/state/latches"))
            disk_.lose(latch);
    }
}

void World::order(const Happening& happening, Random& random) {
    if (!cycle_ || frozen())
        return;
    const core::Policy& policy = configuration_;
    const core::ZonePolicy& zone = random.pick(policy.zones);
    if (happening.what == What::rehearse) {
        cycle_->collect(core::RehearsalRequest{++last_request_, zone.name});
        return wake();
    }
    if (happening.what == What::late_bill) {
        const core::WallTime yesterday{(true_wall().since_epoch / hours(24) - 1) * hours(24)};
        if (!policy.limits.empty())
            cycle_->collect(
                core::LateBill{random.pick(policy.limits).name, yesterday, {random.between(0, 1'000'000'000)}});
        excuses_.bills_came = true;
        return wake();
    }
    if (happening.what == What::flood_orders) {
        flood_with_orders(zone.name, random);
        return wake();
    }
    core::Order order;
    static const std::map<What, core::OrderKind> kinds{{What::order_trip, core::OrderKind::trip},
                                                       {What::order_reset, core::OrderKind::reset},
                                                       {What::order_raise, core::OrderKind::raise},
                                                       {What::order_disarm, core::OrderKind::disarm},
                                                       {What::order_arm, core::OrderKind::arm},
                                                       {What::order_observe, core::OrderKind::observe},
                                                       {What::order_restore, core::OrderKind::restore},
                                                       {What::order_acknowledge, core::OrderKind::acknowledge_prices}};
    order.kind = kinds.at(happening.what);
    order.zone = zone.name;
    order.given_by = {{"ann"}};
    if (random.chance(600))
        order.given_by.push_back({random.chance(850) ? "ben" : "ann"});
    order.reason = "said so";
    const bool raises =
        happening.what == What::order_raise || (happening.what == What::order_reset && random.chance(600));
    if (raises && !policy.limits.empty()) {
        const core::Limit& limit = random.pick(policy.limits);
        order.limit = limit.name;
        order.raise_to = core::Money{limit.stop.value_or(0) * random.between(1, 4)};
    }
    tell(std::string("  order ") + core::to_text(order.kind) + " " + order.zone.text);
    witness([&](Checker& checker) { checker.ordered(order); });
    orders_[++last_request_] = order;
    cycle_->collect(core::OrderInput{last_request_, std::move(order)});
    wake();
}

void World::reload(const Happening& happening, Random& random) {
    core::Policy& policy = configuration_;
    core::ZonePolicy& zone = random.pick(policy.zones);
    if (happening.what == What::reload_tighter || happening.what == What::reload_looser)
        change_limits(happening.what == What::reload_tighter ? 3 : 6);
    else if (happening.what == What::reload_prices)
        change_prices(random);
    else if (happening.what == What::reload_mandate)
        change_mandate(zone.mandate, random);
    else if (happening.what == What::reload_without_zone && policy.zones.size() > 1)
        remove_zone(core::ZoneName(zone.name));
    if (happening.what == What::reload_modes) {
        zone.mode = static_cast<core::ZoneMode>(random.below(3));
        zone.observe_until.reset();
        if (zone.mode == core::ZoneMode::observing)
            zone.observe_until = machine_wall() + plan_.poll_interval * 20;
    }
    witness([&](Checker& checker) { checker.policy_given(configuration_); });
    if (!cycle_)
        return;
    cycle_->collect(core::PolicyChange{configuration_});
    wake();
}

void World::change_limits(std::int64_t quarters) {
    for (core::Limit& limit : configuration_.limits)
        if (limit.stop)
            limit.stop = std::max<std::int64_t>(1, *limit.stop * quarters / 4);
}

void World::change_prices(Random& random) {
    excuses_.prices_changed = true;
    for (core::PriceList& list : configuration_.price_lists)
        for (core::Price& price : list.prices)
            if (random.chance(500)) {
                std::int64_t& rate = price.rate.micros_per_hour;
                rate = std::max<std::int64_t>(1, random.chance(500) ? rate * 3 : rate / 3);
            }
}

void World::change_mandate(const core::MandateId& id, Random& random) {
    for (core::Mandate& mandate : configuration_.mandates) {
        if (mandate.id != id)
            continue;
        ++mandate.version;
        if (random.chance(400))
            mandate.valid_until = machine_wall() + plan_.poll_interval;
        else if (random.chance(500))
            mandate.baseline_may_be_shed = !mandate.baseline_may_be_shed;
        else if (!mandate.grants.empty())
            mandate.grants.front().levers = {core::Lever::power_off};
    }
}

void World::remove_zone(const core::ZoneName& gone) {
    excuses_.zones_changed = true;
    std::erase_if(configuration_.limits, [&](const core::Limit& limit) { return limit.zone == gone; });
    std::erase_if(configuration_.zones, [&](const core::ZonePolicy& zone) { return zone.name == gone; });
}

void World::become_quiet() {
    tell("* from here on everything works, and nobody attacks");
    quiet_ = true;
    if (!clocks_.synchronized())
        clocks_.synchronize();
    disk_.work_again();
    if (plan_.cut_at_operation == 0)  // a calm life's one crash may come at its quiet end as well
        disk_.cut_after(~std::uint64_t{0} / 2);
    disk_delay_ = Duration{300};
    disk_hangs_until_ = now();
    freeze_until(std::min(frozen_until_, now()));
    for (Cloud& cloud : clouds_) {
        cloud.weather = Weather{};
        for (auto& [id, machine] : cloud.machines())
            machine.shut_down = machine.power_off = machine.suspend = Obedience{};
    }
    witness([](Checker& checker) { checker.quiet(); });
    if (cycle_)
        wake();
}

// Rest that lasts two polls and a little is the end: nothing more would happen.
void World::end_when_at_rest() {
    const bool rests =
        std::all_of(checkers_.begin(), checkers_.end(), [](const auto& checker) { return checker->is_at_rest(); });
    if (!rests)
        return at_rest_since_.reset();
    at_rest_since_ = at_rest_since_.value_or(now());
    if (now() - *at_rest_since_ > plan_.poll_interval * 2)
        end_at_ = std::min(end_at_, now());
}

}  // namespace noodstop::sim
