// Damaged databases: the store opens, says what it lost, keeps the latches, and goes on counting upwards.
#include "agent/journal/store.hpp"
#include "platform/sqlite/database.hpp"
#include "tests/journal/support.hpp"

#include <random>

using namespace noodstop;
using namespace noodstop::journal;
using namespace noodstop::journal::testing;

namespace {

constexpr std::uint64_t fact_count = 60;

std::string database_of(const std::string& folder) {
    return folder + "/noodstop.db";
}

// A folder whose log is still beside its database: as a crash leaves it, or closed in order.
enum class End { in_order, crashed };

void make_folder(const std::string& path, End end) {
    Store store = open_store(path);
    for (std::uint64_t first = 1; first <= fact_count; first += 10) {
        core::RecordBatch batch = make_batch(first, first + 9);
        batch.state = {{"engine", std::string(9'000, static_cast<char>('a' + first / 10))}, {"zone/dev", "tripped"}};
        batch.latches = {make_latch(first, true)};
        must(store.write(batch));
    }
    if (end == End::crashed)
        std::filesystem::copy(path, path + ".crashed", std::filesystem::copy_options::recursive);
}

std::string fresh_folder(const TemporaryFolder& parent, End end) {
    const std::string path = parent.path() + "/original";
    make_folder(path, end);
    return end == End::crashed ? path + ".crashed" : path;
}

// Opens the damaged folder and checks what must hold whatever the damage was.
void check_opens(const std::string& folder, bool must_tell) {
    platform::Result<Store> store = Store::open(folder);
    REQUIRE_MESSAGE(store.ok(), (store ? "" : store.error().message));
    CHECK_FALSE(store->dead());
    REQUIRE(store->recovered().latches.size() == 1);
    CHECK(store->recovered().latches[0] == make_latch(51, true));
    CHECK((!must_tell || !store->recovered().problems.empty()));
    const std::uint64_t last = store->recovered().last_sequence;
    if (must_tell)
        CHECK(last >= fact_count);
    // Damage that only a write meets kills the store as a failing disk does, and is overcome in the same way.
    if (!store->write(make_batch(last + 1, last + 1)).ok()) {
        CHECK(store->dead());
        must(store->reopen_from_memory(store->recovered().state, last));
        must(store->write(make_batch(last + 1, last + 1)));
    }
    const auto facts = store->facts({});
    REQUIRE_MESSAGE(facts.ok(), (facts ? "" : facts.error().message));
    for (const core::RecordedFact& fact : facts.value())
        CHECK(fact.fact == make_fact(fact.sequence).fact);
}

void with_damage(const std::string& original, const std::string& file, const std::string& bytes, bool must_tell) {
    const std::string folder = original + ".damaged";
    std::filesystem::remove_all(folder);
    std::filesystem::copy(original, folder, std::filesystem::copy_options::recursive);
    put_bytes(folder + "/" + file, bytes);
    check_opens(folder, must_tell);
}

}  // namespace

TEST_CASE("a database of random bytes, or of none, is set aside") {
    TemporaryFolder parent(Medium::memory);
    const std::string original = fresh_folder(parent, End::in_order);
    with_damage(original, "noodstop.db", "", true);
    with_damage(original, "noodstop.db", "x", true);
    with_damage(original, "noodstop.db", std::string(100'000, 'r'), true);
    const std::string folder = original + ".damaged";
    CHECK(set_aside_files(folder, "corrupt-").size() == 1);
    CHECK(bytes_of(set_aside_files(folder, "corrupt-")[0]) == std::string(100'000, 'r'));
}

TEST_CASE("a database set aside never replaces one that was set aside before") {
    TemporaryFolder parent(Medium::memory);
    const std::string folder = fresh_folder(parent, End::in_order);
    for (int turn = 0; turn < 4; ++turn) {
        put_bytes(database_of(folder), fmt::format("rubbish {}", turn));
        CHECK_FALSE(open_store(folder).recovered().problems.empty());
    }
    CHECK(set_aside_files(folder, "corrupt-").size() == 4);
}

TEST_CASE("a missing database is told, and numbers go on upwards") {
    TemporaryFolder parent(Medium::memory);
    const std::string folder = fresh_folder(parent, End::in_order);
    std::filesystem::remove(database_of(folder));
    check_opens(folder, true);
}

TEST_CASE("a database cut anywhere opens with what can be saved") {
    TemporaryFolder parent(Medium::memory);
    for (const End end : {End::in_order, End::crashed}) {
        const std::string original = fresh_folder(parent, end);
        const std::string whole = bytes_of(database_of(original));
        for (std::size_t size = 0; size < whole.size(); size += end == End::in_order ? 1'511 : 4'096)
            with_damage(original, "noodstop.db", whole.substr(0, size), end == End::in_order && size < 4'096);
        std::filesystem::remove_all(parent.path());
        std::filesystem::create_directory(parent.path());
    }
}

TEST_CASE("a log cut or flipped anywhere leaves whole batches from the front") {
    TemporaryFolder parent(Medium::memory);
    const std::string original = fresh_folder(parent, End::crashed);
    const std::string whole = bytes_of(database_of(original) + "-wal");
    REQUIRE(whole.size() > 4'096);
    for (std::size_t at = 0; at < whole.size(); at += 2'017) {
        with_damage(original, "noodstop.db-wal", whole.substr(0, at), false);
        std::string flipped = whole;
        flipped[at] = static_cast<char>(~flipped[at]);
        with_damage(original, "noodstop.db-wal", flipped, false);
    }
}

TEST_CASE("every byte of the header may be flipped") {
    TemporaryFolder parent(Medium::memory);
    const std::string original = fresh_folder(parent, End::in_order);
    const std::string whole = bytes_of(database_of(original));
    for (std::size_t at = 0; at < 112; ++at) {
        for (const unsigned mask : {1u, 0x40u, 0xFFu}) {
            std::string flipped = whole;
            flipped[at] = static_cast<char>(static_cast<unsigned char>(flipped[at]) ^ mask);
            CAPTURE(at);
            with_damage(original, "noodstop.db", flipped, false);
        }
    }
}

TEST_CASE("bytes flipped and pages swapped at random never crash a start, and no false fact is read") {
    TemporaryFolder parent(Medium::memory);
    const std::string original = fresh_folder(parent, End::in_order);
    const std::string whole = bytes_of(database_of(original));
    const std::size_t pages = whole.size() / 4'096;
    constexpr unsigned seed = 20261121;
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (int turn = 0; turn < 150; ++turn) {
        CAPTURE(turn);
        std::string damaged = whole;
        for (unsigned flips = random() % 8; flips > 0; --flips)
            damaged[random() % damaged.size()] = static_cast<char>(random());
        if (turn % 3 == 0) {
            const std::string page = damaged.substr(random() % pages * 4'096, 4'096);
            damaged.replace(random() % pages * 4'096, 4'096, page);
        }
        with_damage(original, "noodstop.db", damaged, false);
    }
}

TEST_CASE("one damaged piece of state is dropped and the rest is used") {
    TemporaryFolder parent(Medium::memory);
    const std::string folder = fresh_folder(parent, End::in_order);
    std::string bytes = bytes_of(database_of(folder));
    const std::size_t at = bytes.find(std::string(3'000, 'f'));
    REQUIRE(at != std::string::npos);
    bytes[at + 1'000] = 'X';
    put_bytes(database_of(folder), bytes);
    Store store = open_store(folder);
    REQUIRE(store.recovered().problems.size() == 1);
    CHECK(store.recovered().problems[0].find("state engine") != std::string::npos);
    CHECK(store.recovered().state == core::StatePieces{{"zone/dev", "tripped"}});
    CHECK(store.recovered().last_sequence == fact_count);
}

TEST_CASE("a damaged fact is left out and counted") {
    TemporaryFolder parent(Medium::memory);
    const std::string folder = fresh_folder(parent, End::in_order);
    std::string bytes = bytes_of(database_of(folder));
    std::size_t found = 0;
    for (std::size_t at = bytes.find("30.50 EUR"); at != std::string::npos;
         at = bytes.find("30.50 EUR", at + 1), ++found)
        bytes[at + 1] = '9';
    REQUIRE(found > 0);
    put_bytes(database_of(folder), bytes);
    Store store = open_store(folder);
    CHECK(store.recovered().problems.empty());
    CHECK(sequences(store).size() == fact_count - 1);
    CHECK(store.unreadable_facts() == 1);
}

TEST_CASE("state is saved from a database that as a whole is damaged") {
    TemporaryFolder parent(Medium::memory);
    const std::string folder = fresh_folder(parent, End::in_order);
    std::string bytes = bytes_of(database_of(folder));
    bytes[60] = static_cast<char>(0x70);  // the version: no longer ours, and not a newer one's either
    put_bytes(database_of(folder), bytes);
    Store store = open_store(folder);
    CHECK_FALSE(store.recovered().problems.empty());
    CHECK(store.recovered().state.at("zone/dev") == "tripped");
    CHECK(store.recovered().state.at("engine") == std::string(9'000, 'f'));
    CHECK(store.recovered().last_sequence >= fact_count);
    CHECK(sequences(store) == range(1, fact_count));
}

TEST_CASE("a change of files that a crash interrupted is completed by the next start") {
    TemporaryFolder parent(Medium::memory);
    const std::string original = fresh_folder(parent, End::crashed);
    const std::string database = database_of(original);
    const std::string aside = database + ".failed-000001-20261121T180000Z";
    SUBCASE("the log was moved, the database not yet") {
        std::filesystem::rename(database + "-wal", aside + "-wal");
    }
    SUBCASE("the old database was moved, the new one not yet") {
        must(open_store(parent.path() + "/fresh").reopen_from_memory({}, fact_count));
        std::filesystem::rename(database + "-wal", aside + "-wal");
        std::filesystem::rename(database, aside);
        std::filesystem::copy(database_of(parent.path() + "/fresh"), database + ".new");
    }
    SUBCASE("the new database was not complete") {
        put_bytes(database + ".unfinished", "half");
        put_bytes(database + ".unfinished-wal", "half");
    }
    Store store = open_store(original);
    CHECK(sequences(store) == range(1, fact_count));
    CHECK_FALSE(std::filesystem::exists(database + ".new"));
    CHECK_FALSE(std::filesystem::exists(database + ".unfinished"));
}
