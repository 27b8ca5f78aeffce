#include "tests/sim/plan.hpp"

#include "tests/sim/draw_policy.hpp"

#include <algorithm>
#include <array>

namespace noodstop::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<const char*, what_count> names{"start_one",
                                                    "attack",
                                                    "decoys",
                                                    "imitate",
                                                    "stop_by_itself",
                                                    "grow_dear",
                                                    "move_region",
                                                    "flood_kinds",
                                                    "take_name",
                                                    "counter_restarts",
                                                    "look_absent",
                                                    "look_silent",
                                                    "look_partial",
                                                    "look_hides",
                                                    "look_doubled",
                                                    "look_stale",
                                                    "look_unreadable",
                                                    "look_slow",
                                                    "rights_revoked",
                                                    "orders_slow",
                                                    "orders_hit_another",
                                                    "process_death",
                                                    "power_loss",
                                                    "orderly_restart",
                                                    "process_frozen",
                                                    "suspend",
                                                    "wall_jump",
                                                    "time_unsynchronized",
                                                    "clock_drifts",
                                                    "disk_error",
                                                    "disk_full",
                                                    "disk_read_only",
                                                    "disk_slow",
                                                    "disk_hangs",
                                                    "operation_fails",
                                                    "cut_in_operation",
                                                    "file_damaged",
                                                    "database_lost",
                                                    "latches_lost",
                                                    "old_snapshot",
                                                    "order_trip",
                                                    "order_reset",
                                                    "order_raise",
                                                    "order_disarm",
                                                    "order_arm",
                                                    "order_observe",
                                                    "order_acknowledge",
                                                    "order_restore",
                                                    "rehearse",
                                                    "late_bill",
                                                    "flood_orders",
                                                    "reload_same",
                                                    "reload_tighter",
                                                    "reload_looser",
                                                    "reload_prices",
                                                    "reload_modes",
                                                    "reload_without_zone",
                                                    "reload_mandate"};

// How often, of a thousand, a kind comes at each chance of a random life.
constexpr std::array<unsigned, what_count> weights{
    60, 50, 8, 12, 40, 14, 10, 1, 10, 10, 30, 14, 20, 8,  14, 10, 14, 20, 10, 14, 4, 30, 24, 14, 14, 14, 14, 8, 10,
    12, 8,  6, 12, 8,  16, 24, 6, 4,  4,  4,  20, 60, 14, 8,  8,  8,  10, 10, 8,  8, 2,  10, 12, 12, 10, 8,  8, 8};

constexpr std::uint64_t calm_lives = 61;

using Kinds = std::vector<What>;

Kinds all_kinds() {
    Kinds kinds;
    for (std::size_t index = 0; index < what_count; ++index)
        kinds.push_back(static_cast<What>(index));
    return kinds;
}

// A swarm's life knows few kinds of fault, which then meet often. Orders to reset are always there: without them most
// lives would end at their first trip.
Kinds draw_kinds(Random& random) {
    Kinds kinds{What::attack, What::order_reset, What::stop_by_itself};
    const std::int64_t count = random.between(1, 8);
    for (std::int64_t index = 0; index < count; ++index)
        kinds.push_back(static_cast<What>(random.below(what_count)));
    // What only together shows: answers that come while nobody can take them.
    if (random.chance(240))
        kinds.insert(kinds.end(), {What::look_slow, What::look_slow, What::process_frozen, What::process_frozen});
    return kinds;
}

What pick_weighted(Random& random, const Kinds& kinds) {
    unsigned sum = 0;
    for (const What what : kinds)
        sum += weights[static_cast<std::size_t>(what)];
    auto left = static_cast<unsigned>(random.below(sum));
    for (const What what : kinds) {
        const unsigned weight = weights[static_cast<std::size_t>(what)];
        if (left < weight)
            return what;
        left -= weight;
    }
    return kinds.back();
}

Duration somewhere_in(Random& random, Duration from, Duration to) {
    return Duration{random.between(from.count(), to.count())};
}

// Minutes to days, so that some sleep through midnight.
Duration draw_sleep(Random& random) {
    return random.chance(400) ? somewhere_in(random, minutes(10), hours(3)) : somewhere_in(random, hours(3), hours(40));
}

Happening draw_happening(Random& random, What what, const Plan& plan) {
    Happening happening;
    happening.at = somewhere_in(random, plan.poll_interval / 3, plan.quiet_at);
    happening.what = what;
    happening.cloud = random.below(plan.prices.size());
    happening.length = somewhere_in(random, plan.poll_interval / 4, plan.poll_interval * 8);
    happening.draw = random.next();
    if (what == What::suspend)
        happening.length = draw_sleep(random);
    return happening;
}

