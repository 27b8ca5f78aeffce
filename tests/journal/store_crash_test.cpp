// kill -9 of a writer at random moments: what was acknowledged is there, whole, and numbered without a gap.
#include "agent/journal/store.hpp"
#include "tests/journal/support.hpp"

#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <random>
#include <thread>

using namespace noodstop;
using namespace noodstop::journal;
using namespace noodstop::journal::testing;

namespace {

core::RecordBatch batch_after(std::uint64_t last, unsigned count) {
    core::RecordBatch batch = make_batch(last + 1, last + count);
    batch.state = {{"engine", fmt::format("{} {}", last + count, std::string(9'000, 'e'))},
                   {"zone/dev", fmt::format("{}", last + count)}};
    batch.latches = {make_latch(last + count, (last + count) % 2 == 0)};
    return batch;
}

// Writes and acknowledges through the pipe until it is killed; begins a new generation now and then.
[[noreturn]] void write_for_ever(const std::string& folder, int acknowledge, unsigned seed) {
    std::mt19937 random(seed);
    platform::Result<Store> store = Store::open(folder);
    std::uint64_t last = store ? store->recovered().last_sequence : 0;
    while (store.ok()) {
        const core::RecordBatch batch = batch_after(last, 1 + random() % 4);
        if (!store->write(batch).ok())
            break;
        last = batch.facts.back().sequence;
        if (::write(acknowledge, &last, sizeof last) != sizeof last)
            break;
        if (random() % 40 == 0 && !store->reopen_from_memory(batch.state, last).ok())
            break;
    }
    ::_exit(1);
}

std::uint64_t last_acknowledged(int pipe, std::uint64_t last) {
    while (::read(pipe, &last, sizeof last) == sizeof last) {
    }
    return last;
}

std::uint64_t run_and_kill(const std::string& folder, unsigned seed, std::uint64_t last, std::mt19937& random) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0)
        write_for_ever(folder, ends[1], seed);
    ::close(ends[1]);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    last = last_acknowledged(ends[0], last);
    ::close(ends[0]);
    return last;
}

}  // namespace

TEST_CASE("a writer killed 100 times at random moments loses nothing that it acknowledged") {
    TemporaryFolder folder;
    constexpr unsigned seed = 2026;
    std::mt19937 random(seed);
    std::uint64_t acknowledged = 0;
    for (unsigned turn = 0; turn < 100; ++turn) {
        CAPTURE(turn);
        acknowledged = run_and_kill(folder.state(), seed + turn, acknowledged, random);
        Store store = open_store(folder.state());
        const core::Recovered& recovered = store.recovered();
        REQUIRE(recovered.last_sequence >= acknowledged);
        if (recovered.last_sequence == 0)
            continue;
        // Without a gap up to the last. How far back depends on how often a new file was begun: only the latest are
        // read.
        const auto found = sequences(store, {.after = 0, .most = 300});
        REQUIRE(!found.empty());
        CHECK(found.back() == recovered.last_sequence);
        CHECK(found.back() - found.front() + 1 == found.size());
        CHECK(recovered.state.at("zone/dev") == std::to_string(recovered.last_sequence));
        if (recovered.latches.empty()) {
            CHECK(acknowledged == 0);
            continue;
        }
        // A closed latch precedes its record, an opened one follows it.
        const core::Latch& latch = recovered.latches[0];
        CHECK(latch.version >= acknowledged);
        CHECK((latch.version <= recovered.last_sequence || latch.tripped));
    }
    MESSAGE("facts written: ", acknowledged);
    Store store = open_store(folder.state());
    CHECK(store.unreadable_facts() == 0);
}
