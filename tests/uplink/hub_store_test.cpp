#include "tests/sim/disk/disk.hpp"
#include "tests/sim/random.hpp"
#include "tools/hub/intake.hpp"
#include "tools/hub/store.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::hub;
using core::Position;

namespace {

constexpr std::uint64_t first = 100;   // an epoch
constexpr std::uint64_t second = 200;  // the one after it
constexpr std::uint64_t other = 300;   // of another history

core::RecordedFact fact(std::uint64_t sequence, const std::string& what = "it") {
    core::RecordedFact recorded;
    recorded.sequence = sequence;
    recorded.fact.wall = {std::chrono::seconds(sequence)};
    recorded.fact.fields = {{"name", what}};
    return recorded;
}

core::FactRun facts(std::optional<Position> after, std::uint64_t epoch, std::uint64_t from, std::uint64_t last,
                    const std::string& what = "it") {
    core::FactRun run;
    run.after = after;
    run.epoch = epoch;
    run.last = last;
    for (; from <= last; ++from)
        run.facts.push_back(fact(from, what));
    return run;
}

// One counter, with this value at the end of the run.
core::SampleRun sample(std::optional<Position> after, std::uint64_t epoch, std::uint64_t last, std::int64_t value,
                       std::uint64_t line = 1) {
    core::SampleRun run;
    run.after = after;
    run.epoch = epoch;
    run.last = last;
    run.line = line;
    core::CounterName name;
    name.resource.text = "machine/1";
    run.samples = {{last, {}, {{name, {value}, std::nullopt, {}}}}};
    return run;
}

// A hub on a disk of its own.
struct Hub {
    sim::Disk disk{1};
    std::optional<Store> store;

