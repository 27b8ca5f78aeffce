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
