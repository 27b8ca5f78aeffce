#include "agent/run/journal_shelf.hpp"

#include "tests/journal/support.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

using namespace noodstop;
using journal::testing::TemporaryFolder;

namespace {

run::Persist batch_with_a_closed_latch() {
    run::Persist persist{{}, true};
    persist.batch.number = 1;
    persist.batch.state = {{"engine", "as it was"}};
    persist.batch.latches = {{.zone = {"dev"}, .version = 3, .tripped = true}};
    return persist;
}

}  // namespace

TEST_CASE("a folder that could not be used at the start tells its closed latches when it is opened") {
    const TemporaryFolder folder;
    const std::string state = folder.state(), away = folder.path() + "/away";
    {
        run::JournalOpened first = run::open_journal(state);
        REQUIRE(first.store);
        run::JournalShelf shelf(state, std::move(first.store), 0);
        REQUIRE(shelf.write(batch_with_a_closed_latch()));
        CHECK(shelf.take_found_latches().empty());
    }
    std::filesystem::rename(state, away);
    journal::testing::put_bytes(state, "no folder");
    run::JournalOpened blind = run::open_journal(state);
    REQUIRE(!blind.store);
    CHECK(blind.recovered.latches.empty());
    run::JournalShelf shelf(state, std::move(blind.store), blind.recovered.last_sequence);
    run::Persist persist{{}, true};
    persist.batch.number = 1;
    persist.batch.state = {{"engine", "begun anew"}};
    CHECK(!shelf.write(persist));
    CHECK(shelf.take_found_latches().empty());

    std::filesystem::remove(state);
    std::filesystem::rename(away, state);
    CHECK(shelf.write(persist));
    const std::vector<core::Latch> found = shelf.take_found_latches();
    REQUIRE(found.size() == 1);
    CHECK(found[0].zone.text == "dev");
    CHECK(found[0].tripped);
    CHECK(shelf.take_found_latches().empty());
}

TEST_CASE("without a journal nothing is found, and one begins with the whole state only") {
    const TemporaryFolder folder;
    run::JournalShelf shelf(folder.state(), std::nullopt, 7);
    CHECK(shelf.find({}).facts.empty());
    CHECK(shelf.find({}).problem == "the journal's disk fails; decisions are held in memory");
    CHECK(shelf.forget_before(core::WallTime{std::chrono::hours(1)}));
    run::Persist persist = batch_with_a_closed_latch();
    persist.whole_state = false;
    CHECK(!shelf.write(persist));
    CHECK(!std::filesystem::exists(folder.state()));
    persist.whole_state = true;
    CHECK(shelf.write(persist));
    CHECK(shelf.find({}).problem.empty());
}

TEST_CASE("facts are found until they are older than what is kept") {
    const TemporaryFolder folder;
    run::JournalShelf shelf(folder.state(), std::nullopt, 0);
    run::Persist persist = batch_with_a_closed_latch();
    persist.batch.facts = {journal::testing::make_fact(1), journal::testing::make_fact(2)};
    REQUIRE(shelf.write(persist));
    REQUIRE(shelf.find({}).facts.size() == 2);
    CHECK(shelf.forget_before(persist.batch.facts[1].fact.wall));
    const run::JournalFound left = shelf.find({});
    REQUIRE(left.facts.size() == 1);
    CHECK(left.facts[0].sequence == 2);
}
