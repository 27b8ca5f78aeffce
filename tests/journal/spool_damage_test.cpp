// The spool through damage, failing disks and lost files: the rules of recovery hold for it too.
#include "agent/journal/schema.hpp"
#include "tests/journal/spool_support.hpp"

using namespace noodstop;
using namespace noodstop::journal;
using namespace noodstop::journal::testing;

namespace {

void change(const std::string& folder, const std::string& sql) {
    platform::Result<Database> database = Database::open(folder + "/noodstop.db", Database::Mode::write);
    REQUIRE(database.ok());
    must(database->execute(sql));
    must(database->close_in_order());
}

std::set<std::uint64_t> numbers(const HonestHub& hub) {
    std::set<std::uint64_t> sequences;
    for (const auto& [epoch, sequence] : hub.facts)
        sequences.insert(sequence);
    return sequences;
}

// Makes the next write fail for good: a fact that is there already is no reason, one that is too large is none either.
void kill(Store& store, const std::string& folder) {
    // A sync can't be made to fail here; a file that another one took the place of can't be written any more.
    std::filesystem::remove_all(folder);
    core::RecordBatch batch = make_batch(9'000'000, 9'000'000);
    REQUIRE_FALSE(store.write(batch).ok());
    REQUIRE(store.dead());
    std::filesystem::create_directories(folder);
}

}  // namespace

TEST_CASE("a fact that can't be read is a gap in its run, and those beside it go out") {
    TemporaryFolder folder;
    HonestHub hub;
    { must(open_followed(folder.state()).write(make_batch(1, 9))); }
    change(folder.state(), "UPDATE fact SET wall = wall + 1 WHERE sequence IN (4, 5, 9)");
    Store store = open_followed(folder.state());
    const core::SpoolBatch batch = next(store);
    CHECK(batch.facts.facts.size() == 6);
    CHECK(batch.facts.gaps ==
          std::vector<core::Gap>{{4, 5, core::GapReason::damaged}, {9, 9, core::GapReason::damaged}});
    CHECK(batch.facts.last == 9);
    drain(store, hub);
    CHECK(numbers(hub) == std::set<std::uint64_t>{1, 2, 3, 6, 7, 8});
    CHECK(told(store) == std::vector{core::FactKind::spool_gap, core::FactKind::spool_gap});
    CHECK(store.spool_state("hub").damaged == 3);
}

TEST_CASE("facts that are gone are a gap too, but not before the first that a hub ever got") {
    TemporaryFolder folder;
    { must(open_followed(folder.state()).write(make_batch(1, 9))); }
    change(folder.state(), "DELETE FROM fact WHERE sequence < 3 OR sequence BETWEEN 5 AND 6");
    Store store = open_followed(folder.state());
    const core::SpoolBatch batch = next(store);
    CHECK(batch.facts.facts.front().sequence == 3);
    CHECK(batch.facts.gaps == std::vector<core::Gap>{{5, 6, core::GapReason::missing}});
}

TEST_CASE("a sample that can't be read is passed over, and its totals arrive all the same") {
    TemporaryFolder folder;
    HonestHub hub;
    {
        Store store = open_followed(folder.state());
        must(store.write(sample_batch(1, 3, 10, 1)));
        must(store.write(sample_batch(2, 3, 20, 2)));
        must(store.write(sample_batch(3, 3, 30, 3)));
    }
    change(folder.state(), "UPDATE sample SET at = at + 1 WHERE sequence = 2");
    Store store = open_followed(folder.state());
    drain(store, hub);
    CHECK(hub.totals ==
          std::map<core::CounterName, std::int64_t>{{machine(1), 10}, {machine(2), 20}, {machine(3), 30}});
    CHECK(store.spool_state("hub").damaged > 0);
}

TEST_CASE("a damaged total is left out, and is right again with the next sample") {
    TemporaryFolder folder;
    HonestHub hub;
    { must(open_followed(folder.state()).write(sample_batch(1, 2, 10, 1))); }
    change(folder.state(), "UPDATE series SET value = 999; DELETE FROM sample");
    Store store = open_followed(folder.state());
    drain(store, hub);
    CHECK(hub.totals.empty());
    must(store.write(sample_batch(1, 2, 20, 2)));
    drain(store, hub);
    CHECK(hub.totals == std::map<core::CounterName, std::int64_t>{{machine(1), 20}, {machine(2), 20}});
}

TEST_CASE("a damaged cursor means sending again, and nothing is twice in the hub") {
    TemporaryFolder folder;
    HonestHub hub;
    {
        Store store = open_followed(folder.state());
        must(store.write(make_batch(1, 5)));
        drain(store, hub);
        must(store.write(make_batch(6, 6)));
    }
    change(folder.state(), "UPDATE cursor SET fact = 4711");
    Store store = open_followed(folder.state());
    drain(store, hub);
    CHECK(hub.facts.size() == 6);
}

TEST_CASE("with a damaged row of epochs what lies before it can't be named any more, and what follows can") {
    TemporaryFolder folder;
    for (std::uint64_t life = 0; life < 3; ++life)
        must(open_followed(folder.state()).write(make_batch(4 * life + 1, 4 * life + 4)));
    change(folder.state(), "UPDATE epoch SET id = id + 2 WHERE number = 2");
    Store store = open_followed(folder.state());
    const core::SpoolBatch batch = next(store);
    CHECK_FALSE(batch.facts.after);
    CHECK(batch.facts.facts.front().sequence == 9);
}

