// Syncs, counted and failed one by one: this program's own fsync and fdatasync stand before the C library's.
#include "agent/journal/latch_file.hpp"
#include "tests/journal/support.hpp"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <set>

using namespace noodstop;
using namespace noodstop::journal;
using namespace noodstop::journal::testing;

namespace {

struct Syncs {
    int count = 0;
    int fail_at = 0;  // the one that fails, 0: none
    std::set<ino_t> failed;
    bool retried = false;  // a file in which a sync had failed was synced again
};
Syncs syncs;

int sync_or_fail(int file, long call) {
    struct stat status {};
    const bool is_file = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    if (is_file && syncs.failed.contains(status.st_ino))
        syncs.retried = true;
    if (++syncs.count == syncs.fail_at) {
        if (is_file)
            syncs.failed.insert(status.st_ino);
        errno = EIO;
        return -1;
    }
    return static_cast<int>(::syscall(call, file));
}

core::RecordBatch trip_batch(std::uint64_t sequence, bool tripped) {
    core::RecordBatch batch = make_batch(sequence, sequence);
    batch.state = {{"zone/dev", fmt::format("at {}", sequence)}};
    batch.latches = {make_latch(sequence, tripped)};
    batch.urgent = true;
    return batch;
}

// As the loop does it: a batch that failed goes into the state of the next generation.
std::uint64_t write_or_reopen(Store& store, const core::RecordBatch& batch) {
    const std::uint64_t sequence = batch.facts.back().sequence;
    if (store.write(batch).ok())
        return sequence;
    CHECK(store.dead());
    CHECK_FALSE(store.write(batch).ok());
    for (int turn = 0; store.dead() && turn < 3; ++turn)
        (void)store.reopen_from_memory(batch.state, sequence);
    CHECK_FALSE(store.dead());
    return 0;
}

int syncs_of(Store& store, const core::RecordBatch& batch) {
    const int before = syncs.count;
    must(store.write(batch));
    return syncs.count - before;
}

}  // namespace

extern "C" int fsync(int file) {
    return sync_or_fail(file, SYS_fsync);
}
extern "C" int fdatasync(int file) {
    return sync_or_fail(file, SYS_fdatasync);
}

TEST_CASE("a batch costs one sync, with a latch three") {
    TemporaryFolder folder;
    Store store = open_store(folder.state());
    must(store.write(trip_batch(1, true)));
    CHECK(syncs_of(store, make_batch(2, 4)) == 1);
    CHECK(syncs_of(store, trip_batch(5, true)) == 3);
    int total = 0;
    for (std::uint64_t sequence = 6; sequence <= 605; ++sequence) {
        core::RecordBatch batch = make_batch(sequence, sequence);
        batch.state = {{"engine", std::string(100 * 120, 'e')}};
        total += syncs_of(store, batch);
    }
    MESSAGE("syncs of 600 batches, moving the log into the database included: ", total);
    CHECK(total < 660);
}

TEST_CASE("whichever sync fails, the store goes on in new files, and no file is synced again after a failure") {
    TemporaryFolder probe(Medium::memory);
    syncs = {};
    for (int at = 1; at <= 40; ++at) {
        CAPTURE(at);
        const std::string folder = fmt::format("{}/{}", probe.path(), at);
        std::set<std::uint64_t> acknowledged;
        {
            syncs = {};
            syncs.fail_at = at;
            platform::Result<Store> store = Store::open(folder);
            if (!store)
                continue;  // the folder itself could not be made durable
            if (store->dead())
                must(store->reopen_from_memory({}, 0));
            for (const std::uint64_t sequence : {1, 2, 3, 4, 5, 6})
                acknowledged.insert(write_or_reopen(*store, trip_batch(sequence, sequence % 2 == 1)));
        }
        CHECK_FALSE(syncs.retried);
        syncs = {};
        Store store = open_store(folder);
        const std::vector<std::uint64_t> found = sequences(store);
        for (const std::uint64_t sequence : acknowledged)
            CHECK((sequence == 0 || std::find(found.begin(), found.end(), sequence) != found.end()));
        CHECK(store.recovered().last_sequence == 6);
        CHECK(store.recovered().latches.at(0) == make_latch(6, false));
        CHECK(store.recovered().state.at("zone/dev") == "at 6");
    }
    syncs = {};
}

TEST_CASE("a latch whose folder's sync failed is there and not durable: writing it again syncs the folder") {
    TemporaryFolder folder(Medium::memory);
    must(write_latch(folder.path(), make_latch(1, false)));
    syncs = {};
    syncs.fail_at = 2;  // the file's own sync is the first
    CHECK_FALSE(write_latch(folder.path(), make_latch(2, true)).ok());
    CHECK(read_latches(folder.path()).latches.at(0) == make_latch(2, true));
    must(write_latch(folder.path(), make_latch(2, true)));
    CHECK(syncs.count == 3);
    syncs = {};
}

TEST_CASE("a folder for latches that could not be made durable is made anew with the next latch") {
    TemporaryFolder folder(Medium::memory);
    syncs = {};
    syncs.fail_at = 1;
    CHECK_FALSE(write_latch(folder.path(), make_latch(1, true)).ok());
    CHECK_FALSE(std::filesystem::exists(folder.path() + "/latches"));
    syncs = {};
    must(write_latch(folder.path(), make_latch(1, true)));
    CHECK(syncs.count == 3);
    syncs = {};
}

TEST_CASE("a start syncs the folder and its name, which an earlier one may have died before") {
    TemporaryFolder folder(Medium::memory);
    { Store store = open_store(folder.state()); }
    for (int at = 1; at <= 2; ++at) {
        syncs = {};
        syncs.fail_at = at;
        Store store = open_store(folder.state());
        CHECK(store.dead());
        must(store.reopen_from_memory({}, 0));
        CHECK_FALSE(store.dead());
    }
    syncs = {};
    Store store = open_store(folder.state());
    CHECK(syncs.count == 2);
}