void draw_faults(Random& random, Plan& plan) {
    const Kinds kinds = plan.mode == Mode::swarm ? draw_kinds(random) : all_kinds();
    const std::int64_t polls = plan.quiet_at / plan.poll_interval;
    const std::int64_t count = random.between(1, plan.mode == Mode::swarm ? polls : polls * 2 / 3);
    for (std::int64_t index = 0; index < count; ++index)
        plan.happenings.push_back(draw_happening(random, pick_weighted(random, kinds), plan));
    if (random.chance(700))
        plan.happenings.push_back(draw_happening(random, What::attack, plan));
    if (random.chance(500))
        plan.happenings.push_back(draw_happening(random, What::order_reset, plan));
    plan.cut = {.lost = static_cast<unsigned>(random.below(600)),
                .partly = static_cast<unsigned>(random.below(200)),
                .torn = static_cast<unsigned>(random.below(200)),
                .garbage = static_cast<unsigned>(random.chance(300) ? random.below(100) : 0),
                .in_order = random.chance(300),
                .names_lost = static_cast<unsigned>(random.below(600)),
                .names_in_any_order = random.chance(300)};
    plan.disk_lies = random.chance(15);
    if (random.chance(30))
        plan.without_time_for = somewhere_in(random, Duration{0}, plan.quiet_at);
}

// One attack, one reset, a second attack: long enough to have every kind of step in it.
void draw_calm(Random& random, Plan& plan) {
    Happening attack = draw_happening(random, What::attack, plan);
    attack.at = plan.poll_interval * random.between(1, 3);
    attack.cloud = 0;
    plan.happenings.push_back(attack);
    Happening reset = draw_happening(random, What::order_reset, plan);
    reset.at = plan.quiet_at * 3 / 4;
    plan.happenings.push_back(reset);
    Happening again = draw_happening(random, What::attack, plan);
    again.at = reset.at + plan.poll_interval;
    plan.happenings.push_back(again);
    plan.cut = {.lost = 500, .partly = 100, .torn = 100, .names_lost = 500};
}

void sort_by_time(std::vector<Happening>& happenings) {
    std::stable_sort(happenings.begin(), happenings.end(),
                     [](const Happening& left, const Happening& right) { return left.at < right.at; });
}

// The world goes on while an appliance sleeps. Its own processes and power are as they were when it wakes.
bool may_be_slept_through(const Happening& happening) {
    return happening.what < What::process_death || happening.what > What::suspend;
}

// What would come after an appliance went to sleep comes after it woke: but for one in five, which it sleeps through.
void let_sleep(Plan& plan) {
    for (std::size_t place = 0; place < plan.happenings.size(); ++place) {
        if (plan.happenings[place].what != What::suspend)
            continue;
        const Duration length = plan.happenings[place].length;
        for (std::size_t later = place + 1; later < plan.happenings.size(); ++later)
            if (!may_be_slept_through(plan.happenings[later]) || plan.happenings[later].draw % 5 != 0)
                plan.happenings[later].at += length;
        plan.quiet_at += length;
    }
}

void draw_machines(Random& random, Plan& plan) {
    for (std::size_t cloud = 0; cloud < plan.prices.size(); ++cloud) {
        std::vector<Machine>& machines = plan.machines.emplace_back();
        const bool disobeys = plan.mode != Mode::crash_at_step;
        const auto add = [&](const char* name, std::int64_t count, Make make) {
            for (std::int64_t index = 1; index <= count; ++index)
                machines.push_back(
                    draw_machine(random, name + std::to_string(index), make, plan.poll_interval, disobeys));
        };
        add("keep-", 1, Make::small);
        const Make base = random.chance(300) ? Make::metered : Make::small;
        add("base-", random.between(0, 4), base);
        const Make dev = random.chance(400) ? Make::metered : Make::small;
        add("dev-", random.between(0, 3), dev);
        if (random.chance(100))
            add("odd-", 1, Make::odd);
    }
}

Obedience draw_obedience(Random& random, Duration poll_interval, bool disobeys) {
    Obedience obedience;
    obedience.takes = somewhere_in(random, Duration{0}, poll_interval / 8);
    if (!disobeys || random.chance(850))
        return obedience;
    switch (random.below(4)) {
        case 0:
            obedience.answer = Obedience::Answer::refuses;
            break;
        case 1:
            obedience.answer = Obedience::Answer::lies;
            break;
        case 2:
            obedience.answer = Obedience::Answer::silent;
            break;
        default:
            obedience.takes = somewhere_in(random, poll_interval, poll_interval * 6);
    }
    return obedience;
}

