// The production store on a simulated disk of which one operation fails, or all from one on: nothing that was
// acknowledged is lost, the store is begun anew from memory, and a latch is closed on any disk that takes a file.
#include "agent/journal/latch_file.hpp"
#include "tests/sim/disk/support.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <optional>
#include <set>

using namespace noodstop;
using namespace noodstop::sim;
using namespace noodstop::sim::testing;

namespace {

constexpr std::uint64_t batches_most = 6;
constexpr std::uint64_t trip_batch = 2;
constexpr std::uint64_t reset_batch = 5;

core::StatePieces state_after(std::uint64_t batch) {
    return {{"engine", fmt::format("{} {}", batch, std::string(2'000, 'e'))}, {"zone/dev", std::to_string(batch)}};
}

core::RecordBatch batch_number(std::uint64_t number) {
    core::RecordBatch batch = make_batch(number, number);
    if (number == trip_batch || number == reset_batch)
        batch.latches = {make_latch(number, number == trip_batch)};
    return batch;
}

// As the shell does it: a store that died is begun anew with the state before the batch, then the batch is written.
bool write_or_renew(journal::Store& store, const core::RecordBatch& batch) {
    if (store.dead() && !store.reopen_from_memory(state_after(batch.number - 1), batch.number - 1).ok())
        return false;
    return store.write(batch).ok();
}

// Opens the store and writes that many batches, tries each up to `attempts` times; false if it did not help.
bool live_with_retries(std::uint64_t batches, int attempts) {
    std::optional<journal::Store> store;
    for (std::uint64_t number = 0; number <= batches; ++number) {
        bool done = false;
        for (int attempt = 0; attempt < attempts && !done; ++attempt) {
            if (!store) {
                platform::Result<journal::Store> opened = journal::Store::open(state_folder);
                if (opened)
                    store = std::move(*opened);
            }
            if (store)
                done = number == 0 || write_or_renew(*store, batch_number(number));
        }
        if (!done)
            return false;
    }
    return true;
}

void check_all_is_there(std::uint64_t batches) {
    platform::Result<journal::Store> store = journal::Store::open(state_folder);
    REQUIRE(store);
    REQUIRE_FALSE(store->dead());
    CHECK(store->recovered().last_sequence == batches);
    CHECK(store->recovered().state == state_after(batches));
    if (batches >= trip_batch) {
        const std::uint64_t version = batches < reset_batch ? trip_batch : reset_batch;
        REQUIRE(store->recovered().latches.size() == 1);
        CHECK(store->recovered().latches[0] == make_latch(version, version == trip_batch));
    }
    const platform::Result<std::vector<core::RecordedFact>> facts = store->facts({.most = 100});
    REQUIRE(facts);
    REQUIRE(facts->size() == batches);
    for (std::uint64_t number = 1; number <= batches; ++number)
        CHECK((*facts)[number - 1].fact.fields == make_fact(number).fact.fields);
}

std::uint64_t operations_of_a_calm_run(std::uint64_t batches) {
    MountedDisk disk;
    REQUIRE(live_with_retries(batches, 1));
    return disk->operations();
}

enum class Ending { in_order, power_cut };

void fail_once(std::uint64_t batches, std::uint64_t operation, int error, Ending ending) {
    CAPTURE(batches);
    CAPTURE(operation);
    CAPTURE(error);
    MountedDisk disk(operation);
    disk->faults.failed_write_leaves_part = ending == Ending::power_cut;
    disk->fail_operation(operation, error);
    CHECK(live_with_retries(batches, 3));
    disk->work_again();
    if (ending == Ending::power_cut) {
        disk->faults.cut = {.lost = 1000, .names_lost = 1000};
        Random random(operation);
        disk->power_cut(random);
        disk->power_on();
    }
    check_all_is_there(batches);
}

// One process: writes facts of its own until something fails, at most `batches`, and dies.
void live_until_failure(Disk& disk, std::uint64_t batches, std::set<std::uint64_t>& acknowledged) {
    platform::Result<journal::Store> store = journal::Store::open(state_folder);
    const std::uint64_t before = store ? store->recovered().last_sequence : 0;
    for (std::uint64_t number = before + 1; store && number <= before + batches; ++number) {
        if (!store->write(make_batch(number, number)).ok())
            break;
        acknowledged.insert(number);
    }
    disk.process_death();
}

}  // namespace

TEST_CASE("a process that dies of a failed operation leaves nothing that costs the next one its facts") {
    const std::uint64_t operations = operations_of_a_calm_run(batches_most);
    for (std::uint64_t operation = 1; operation <= operations; ++operation) {
        CAPTURE(operation);
        MountedDisk disk(operation);
        std::set<std::uint64_t> acknowledged;
        disk->fail_operation(operation, EIO);
        live_until_failure(*disk, batches_most, acknowledged);
        disk->work_again();
        disk->power_on();
        live_until_failure(*disk, 2, acknowledged);
        disk->faults.cut = {.lost = 1000, .names_lost = 1000};
        Random random(operation);
        disk->power_cut(random);
        disk->power_on();
        platform::Result<journal::Store> store = journal::Store::open(state_folder);
        REQUIRE(store);
        const platform::Result<std::vector<core::RecordedFact>> facts = store->facts({.most = 100});
        REQUIRE(facts);
        for (const core::RecordedFact& fact : *facts)
            acknowledged.erase(fact.sequence);
        CHECK(acknowledged.empty());
    }
}

TEST_CASE("a single operation that fails, whichever it is, loses nothing and stops nothing") {
    for (std::uint64_t batches = 1; batches <= batches_most; ++batches) {
        const std::uint64_t operations = operations_of_a_calm_run(batches);
        REQUIRE(operations > 30);
        for (std::uint64_t operation = 1; operation <= operations; ++operation) {
            for (const int error : {EIO, ENOSPC}) {
                fail_once(batches, operation, error, Ending::in_order);
                fail_once(batches, operation, error, Ending::power_cut);
            }
        }
    }
}

// The kernel goes on showing what it could not write, until the power goes.
TEST_CASE("what another process could not sync is not built upon") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        MountedDisk disk(seed);
        disk->faults.cut = {.lost = 1000, .names_lost = 1000};
        Random random(seed);
        {
            platform::Result<journal::Store> store = journal::Store::open(state_folder);
            REQUIRE(store);
            REQUIRE(store->write(make_batch(1, 1)));
            disk->fail_operation(Operation::sync, 1, EIO);
            REQUIRE_FALSE(store->write(make_batch(2, 2)));
        }
        disk->process_death();
        disk->power_on();
        std::uint64_t last = 0;
        {
            platform::Result<journal::Store> store = journal::Store::open(state_folder);
            REQUIRE(store);
            last = store->recovered().last_sequence + 2;
            REQUIRE(store->write(make_batch(last - 1, last - 1)));
            REQUIRE(store->write(make_batch(last, last)));
            disk->power_cut(random);
        }
        disk->power_on();
        platform::Result<journal::Store> store = journal::Store::open(state_folder);
        REQUIRE(store);
        const platform::Result<std::vector<core::RecordedFact>> facts = store->facts({.after = last - 2});
        REQUIRE(facts);
        CHECK(facts->size() == 2);
    }
}

TEST_CASE("a database that a start replaces leaves its state to the next one, whenever the power goes meanwhile") {
    for (std::uint64_t operations = 1; operations <= 60; ++operations) {
        CAPTURE(operations);
        MountedDisk disk(operations);
        disk->faults.cut = {.lost = 1000, .names_lost = 1000};
        Random random(operations);
        {
            platform::Result<journal::Store> store = journal::Store::open(state_folder);
            REQUIRE(store);
            REQUIRE(store->write(make_batch(1, 1)));
            disk->process_death();
        }
        disk->power_on();
        disk->fail_operation(Operation::rename, 1, EIO);  // of the log that is to go on as a new file
        disk->cut_after(operations);
        (void)journal::Store::open(state_folder);
        disk->power_cut(random);
        disk->power_on();
        const platform::Result<journal::Store> store = journal::Store::open(state_folder);
        REQUIRE(store);
        CHECK(store->recovered().state == make_batch(1, 1).state);
    }
}

TEST_CASE("a single read that fails, whichever it is, loses nothing that was durable") {
    Image image;
    std::uint64_t reads = 0;
    {
        MountedDisk disk;
        REQUIRE(live_with_retries(batches_most, 1));
        image = disk->image();
        const std::uint64_t before = disk->reads();
        check_all_is_there(batches_most);
        reads = disk->reads() - before;
    }
    for (std::uint64_t read = 1; read <= reads; ++read) {
        CAPTURE(read);
        MountedDisk disk;
        disk->restore(image);
        disk->fail_read(read, EIO);
        std::uint64_t last = 0;
        bool is_closed = false;
        {
            platform::Result<journal::Store> store = journal::Store::open(state_folder);
            if (!store || store->dead())
                continue;  // refused or dead: nothing is claimed, the next start tries again
            last = store->recovered().last_sequence;
            for (const core::Latch& latch : store->recovered().latches)
                is_closed = is_closed || latch.tripped;
            CHECK((last >= batches_most || is_closed || !store->recovered().problems.empty()));
        }
    }
}

TEST_CASE("a disk that dies at any moment for good takes nothing that was acknowledged before") {
    const std::uint64_t operations = operations_of_a_calm_run(batches_most);
    for (const int error : {EIO, ENOSPC, EROFS}) {
        for (std::uint64_t operation = 1; operation <= operations; operation += 3) {
            CAPTURE(operation);
            CAPTURE(error);
            MountedDisk disk(operation);
            std::uint64_t acknowledged = 0;
            {
                platform::Result<journal::Store> store = journal::Store::open(state_folder);
                REQUIRE(store);
                for (std::uint64_t number = 1; number <= batches_most; ++number) {
                    if (disk->operations() >= operation)
                        disk->fail_all(error);
                    if (write_or_renew(*store, batch_number(number)))
                        acknowledged = number;
                }
            }
            disk->work_again();
            platform::Result<journal::Store> store = journal::Store::open(state_folder);
            REQUIRE(store);
            CHECK(store->recovered().last_sequence >= acknowledged);
            const auto zone = store->recovered().state.find("zone/dev");
            if (acknowledged > 0) {
                REQUIRE(zone != store->recovered().state.end());
                CHECK(std::stoull(zone->second) >= acknowledged);
            }
        }
    }
}

TEST_CASE("a full disk that gets room again goes on in a new file with all facts") {
    for (std::uint64_t room = 20'000; room < 200'000; room += 7'000) {
        CAPTURE(room);
        MountedDisk disk(room);
        disk->limit_size(room);
        std::uint64_t last = 0;
        {
            platform::Result<journal::Store> store = journal::Store::open(state_folder);
            if (!store)
                continue;
            while (last < 40 && store->write(make_batch(last + 1, last + 1)).ok())
                ++last;
            CHECK(store->dead());
            disk->limit_size(0);
            REQUIRE(store->reopen_from_memory(state_after(last), last).ok());
            REQUIRE(store->write(make_batch(last + 1, last + 1)).ok());
        }
        platform::Result<journal::Store> store = journal::Store::open(state_folder);
        REQUIRE(store);
        CHECK(store->facts({.most = 100})->size() == last + 1);
    }
}

TEST_CASE("a latch that was acknowledged survives power lost before every later operation, and is never half") {
    constexpr CutFaults worst{
        .lost = 300, .partly = 200, .torn = 200, .garbage = 200, .names_lost = 400, .names_in_any_order = true};
    for (std::uint64_t operation = 1; operation < 40; ++operation) {
        for (std::uint64_t seed = 0; seed < 40; ++seed) {
            CAPTURE(operation);
            CAPTURE(seed);
            MountedDisk disk(seed);
            disk->put("/state/ready", "");
            disk->cut_after(operation);
            std::uint64_t acknowledged = 0;
            for (std::uint64_t version = 1; version <= 6; ++version) {
                if (journal::write_latch(state_folder, make_latch(version, version % 2 != 0)).ok())
                    acknowledged = version;
            }
            disk->faults.cut = worst;
            Random random(seed);
            disk->power_cut(random);
            disk->power_on();
            const journal::LatchesRead read = journal::read_latches(state_folder);
            CHECK(read.problems.empty());
            const std::uint64_t version = read.latches.empty() ? 0 : read.latches[0].version;
            CHECK((version == acknowledged || version == acknowledged + 1));
            if (version > 0)
                CHECK(read.latches[0] == make_latch(version, version % 2 != 0));
        }
    }
}
