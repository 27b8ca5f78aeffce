#include "agent/journal/store.hpp"

#include "agent/journal/generation.hpp"
#include "agent/journal/latch_file.hpp"
#include "platform/sqlite/database.hpp"
#include "tests/journal/support.hpp"

#include <sys/stat.h>

#include <cerrno>

using namespace noodstop;
using namespace noodstop::journal;
using namespace noodstop::journal::testing;

namespace {

core::WallTime wall_of(std::uint64_t sequence) {
    return make_fact(sequence).fact.wall;
}

void run_sql(const std::string& folder, const std::string& sql) {
    platform::Result<Database> database = Database::open(folder + "/noodstop.db", Database::Mode::write);
    REQUIRE(database.ok());
    must(database->execute(sql));
    must(database->close_in_order());
}

}  // namespace

TEST_CASE("a new folder begins empty and without problems") {
    TemporaryFolder folder;
    Store store = open_store(folder.path() + "/a/b");
    CHECK(store.recovered().last_sequence == 0);
    CHECK(store.recovered().state.empty());
    CHECK(store.recovered().latches.empty());
    CHECK(store.recovered().problems.empty());
    CHECK_FALSE(store.dead());
    CHECK(sequences(store).empty());
    struct stat status {};
    REQUIRE(::stat((folder.path() + "/a/b").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("facts, state and latches come back after a reopening") {
    TemporaryFolder folder;
    core::RecordBatch batch = make_batch(1, 3);
    batch.facts[1].fact.fields = {{std::string("n\0\xff", 3), std::string(70'000, '\x01')}, {"", ""}};
    batch.facts[2].fact.tenant.text = std::string("\0%'", 3);
    batch.state = {{"engine", std::string("\0\1\2", 3)}, {"zone/dev", std::string(500'000, 'z')}};
    batch.latches = {make_latch(1, true)};
    {
        Store store = open_store(folder.state());
        must(store.write(batch));
        core::RecordBatch second = make_batch(4, 4);
        second.state = {{"engine", ""}, {"limit/daily", "7"}};
        must(store.write(second));
    }
    Store store = open_store(folder.state());
    CHECK(store.recovered().problems.empty());
    CHECK(store.recovered().last_sequence == 4);
    CHECK(store.recovered().latches == batch.latches);
    CHECK(store.recovered().state == core::StatePieces{{"limit/daily", "7"}, {"zone/dev", std::string(500'000, 'z')}});
    const auto facts = store.facts({});
    REQUIRE(facts.ok());
    REQUIRE(facts.value().size() == 4);
    for (std::size_t at = 0; at < 3; ++at)
        CHECK(facts.value()[at].fact == batch.facts[at].fact);
}

TEST_CASE("a query takes tenant, zone, a beginning and the newest so many, oldest first") {
    TemporaryFolder folder;
    Store store = open_store(folder.state());
    core::RecordBatch batch = make_batch(1, 10);
    for (std::size_t at : {1u, 3u, 5u})
        batch.facts[at].fact.zone.text = "prod";
    batch.facts[5].fact.tenant.text = "other";
    batch.facts[6].fact.zone.text = "";
    must(store.write(batch));
    CHECK(sequences(store) == range(1, 10));
    CHECK(sequences(store, {.after = 7}) == range(8, 10));
    CHECK(sequences(store, {.most = 2}) == range(9, 10));
    CHECK(sequences(store, {.zone = {"prod"}}) == std::vector<std::uint64_t>{2, 4, 6});
    CHECK(sequences(store, {.tenant = {"other"}}) == std::vector<std::uint64_t>{6});
    CHECK(sequences(store, {.tenant = {"acme"}, .zone = {"prod"}, .after = 2}) == std::vector<std::uint64_t>{4});
    CHECK(sequences(store, {.zone = {"nowhere"}}).empty());
    CHECK(sequences(store, {.after = ~std::uint64_t{0}}).empty());
    CHECK(sequences(store, {.most = 0}).empty());
}

TEST_CASE("a second agent on a folder is refused") {
    TemporaryFolder folder;
    Store store = open_store(folder.state());
    const platform::Result<Store> second = Store::open(folder.state());
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().message.find("another noodstopd") != std::string::npos);
}

TEST_CASE("a batch is refused whole where a number is taken, and the store lives on") {
    TemporaryFolder folder;
    Store store = open_store(folder.state());
    must(store.write(make_batch(1, 3)));
    core::RecordBatch batch = make_batch(4, 4);
    batch.facts.push_back(make_fact(2, "false"));
    batch.state = {{"engine", "false"}};
    CHECK_FALSE(store.write(batch).ok());
    CHECK_FALSE(store.dead());
    CHECK(sequences(store) == range(1, 3));
    must(store.write(make_batch(4, 5)));
    CHECK(sequences(store, {.zone = {"false"}}).empty());
}

TEST_CASE("a refused batch closes its latches and opens none, also later") {
    TemporaryFolder folder;
    Store store = open_store(folder.state());
    core::RecordBatch batch = make_batch(1, 1);
    batch.latches = {make_latch(1, true, "dev")};
    must(store.write(batch));
    batch.latches = {make_latch(2, false, "dev"), make_latch(1, true, "prod")};
    CHECK_FALSE(store.write(batch).ok());
    must(store.write(make_batch(2, 2)));
    const LatchesRead read = read_latches(folder.state());
    REQUIRE(read.latches.size() == 2);
    CHECK(read.latches[0] == make_latch(1, true, "dev"));
    CHECK(read.latches[1] == make_latch(1, true, "prod"));
}

TEST_CASE("a database that another program holds is refused and not touched") {
    TemporaryFolder folder;
    { Store store = open_store(folder.state()); }
    platform::Result<Database> other = Database::open(folder.state() + "/noodstop.db", Database::Mode::write);
    REQUIRE(other.ok());
    REQUIRE(other->number("SELECT count(*) FROM fact").ok());
    const platform::Result<Store> store = Store::open(folder.state());
    REQUIRE_FALSE(store.ok());
    CHECK(store.error().number == EBUSY);
    CHECK(set_aside_files(folder.state(), "").empty());
}

TEST_CASE("a piece that is too large is refused and the store lives on") {
    TemporaryFolder folder;
    Store store = open_store(folder.state());
    core::RecordBatch batch;
    batch.state = {{"engine", std::string(platform::value_bytes_max, 'x')}};
    CHECK_FALSE(store.write(batch).ok());
    CHECK_FALSE(store.dead());
}

TEST_CASE("a database of a newer version is refused and not touched") {
    TemporaryFolder folder;
    { Store store = open_store(folder.state()); }
    run_sql(folder.state(), "UPDATE generation SET schema = 9; PRAGMA user_version = 9;");
    const std::string before = bytes_of(folder.state() + "/noodstop.db");
    const platform::Result<Store> store = Store::open(folder.state());
    REQUIRE_FALSE(store.ok());
    CHECK(store.error().message.find("newer noodstopd") != std::string::npos);
    CHECK(bytes_of(folder.state() + "/noodstop.db") == before);
    CHECK(set_aside_files(folder.state(), "").empty());
}

TEST_CASE("a database of an older version is brought up to date") {
    TemporaryFolder folder;
    std::filesystem::create_directory(folder.state());
    platform::Result<Database> old = Database::open(folder.state() + "/noodstop.db", Database::Mode::create);
    REQUIRE(old.ok());
    must(old->execute("PRAGMA journal_mode = WAL; PRAGMA application_id = 0x4E6F6F64;"));
    must(old->close_in_order());
    Store store = open_store(folder.state());
    CHECK(store.recovered().problems.empty());
    must(store.write(make_batch(1, 2)));
    CHECK(sequences(store) == range(1, 2));
}

TEST_CASE("retention deletes from the oldest on, keeps the newest, and the file shrinks") {
    TemporaryFolder folder;
    {
        Store store = open_store(folder.state());
        for (std::uint64_t first = 1; first <= 5'000; first += 500)
            must(store.write(make_batch(first, first + 499)));
    }
    const auto size = std::filesystem::file_size(folder.state() + "/noodstop.db");
    {
        Store store = open_store(folder.state());
        CHECK(store.forget_before(wall_of(1)).value() == 0);
        CHECK(store.forget_before(wall_of(4'001)).value() == 4'000);
        CHECK(sequences(store, {.most = 5'000}) == range(4'001, 5'000));
        CHECK(store.forget_before(wall_of(9'999)).value() == 999);
        CHECK(sequences(store) == range(5'000, 5'000));
    }
    CHECK(std::filesystem::file_size(folder.state() + "/noodstop.db") < size / 4);
    CHECK(open_store(folder.state()).recovered().last_sequence == 5'000);
}

TEST_CASE("a fact from a clock that stood wrong in the past is not deleted before older ones are") {
    TemporaryFolder folder;
    Store store = open_store(folder.state());
    core::RecordBatch batch = make_batch(100, 104);
    batch.facts[2].fact.wall = core::WallTime{};
    must(store.write(batch));
    CHECK(store.forget_before(wall_of(50)).value() == 0);
    CHECK(sequences(store) == range(100, 104));
}

TEST_CASE("after a reopening from memory facts are found in the old file and the new one") {
    TemporaryFolder folder;
    {
        Store store = open_store(folder.state());
        must(store.write(make_batch(1, 5)));
        must(store.reopen_from_memory({{"engine", "second"}}, 5));
        must(store.write(make_batch(6, 8)));
        must(store.reopen_from_memory({{"engine", "third"}}, 8));
        must(store.write(make_batch(9, 9)));
        CHECK(sequences(store) == range(1, 9));
        CHECK(sequences(store, {.after = 4, .most = 3}) == range(7, 9));
        CHECK(sequences(store, {.zone = {"dev"}, .after = 4}) == range(5, 9));
    }
    Store store = open_store(folder.state());
    CHECK(store.recovered().problems.empty());
    CHECK(store.recovered().last_sequence == 9);
    CHECK(store.recovered().state == core::StatePieces{{"engine", "third"}});
    CHECK(sequences(store) == range(1, 9));
    CHECK(store.unreadable_facts() == 0);
    CHECK(set_aside_files(folder.state(), "failed-").size() == 2);
}

TEST_CASE("retention removes files set aside long ago") {
    TemporaryFolder folder;
    Store store = open_store(folder.state());
    must(store.write(make_batch(1, 1)));
    must(store.reopen_from_memory({}, 1));
    put_bytes(folder.state() + "/noodstop.db.failed-000000-20200101T000000Z", "old");
    const core::WallTime in_2021{core::Duration(std::chrono::hours(24 * 365 * 51 + 24 * 30))};
    CHECK(store.forget_before(in_2021).ok());
    CHECK(set_aside_files(folder.state(), "failed-").size() == 1);
}
