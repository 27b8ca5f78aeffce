#include "tests/run/world.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::testing {
namespace {

constexpr core::WallTime noon{std::chrono::hours(24 * 365 * 56)};

core::PriceList prices() {
    core::PriceList list{.name = {"own"}, .currency = "EUR", .source = "test", .as_of = noon};
    list.unknown_price = {3'600'000'000};
    list.prices.push_back({.sku = "*", .region = "*", .metric = core::Metric::running, .rate = {3'600'000'000}});
    return list;
}

core::Mandate mandate() {
    core::Mandate mandate{.id = {"own"}, .tenant = {"acme"}, .scope = {{"dev"}}};
    mandate.valid_from = noon - std::chrono::hours(24);
    mandate.valid_until = noon + std::chrono::hours(24 * 365);
    mandate.grants.push_back({{"batch"}, {core::Lever::power_off}});
    return mandate;
}

core::Limit spend_limit(int stop) {
    core::Limit limit{.name = {"daily"}, .kind = core::LimitKind::spend, .zone = core::ZoneName{"dev"}};
    limit.stop = core::units(stop).micros;
    limit.window = core::WindowKind::rolling;
    limit.window_length = std::chrono::hours(1);
    return limit;
}

}  // namespace

core::Policy small_policy(int stop) {
    core::Policy policy;
    policy.agent.name = "test";
    policy.price_lists = {prices()};
    core::ProviderPolicy provider{.name = {"batch"}, .settings = core::CgroupSettings{"/x"}, .price_list = {"own"}};
    provider.poll_interval = milliseconds(100);
    provider.look_deadline = milliseconds(500);
    provider.blind_after = seconds(2);
    provider.blind_rate = {3'600'000'000};
    policy.providers = {provider};
    policy.tenants = {{{"acme"}, "EUR"}};
    core::ZonePolicy zone{.name = {"dev"}, .tenant = {"acme"}, .providers = {{"batch"}}, .runbook = {"default"}};
    zone.mandate = {"own"};
    zone.mode = core::ZoneMode::armed;
    policy.zones = {zone};
    policy.limits = {spend_limit(stop)};
    core::Runbook runbook{.name = {"default"}};
    runbook.stop = {{core::Lever::power_off, milliseconds(500)}};
    policy.runbooks = {runbook};
    policy.mandates = {mandate()};
    return policy;
}

World::World(core::Policy policy, const core::Recovered& recovered)
    : cycle(core::Engine(std::move(policy), recovered), recovered.last_sequence) {}

void World::run_for(Duration time) {
    run_until([] { return false; }, time);
}

bool World::run_until(const std::function<bool()>& reached, Duration within) {
    const Duration end = now + within;
    while (now <= end) {
        deliver_due();
        turn();
        if (reached())
            return true;
        now = std::max(next_moment(), now + std::chrono::microseconds(200));
    }
    return false;
}

void World::turn() {
    for (const run::Action& action : cycle.turn(clock()))
        carry_out(action);
}

void World::disk_wakes_up() {
    disk = Disk::works;
    for (const core::RecordBatch& batch : std::exchange(hanging_, {})) {
        keep(batch);
        cycle.persisted(batch.number, true);
    }
}

core::ClockReading World::clock() const {
    return {"boot", now, noon + now, true};
}

std::size_t World::count(core::FactKind kind) const {
    return static_cast<std::size_t>(std::count_if(
        facts.begin(), facts.end(), [kind](const core::RecordedFact& fact) { return fact.fact.kind == kind; }));
}

core::Look World::look() const {
    core::Look look{.provider = {"batch"}, .quality = core::LookQuality::good};
    for (const core::ResourceId& id : running) {
        core::Reading reading{.id = id, .sku = "cgroup", .family = "cgroup", .region = "local", .kind = "cgroup"};
        reading.activity = core::Activity::running;
        look.readings.push_back(reading);
    }
    return look;
}

void World::later(Duration after, std::function<void()> answer) {
    pending_.push_back({now + after, std::move(answer)});
}

void World::carry_out(const run::Action& action) {
    if (const auto* kept = std::get_if<run::KeepLatch>(&action))
        latches.push_back(kept->latch);
    if (const auto* given = std::get_if<run::Persist>(&action))
        persist(*given);
    if (const auto* started = std::get_if<run::StartStep>(&action))
        step(started->order);
    if (const auto* asked = std::get_if<run::StartObservation>(&action))
        observe(asked->order);
    if (const auto* asked = std::get_if<run::StartRehearsal>(&action))
        rehearse(asked->order);
    if (const auto* reply = std::get_if<run::Reply>(&action)) {
        replies.push_back(reply->reply);
        events.push_back("reply");
    }
    if (const auto* notify = std::get_if<run::Notify>(&action))
        notifications.push_back(*notify);
    if (const auto* published = std::get_if<run::PublishFacts>(&action))
        facts.insert(facts.end(), published->facts.begin(), published->facts.end());
    if (const auto* published = std::get_if<run::PublishSnapshot>(&action)) {
        snapshots.push_back(published->snapshot);
        snapshot_times.push_back(now);
    }
    if (const auto* start = std::get_if<run::StartLook>(&action)) {
        events.push_back("look");
        if (provider_answers)
            later(look_takes, [this, number = start->number] { cycle.collect_look(number, look()); });
        else
            unanswered_looks.push_back(*start);
    }
}

void World::persist(const run::Persist& persist) {
    batches.push_back(persist.batch);
    whole_states += persist.whole_state ? 1 : 0;
    events.push_back(persist.batch.urgent ? "persist urgent" : "persist");
    if (disk == Disk::hangs) {
        hanging_.push_back(persist.batch);
        return;
    }
    later(disk_takes, [this, batch = persist.batch, ok = disk == Disk::works] {
        if (ok)
            keep(batch);
        events.push_back(ok ? "durable" : "failed");
        cycle.persisted(batch.number, ok);
    });
}

void World::keep(const core::RecordBatch& batch) {
    durable.insert(durable.end(), batch.facts.begin(), batch.facts.end());
}

void World::step(const core::StepOrder& order) {
    events.push_back("step");
    steps.push_back(order);
    std::erase(running, order.resource);
    later(milliseconds(1), [this, id = order.id] { cycle.collect(core::StepReport{id, true, ""}); });
}

void World::observe(const core::ObserveOrder& order) {
    later(milliseconds(1), [this, order] {
        const bool there = std::find(running.begin(), running.end(), order.resource) != running.end();
        cycle.collect(core::Observation{order.provider, order.resource,
                                        there ? core::Observed::running : core::Observed::gone, ""});
    });
}

void World::rehearse(const core::RehearseOrder& order) {
    core::Rehearsal rehearsal{order.provider, {}};
    for (const core::Lever lever : order.levers)
        rehearsal.lines.push_back({lever, core::RehearsalAnswer::ready, ""});
    later(milliseconds(1), [this, rehearsal] { cycle.collect(rehearsal); });
}

void World::deliver_due() {
    std::vector<Pending> due;
    for (Pending& one : pending_)
        if (one.at <= now)
            due.push_back(std::move(one));
    std::erase_if(pending_, [this](const Pending& one) { return one.at <= now; });
    for (const Pending& one : due)
        one.answer();
}

Duration World::next_moment() const {
    Duration next = now + std::min<Duration>(cycle.next_turn_within(), seconds(1));
    for (const Pending& one : pending_)
        next = std::min(next, one.at);
    return next;
}

}  // namespace noodstop::testing
