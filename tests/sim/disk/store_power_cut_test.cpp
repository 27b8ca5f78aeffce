// The production store on the simulated disk: power lost, or the process killed, before every single operation of a
// calm run. What was acknowledged is there, whatever the disk made of what was not synced.
#include "agent/journal/latch_file.hpp"
#include "tests/sim/disk/support.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace noodstop;
using namespace noodstop::sim;
using namespace noodstop::sim::testing;

namespace {

// What the store has said to be durable, and what it was last asked for.
struct Promise {
    std::uint64_t facts_durable = 0;
    std::uint64_t facts_asked = 0;
    std::uint64_t state_durable = 0;
    std::uint64_t state_asked = 0;
    core::Latch latch_durable;
    core::Latch latch_asked;
};

core::Latch latch_at(std::uint64_t version, bool tripped) {
    return make_latch(version, tripped);
}

bool write(journal::Store& store, Promise& promise, core::RecordBatch batch) {
    promise.facts_asked = batch.number;
    promise.state_asked = batch.number;
    if (!batch.latches.empty())
        promise.latch_asked = batch.latches[0];
    if (!store.write(batch).ok())
        return false;
    promise.facts_durable = promise.facts_asked;
    promise.state_durable = promise.state_asked;
    promise.latch_durable = promise.latch_asked;
    return true;
}

core::RecordBatch batch_of(std::uint64_t first, std::uint64_t last, std::size_t state_bytes) {
    core::RecordBatch batch = make_batch(first, last);
    batch.state["engine"] = std::string(state_bytes, static_cast<char>('a' + last % 26));
    return batch;
}

core::RecordBatch batch_with_latch(std::uint64_t number, bool tripped) {
    core::RecordBatch batch = make_batch(number, number);
    batch.latches = {latch_at(number, tripped)};
    return batch;
}

bool reopen(journal::Store& store, Promise& promise) {
    promise.state_asked = promise.facts_durable + 1'000;
    if (!store.reopen_from_memory({{"zone/dev", std::to_string(promise.state_asked)}}, promise.facts_durable).ok())
        return false;
    promise.state_durable = promise.state_asked;
    return true;
}

// Ends where the disk ends it. With a trip, its reset, a checkpoint, a new generation and an orderly end.
void live(Promise& promise) {
    platform::Result<journal::Store> store = journal::Store::open(state_folder);
    if (!store || store->dead())
        return;
    bool alive = write(*store, promise, make_batch(1, 3));
    alive = alive && write(*store, promise, batch_with_latch(4, true));
    alive = alive && write(*store, promise, batch_of(5, 6, 600'000));
    alive = alive && write(*store, promise, batch_of(7, 8, 600'000));  // a checkpoint follows
    alive = alive && write(*store, promise, batch_with_latch(9, false));
    alive = alive && reopen(*store, promise);
    alive = alive && write(*store, promise, batch_with_latch(10, true));
    alive = alive && write(*store, promise, make_batch(11, 14));
}

bool is_calm(const std::string& problem) {
    return problem.find("is complete now") != problem.npos;
}

void check_latch(const journal::Store& store, const Promise& promise) {
    const auto& latches = store.recovered().latches;
    if (latches.empty()) {
        CHECK(promise.latch_durable.version == 0);
        return;
    }
    REQUIRE(latches.size() == 1);
    const bool is_promised = latches[0] == promise.latch_durable || latches[0] == promise.latch_asked;
    CHECK_MESSAGE(is_promised, latches[0].version, " ", latches[0].reason);
}

std::vector<std::uint64_t> numbers(const std::vector<core::RecordedFact>& facts) {
    std::vector<std::uint64_t> all;
    for (const core::RecordedFact& fact : facts)
        all.push_back(fact.sequence);
    return all;
}

std::vector<std::uint64_t> up_to(std::uint64_t last) {
    std::vector<std::uint64_t> all;
    for (std::uint64_t number = 1; number <= last; ++number)
        all.push_back(number);
    return all;
}

void check_facts(journal::Store& store, std::uint64_t last) {
    const platform::Result<std::vector<core::RecordedFact>> facts = store.facts({.most = 100});
    REQUIRE(facts);
    CHECK(numbers(*facts) == up_to(last));
    CHECK(store.unreadable_facts() == 0);
}

void check_promise(const Promise& promise) {
    platform::Result<journal::Store> store = journal::Store::open(state_folder);
    REQUIRE_MESSAGE(store.ok(), (store ? "" : store.error().message));
    const core::Recovered& recovered = store->recovered();
    for (const std::string& problem : recovered.problems)
        CHECK_MESSAGE(is_calm(problem), problem);
    REQUIRE_FALSE(store->dead());
    const std::uint64_t last = recovered.last_sequence;
    CHECK((last == promise.facts_durable || last == promise.facts_asked));
    const auto zone = recovered.state.find("zone/dev");
    if (promise.state_durable > 0)
        REQUIRE(zone != recovered.state.end());
    if (zone != recovered.state.end())
        CHECK((zone->second == std::to_string(promise.state_durable) ||
               zone->second == std::to_string(promise.state_asked)));
    check_latch(*store, promise);
    check_facts(*store, last);
    REQUIRE(store->write(make_batch(last + 1, last + 1)).ok());
    check_facts(*store, last + 1);
}

// The operations of a calm run before which it is worth to end it: of a row of writes to one file the first, the
// last, and some between.
std::vector<std::uint64_t> operations_to_try() {
    MountedDisk disk;
    disk->set_tracing(true);
    Promise promise;
    live(promise);
    CHECK(promise.facts_durable == 14);
    std::vector<std::uint64_t> chosen;
    std::string before;
    std::uint64_t in_row = 0;
    for (const std::string& line : disk->take_trace()) {
        const std::string what = line.substr(line.find(' '), line.rfind(' ') - line.find(' '));
        const std::uint64_t operation = std::stoull(line);
        const bool is_first = what != before;
        if (is_first && (chosen.empty() || chosen.back() != operation - 1) && operation > 1)
            chosen.push_back(operation - 1);
        in_row = is_first ? 0 : in_row + 1;
        if (in_row < 4 || in_row % 17 == 0)
            chosen.push_back(operation);
        before = what;
    }
    CHECK(chosen.back() == disk->operations());
    return chosen;
}

struct Ending {
    const char* name;
    std::optional<CutFaults> cut;  // without: the process dies and the power stays
};

const Ending endings[] = {
    {"the process is killed", std::nullopt},
    {"all that was not synced is lost", CutFaults{.lost = 1000, .names_lost = 1000}},
    {"contents are lost, names are kept", CutFaults{.lost = 1000}},
    {"names are lost, contents are kept", CutFaults{.names_lost = 1000}},
    {"any of it is lost", CutFaults{.lost = 400, .names_lost = 400}},
    {"any of it is lost, names in any order", CutFaults{.lost = 400, .names_lost = 400, .names_in_any_order = true}},
    {"it is torn", CutFaults{.lost = 100, .partly = 200, .torn = 400, .garbage = 100, .names_lost = 300}},
    {"it is garbage", CutFaults{.garbage = 600}},
};

void end_before(std::uint64_t operation, const Ending& ending) {
    CAPTURE(operation);
    CAPTURE(std::string(ending.name));
    MountedDisk disk(operation);
    Promise promise;
    disk->cut_after(operation);
    live(promise);
    REQUIRE(disk->is_cut());
    if (ending.cut) {
        disk->faults.cut = *ending.cut;
        Random random(operation);
        disk->power_cut(random);
    }
    disk->power_on();
    check_promise(promise);
}

}  // namespace

TEST_CASE("power lost before every operation of a calm run loses nothing that was acknowledged") {
    const std::vector<std::uint64_t> operations = operations_to_try();
    MESSAGE("operations: ", operations.size(), " of ", operations.back());
    REQUIRE(operations.size() > 150);
    for (const Ending& ending : endings) {
        for (const std::uint64_t operation : operations)
            end_before(operation, ending);
    }
}

// The killed one may have made names that it did not live to sync; its successor builds on them.
TEST_CASE("what a process acknowledges after another was killed before any operation survives a power cut") {
    for (const std::uint64_t operation : operations_to_try()) {
        CAPTURE(operation);
        MountedDisk disk(operation);
        Promise promise;
        disk->cut_after(operation);
        live(promise);
        disk->power_on();
        std::uint64_t last = 0;
        {
            platform::Result<journal::Store> store = journal::Store::open(state_folder);
            REQUIRE(store);
            last = store->recovered().last_sequence + 1;
            core::RecordBatch batch = make_batch(last, last);
            batch.latches = {make_latch(1'000, true)};
            REQUIRE(store->write(batch).ok());
            disk->faults.cut = {.lost = 1000, .names_lost = 1000};
            Random random(operation);
            disk->power_cut(random);
        }
        disk->power_on();
        platform::Result<journal::Store> store = journal::Store::open(state_folder);
        REQUIRE(store);
        CHECK(store->recovered().last_sequence == last);
        REQUIRE(store->recovered().latches.size() == 1);
        CHECK(store->recovered().latches[0] == make_latch(1'000, true));
        check_facts(*store, last);
    }
}