    Hub() {
        sim::Disk::mount(&disk);
        disk.put("/hub/keep", "");
        disk.faults.cut = {.lost = 1'000, .names_lost = 1'000};
        open();
    }
    void open() {
        auto opened = Store::open("/hub/hub.db");
        REQUIRE(opened.ok());
        store.emplace(std::move(*opened));
    }
    void lose_power() {
        sim::Random random(7);
        disk.power_cut(random);
        store.reset();
        disk.power_on();
        open();
    }
    core::HubAnswer take(const core::SpoolBatch& batch) {
        const codec::Push push{"box", batch, std::nullopt};
        REQUIRE(fault_in(push) == "");
        auto answer = store->take(push, {std::chrono::seconds(1)});
        REQUIRE(answer.ok());
        return *answer;
    }
    core::LaneAnswer take(const core::FactRun& run) {
        core::SpoolBatch batch;
        batch.facts = run;
        return take(batch).facts;
    }
    core::LaneAnswer take(const core::SampleRun& run) {
        core::SpoolBatch batch;
        batch.samples = run;
        return take(batch).samples;
    }
    std::size_t count() { return store->facts({"box", {}, 1'000})->size(); }
    std::int64_t total() {
        const auto totals = store->totals("box");
        REQUIRE(totals->size() == 1);
        return totals->front().value.micros;
    }
    bool told(EventKind kind) {
        const auto events = store->events("box");
        for (const Event& event : events.value())
            if (event.kind == kind)
                return true;
        return false;
    }
};

core::LaneAnswer took(std::uint64_t epoch, std::uint64_t head) {
    return {true, Position{epoch, head}};
}

core::LaneAnswer refused(std::uint64_t epoch, std::uint64_t head) {
    return {false, Position{epoch, head}};
}

}  // namespace

TEST_CASE("what was answered as taken is there after power was lost") {
    Hub hub;
    CHECK(hub.take(facts(std::nullopt, first, 1, 3)) == took(first, 3));
    CHECK(hub.take(sample(std::nullopt, first, 2, 70)) == took(first, 2));
    hub.lose_power();
    CHECK(hub.count() == 3);
    CHECK(hub.total() == 70);
    CHECK(hub.take(core::FactRun{}) == took(first, 3));
}

TEST_CASE("a push whose commit fails is not answered as taken, and nothing more is taken before the store is revived") {
    Hub hub;
    hub.take(facts(std::nullopt, first, 1, 3));
    const codec::Push push{"box", {.facts = facts(Position{first, 3}, first, 4, 5)}, std::nullopt};
    hub.disk.fail_operation(sim::Operation::sync, 1, EIO);
    CHECK_FALSE(hub.store->take(push, {}).ok());
    CHECK(hub.store->dead());
    CHECK_FALSE(hub.store->take(push, {}).ok());
    REQUIRE(hub.store->revive().ok());
    CHECK(hub.take(push.batch).facts == took(first, 5));
}

TEST_CASE("what is taken after a sync failed is there after power was lost") {
    Hub hub;
    hub.take(facts(std::nullopt, first, 1, 3));
    const codec::Push push{"box", {.facts = facts(Position{first, 3}, first, 4, 5)}, std::nullopt};
    hub.disk.fail_operation(sim::Operation::sync, 1, EIO);
    CHECK_FALSE(hub.store->take(push, {}).ok());
    hub.disk.process_death();
    hub.store.reset();
    hub.disk.power_on();
    hub.open();
    CHECK(hub.take(push.batch).facts == took(first, 5));
    CHECK(hub.take(facts(Position{first, 5}, first, 6, 7)) == took(first, 7));
    hub.lose_power();
    CHECK(hub.count() == 7);
}

TEST_CASE("a run that follows what is not here is refused whole, and says how far the hub is") {
    Hub hub;
    hub.take(facts(std::nullopt, first, 1, 3));
    CHECK(hub.take(facts(Position{first, 5}, first, 6, 8)) == refused(first, 3));
    CHECK(hub.take(facts(Position{other, 2}, other, 3, 4)) == refused(first, 3));
    CHECK(hub.count() == 3);
}

TEST_CASE("a fact is told apart by its epoch and number, and taken once however often it comes") {
    Hub hub;
    hub.take(facts(std::nullopt, first, 1, 3));
    CHECK(hub.take(facts(std::nullopt, first, 1, 3)) == took(first, 3));
    CHECK(hub.take(facts(Position{first, 2}, first, 3, 4)) == took(first, 4));
    CHECK(hub.count() == 4);
    CHECK(hub.take(facts(Position{first, 2}, second, 3, 4, "another")) == took(second, 4));
    CHECK(hub.count() == 6);
}

TEST_CASE("a fact that is here to the last byte under another epoch is the same one") {
    Hub hub;
    hub.take(facts(std::nullopt, first, 1, 3));
    CHECK(hub.take(facts(Position{first, 1}, second, 2, 4)) == took(second, 4));
    CHECK(hub.count() == 4);
}

TEST_CASE("an older copy that comes late takes nothing back") {
    Hub hub;
    hub.take(facts(std::nullopt, first, 1, 9));
    CHECK(hub.take(facts(Position{first, 2}, first, 3, 5)) == took(first, 9));
    hub.take(sample(std::nullopt, first, 5, 50));
    hub.take(sample(Position{first, 5}, first, 9, 90));
    CHECK(hub.take(sample(Position{first, 5}, first, 8, 80)) == took(first, 9));
    CHECK(hub.total() == 90);
}

TEST_CASE("a late copy of a telling does not take back the totals of the epochs that followed") {
    Hub hub;
    hub.take(sample(std::nullopt, first, 5, 50, 7));
    hub.take(sample(Position{first, 5}, second, 9, 90));
    CHECK(hub.take(sample(std::nullopt, first, 6, 60, 7)) == took(second, 9));
    CHECK(hub.total() == 90);
}

TEST_CASE("totals of two histories do not mix: what does not go on from the newest sample is refused") {
    Hub hub;
    hub.take(sample(std::nullopt, first, 9, 90));
    CHECK(hub.take(sample(Position{first, 5}, other, 7, 70)) == refused(first, 9));
    CHECK(hub.take(sample(Position{first, 9}, second, 10, 100)) == took(second, 10));
    CHECK(hub.take(sample(Position{first, 9}, first, 11, 110)) == refused(second, 10));
    CHECK(hub.total() == 100);
}

TEST_CASE("a telling from nothing begins totals of its own, and the one before is over") {
    Hub hub;
    hub.take(sample(std::nullopt, first, 9, 90, 1));
    CHECK(hub.take(sample(std::nullopt, other, 7, 70, 2)) == took(other, 7));
    CHECK(hub.total() == 70);
    CHECK(hub.told(EventKind::totals_anew));
    CHECK(hub.take(sample(std::nullopt, first, 12, 120, 1)) == refused(other, 7));
    CHECK(hub.total() == 70);
}

TEST_CASE("gaps that an agent tells are kept") {
    Hub hub;
    core::FactRun run = facts(std::nullopt, first, 1, 2);
    run.gaps = {{3, 5, core::GapReason::damaged}};
    run.last = 5;
    CHECK(hub.take(run) == took(first, 5));
    CHECK(*hub.store->gaps("box") == run.gaps);
    hub.take(run);
    CHECK(hub.store->gaps("box")->size() == 1);
}

TEST_CASE("what an agent had and later knows nothing of was lost, and is a gap") {
    Hub hub;
    core::SpoolBatch batch;
    batch.facts = facts(std::nullopt, first, 1, 3);
    batch.newest_fact = Position{first, 8};
    hub.take(batch);
    CHECK(hub.store->gaps("box")->empty());
    hub.take(facts(Position{first, 3}, second, 4, 5));
    CHECK(*hub.store->gaps("box") == std::vector<core::Gap>{{4, 8, core::GapReason::missing}});
    CHECK(hub.told(EventKind::lost));
}

TEST_CASE("a history that goes on from an earlier point is told of, and one that goes on is not") {
    Hub hub;
    hub.take(facts(std::nullopt, first, 1, 9));
    hub.take(facts(Position{first, 9}, second, 10, 11));
    CHECK_FALSE(hub.told(EventKind::diverged));
    hub.take(facts(Position{first, 4}, other, 5, 6));
    CHECK(hub.told(EventKind::diverged));
    CHECK_FALSE(hub.told(EventKind::began_anew));
    hub.take(facts(std::nullopt, 400, 1, 2, "anew"));
    CHECK(hub.told(EventKind::began_anew));
}

TEST_CASE("a push whose numbers do not fit together is refused before anything is written") {
    codec::Push push{"box", {}, std::nullopt};
    push.batch.facts = facts(std::nullopt, first, 1, 3);
    push.batch.facts.facts.erase(push.batch.facts.facts.begin() + 1);
    CHECK(fault_in(push) != "");
    push.batch.facts = facts(Position{first, 4}, first, 4, 6);
    CHECK(fault_in(push) != "");
    push.batch.facts = {};
    push.batch.samples = sample(Position{first, 4}, first, 4, 1);
    CHECK(fault_in(push) != "");
}