TEST_CASE("where no row of epochs can be read, totals are told anew and facts go on with the present") {
    TemporaryFolder folder;
    HonestHub hub;
    {
        Store store = open_followed(folder.state());
        must(store.write(make_batch(1, 4)));
        must(store.write(sample_batch(1, 2, 10, 1)));
        drain(store, hub);
    }
    change(folder.state(), "UPDATE epoch SET id = id + 2");
    Store store = open_followed(folder.state());
    must(store.write(make_batch(5, 6)));
    const core::SpoolBatch batch = next(store);
    CHECK_FALSE(batch.facts.after);
    CHECK_FALSE(batch.samples.after);
    HonestHub fresh;
    drain(store, fresh);
    CHECK(numbers(fresh) == std::set<std::uint64_t>{5, 6});
    CHECK(fresh.totals.size() == 2);
}

TEST_CASE("a database that failed in use goes on in a new file with epochs, cursors and totals") {
    TemporaryFolder folder;
    HonestHub hub;
    Store store = open_followed(folder.state());
    must(store.write(make_batch(1, 5)));
    must(store.write(sample_batch(1, 3, 10, 1)));
    drain(store, hub);
    must(store.write(make_batch(6, 8)));
    must(store.write(sample_batch(2, 3, 20, 2)));
    kill(store, folder.state());
    CHECK_FALSE(store.next_batch("hub", {}).ok());
    must(store.reopen_from_memory({{"engine", "7"}}, 8));
    must(store.write(make_batch(9, 10)));
    must(store.write(sample_batch(3, 3, 30, 3)));
    drain(store, hub);
    CHECK(hub.totals ==
          std::map<core::CounterName, std::int64_t>{{machine(1), 10}, {machine(2), 20}, {machine(3), 30}});
    // Those of the file that is gone for good can't be had.
    CHECK(numbers(hub) == std::set<std::uint64_t>{1, 2, 3, 4, 5, 9, 10});
}

TEST_CASE("where totals can't be carried into a new file, that is told, and those that are known are told anew") {
    TemporaryFolder folder;
    HonestHub hub;
    {
        Store store = open_followed(folder.state());
        must(store.write(sample_batch(1, 2, 10, 1)));
        drain(store, hub);
    }
    change(folder.state(), "UPDATE series SET value = 999");
    Store store = open_followed(folder.state());
    kill(store, folder.state());
    must(store.reopen_from_memory({{"engine", "7"}}, 8));
    const std::vector<core::FactKind> kinds = told(store);
    CHECK(std::count(kinds.begin(), kinds.end(), core::FactKind::spool_gap) == 1);
    must(store.write(sample_batch(2, 2, 20, 2)));
    drain(store, hub);
    CHECK(hub.totals == std::map<core::CounterName, std::int64_t>{{machine(2), 20}});
}

TEST_CASE("facts that lie in files set aside go out before those of the present file") {
    TemporaryFolder folder;
    HonestHub hub;
    Store store = open_followed(folder.state());
    must(store.write(make_batch(1, 5)));
    (void)take_some(store, hub);
    must(store.reopen_from_memory({}, 5));
    must(store.write(make_batch(6, 9)));
    must(store.reopen_from_memory({}, 9));
    must(store.write(make_batch(10, 12)));
    CHECK(drain(store, hub, {.facts_max = 2}) == 4);
    CHECK(numbers(hub).size() == 12);
    CHECK(told(store).empty());
}

TEST_CASE("after damage the whole file makes place for another, and both lanes go on from what could be saved") {
    TemporaryFolder folder;
    HonestHub hub;
    {
        Store store = open_followed(folder.state());
        must(store.write(make_batch(1, 5)));
        must(store.write(sample_batch(1, 3, 10, 1)));
        drain(store, hub);
        must(store.write(make_batch(6, 7)));
    }
    std::string bytes = bytes_of(folder.state() + "/noodstop.db");
    bytes.replace(bytes.size() - 4'096, 4'096, std::string(4'096, '\x5a'));
    put_bytes(folder.state() + "/noodstop.db", bytes);
    Store store = open_followed(folder.state());
    CHECK_FALSE(set_aside_files(folder.state(), "corrupt").empty());
    must(store.write(make_batch(store.recovered().last_sequence + 1, store.recovered().last_sequence + 2)));
    must(store.write(sample_batch(2, 3, 20, 2)));
    drain(store, hub);
    const std::vector<core::FactKind> kinds = told(store);

    CHECK(std::count(kinds.begin(), kinds.end(), core::FactKind::spool_gap) > 0);  // the numbers that were passed over
    CHECK(numbers(hub).contains(5));
    CHECK(numbers(hub).contains(store.recovered().last_sequence + 2));
    CHECK(hub.totals[machine(2)] == 20);
    CHECK(hub.totals[machine(3)] == 20);
}

TEST_CASE("a mark of a version that lies is found") {
    TemporaryFolder folder;
    { must(open_followed(folder.state()).write(make_batch(1, 3))); }
    change(folder.state(), "PRAGMA user_version = 1");
    Store store = open_store(folder.state());
    CHECK_FALSE(store.follow(followed_by_hub()).ok());
    CHECK(store.dead());
    must(store.reopen_from_memory({}, 3));
    must(store.write(make_batch(4, 5)));
    CHECK(next(store).facts.facts.size() > 0);
}

TEST_CASE("a start costs no more for a spool of many samples than for one of few") {
    TemporaryFolder folder(Medium::memory);
    {
        Store store = open_followed(folder.state());
        for (int moment = 1; moment <= 400; ++moment)
            must(store.write(sample_batch(1, 100, moment, moment)));
    }
    Store store = open_followed(folder.state());
    CHECK(store.spool_state("hub").bytes > 400 * 4'000);
    CHECK(next(store, {.counters_max = 1}).samples.samples.size() == 1);
}
