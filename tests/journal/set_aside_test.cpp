// The files set aside: their order, which of them go, and that facts are found across them without a gap.
#include "agent/journal/aside_name.hpp"
#include "agent/journal/store.hpp"
#include "tests/journal/support.hpp"

#include <algorithm>
#include <limits>

using namespace noodstop;
using namespace noodstop::journal;
using namespace noodstop::journal::testing;

namespace {

constexpr std::int64_t case_seconds = 1'795'284'000;  // 2026-11-21T18:00:00Z

// Each generation holds as many facts. Returns the last fact's number.
std::uint64_t begin_generations(Store& store, unsigned generations, std::uint64_t facts_each) {
    std::uint64_t last = store.recovered().last_sequence;
    for (unsigned turn = 0; turn < generations; ++turn) {
        must(store.write(make_batch(last + 1, last + facts_each)));
        last += facts_each;
        must(store.reopen_from_memory({{"engine", std::to_string(last)}}, last));
    }
    return last;
}

}  // namespace

TEST_CASE("the name of a file set aside says why, the number and the time, and is read back") {
    const AsideName name{Why::failed, 7, case_seconds};
    CHECK(to_file_name("noodstop.db", name) == "noodstop.db.failed-000007-20261121T180000Z");
    const auto read = parse_aside_name("noodstop.db", "noodstop.db.corrupt-1234567-20261121T180000Z");
    REQUIRE(read);
    CHECK(read->why == Why::corrupt);
    CHECK(read->ordinal == 1'234'567);
    CHECK(read->wall_seconds == case_seconds);
}

TEST_CASE("names of other files are no names of files set aside") {
    for (const char* name : {"noodstop.db", "noodstop.db-wal", "noodstop.db.new", "noodstop.db.failed-", "lock",
                             "noodstop.db.failed-20261121T180000Z", "noodstop.db.failed-x-20261121T180000Z",
                             "noodstop.db.failed--20261121T180000Z", "noodstop.db.lost-000001-20261121T180000Z",
                             "noodstop.db.failed-99999999999999999999-20261121T180000Z"})
        CHECK_FALSE_MESSAGE(parse_aside_name("noodstop.db", name), name);
}

TEST_CASE("a stamp that says nothing leaves the number, and the file counts as young") {
    constexpr std::int64_t unknown = std::numeric_limits<std::int64_t>::max();
    for (const char* stamp : {"", "yesterday", "20261321T180000Z", "20261121T180000", "20261121180000Z",
                              "20261121T180000Z-wal", "120261121T180000Z", "2026-121T180000Z"}) {
        const auto read = parse_aside_name("noodstop.db", std::string("noodstop.db.failed-000009-") + stamp);
        REQUIRE_MESSAGE(read, stamp);
        CHECK(read->ordinal == 9);
        CHECK_MESSAGE(read->wall_seconds == unknown, stamp);
    }
}

TEST_CASE("stamps before 1970 and after 9999 make names that are read again") {
    for (const std::int64_t seconds : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{400'000'000'000}}) {
        const std::string name = to_file_name("noodstop.db", {Why::corrupt, 3, seconds});
        const auto read = parse_aside_name("noodstop.db", name);
        REQUIRE_MESSAGE(read, name);
        CHECK(read->ordinal == 3);
    }
}

TEST_CASE("facts of 200 generations begun within a second are found without a gap") {
    TemporaryFolder folder(Medium::memory);
    Store store = open_store(folder.state());
    const std::uint64_t last = begin_generations(store, 200, 3);
    CHECK(sequences(store, {.most = 20}) == range(last - 19, last));
    must(store.write(make_batch(last + 1, last + 1)));
    CHECK(sequences(store, {.after = last - 10}) == range(last - 9, last + 1));
    CHECK(store.unreadable_facts() == 0);
}

TEST_CASE("the order of files set aside does not follow a clock that was set back") {
    TemporaryFolder folder(Medium::memory);
    Store store = open_store(folder.state());
    const std::uint64_t last = begin_generations(store, 12, 2);
    int year = 2090;  // each later file seems older
    std::vector<std::string> files = set_aside_files(folder.state(), "failed-");
    std::sort(files.begin(), files.end());
    for (const std::string& path : files) {
        const std::string stem = path.substr(0, path.rfind('-') + 1);
        const std::string renamed = stem + std::to_string(year--) + "0101T000000Z";
        std::filesystem::rename(path, renamed);
        if (std::filesystem::exists(path + "-wal"))
            std::filesystem::rename(path + "-wal", renamed + "-wal");
    }
    CHECK(sequences(store, {.most = 12}) == range(last - 11, last));
}

TEST_CASE("beyond their limit the oldest file set aside goes, and the rest has no hole") {
    TemporaryFolder folder(Medium::memory);
    Store store = open_store(folder.state());
    begin_generations(store, 70, 1);
    std::vector<std::string> files = set_aside_files(folder.state(), "failed-");
    std::sort(files.begin(), files.end());
    CHECK(files.size() == 64);
    CHECK(files.front().find("failed-000007-") != std::string::npos);
    CHECK(files.back().find("failed-000070-") != std::string::npos);
}

TEST_CASE("a database without facts is not kept, so that failing again and again pushes no fact out") {
    TemporaryFolder folder(Medium::memory);
    Store store = open_store(folder.state());
    const std::uint64_t last = begin_generations(store, 2, 5);
    for (int turn = 0; turn < 100; ++turn)
        must(store.reopen_from_memory({}, last));
    CHECK(set_aside_files(folder.state(), "failed-").size() == 2);
    must(store.write(make_batch(last + 1, last + 1)));
    CHECK(sequences(store) == range(1, last + 1));
}

TEST_CASE("a database without facts is not kept either when a start finds it so") {
    TemporaryFolder folder(Medium::memory);
    for (int turn = 0; turn < 3; ++turn) {
        Store store = open_store(folder.state());
        must(store.reopen_from_memory({{"engine", "again"}}, 0));
    }
    CHECK(set_aside_files(folder.state(), "").empty());
}

TEST_CASE("a start that finds damage again and again says which file had to go") {
    TemporaryFolder folder(Medium::memory);
    std::string said;
    for (int turn = 0; turn < 65; ++turn) {
        std::filesystem::create_directory(folder.state());
        put_bytes(folder.state() + "/noodstop.db", std::string(5'000, 'x'));
        Store store = open_store(folder.state());
        for (const std::string& problem : store.recovered().problems)
            said += problem.find("had to go") == std::string::npos ? "" : fmt::format("{}: {}\n", turn, problem);
    }
    CHECK(said.starts_with("64: "));
    CHECK(said.find("corrupt-000001-") != std::string::npos);
    CHECK(set_aside_files(folder.state(), "corrupt-").size() == 64);
}