// Most lives are short: a million of them sees more than a tenth as many that are ten times as long.
std::int64_t draw_polls(Random& random, bool calm) {
    if (calm)
        return random.between(7, 9);
    return random.chance(40) ? random.between(9, 30) : random.between(3, 8);
}

}  // namespace

const char* to_text(What what) {
    return names[static_cast<std::size_t>(what)];
}

const char* to_text(Mode mode) {
    switch (mode) {
        case Mode::crash_at_step:
            return "a calm";
        case Mode::random:
            return "a random";
        case Mode::swarm:
            return "a swarm's";
    }
    return "";
}

bool Plan::has(What what) const {
    return std::any_of(happenings.begin(), happenings.end(),
                       [what](const Happening& happening) { return happening.what == what; });
}

Machine draw_machine(Random& random, std::string name, Make make, Duration poll_interval, bool disobeys) {
    Machine machine;
    machine.id = std::move(name);
    machine.make = make;
    machine.vcpus = static_cast<std::uint32_t>(random.between(1, 4));
    machine.gpus = make == Make::large ? 2 : 0;
    machine.memory_gib = make == Make::metered ? machine.vcpus * 2 : 0;
    machine.tells_creation = make != Make::metered && random.chance(400);
    machine.shut_down = draw_obedience(random, poll_interval, disobeys);
    machine.power_off = draw_obedience(random, poll_interval, disobeys);
    machine.suspend = draw_obedience(random, poll_interval, disobeys);
    if (disobeys && random.chance(120)) {
        machine.returns_after = somewhere_in(random, milliseconds(100), poll_interval * 3);
        machine.returns_left = static_cast<int>(random.between(1, 3));
        machine.returns_as = random.chance(150) ? static_cast<int>(random.between(2, 3)) : 1;
    }
    return machine;
}

Plan draw_plan(std::uint64_t seed) {
    Plan plan;
    plan.seed = seed;
    plan.mode = seed % 4 == 0 ? Mode::crash_at_step : seed % 4 == 3 ? Mode::swarm : Mode::random;
    const bool calm = plan.mode == Mode::crash_at_step;
    Random random(calm ? (seed / 4) % calm_lives : seed);
    draw_policy(random, calm, plan);
    plan.quiet_at = plan.poll_interval * draw_polls(random, calm);
    plan.young_disk = random.chance(60);
    draw_machines(random, plan);
    if (calm) {
        draw_calm(random, plan);
        plan.calm_life = seed / 4 % calm_lives;
        plan.crash_turn = seed / 4 / calm_lives;
    } else {
        draw_faults(random, plan);
    }
    sort_by_time(plan.happenings);
    let_sleep(plan);
    sort_by_time(plan.happenings);
    const core::Runbook& runbook = plan.policy.runbooks.front();
    plan.end_at = plan.quiet_at + plan.poll_interval * 4 + runbook.retry_max * 2 + runbook.stop.front().deadline * 3 +
                  seconds(21);
    return plan;
}

std::uint64_t first_seed_of(std::uint64_t calm_life) {
    return calm_life * 4;
}

// By multiples of the golden ratio: however few turns a life has had, they are spread over the whole of it.
void place_crash(const Extent& extent, Plan& plan) {
    constexpr std::uint64_t golden = 0x9E3779B97F4A7C15;
    const bool at_step = plan.crash_turn % 2 == 0;
    const Wide share{plan.crash_turn / 2 * golden + golden / 2};
    const std::uint64_t count = at_step ? extent.steps : extent.operations;
    const auto point = static_cast<std::uint64_t>((share * static_cast<Wide>(count)) >> 64) + 1;
    (at_step ? plan.crash_at_step : plan.cut_at_operation) = point;
    plan.crash_takes_power = plan.crash_turn / 2 % 2 == 0;
}

void apply(const Variant& variant, Plan& plan) {
    for (auto place = variant.without.rbegin(); place != variant.without.rend(); ++place)
        if (*place < plan.happenings.size())
            plan.happenings.erase(plan.happenings.begin() + static_cast<std::ptrdiff_t>(*place));
    if (variant.end_at && *variant.end_at < plan.end_at) {
        plan.end_at = *variant.end_at;
        plan.is_cut_short = true;
    }
}

}  // namespace noodstop::sim
