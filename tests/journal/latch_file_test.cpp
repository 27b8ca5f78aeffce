#include "agent/journal/latch_file.hpp"

#include "agent/journal/checksum.hpp"
#include "agent/journal/latch_codec.hpp"
#include "tests/journal/support.hpp"

#include <sys/stat.h>

#include <thread>

using namespace noodstop;
using namespace noodstop::journal;
using namespace noodstop::journal::testing;

namespace {

std::string file_of(const TemporaryFolder& folder, const std::string& zone = "dev") {
    return folder.path() + "/latches/" + zone + ".latch";
}

// The rule for every damage: the same content, or tripped with a problem that is told.
void check_same_or_tripped(const TemporaryFolder& folder, const core::Latch& written) {
    const LatchesRead read = read_latches(folder.path());
    REQUIRE(read.latches.size() == 1);
    if (read.latches[0] == written)
        return;
    CHECK(read.latches[0].tripped);
    CHECK(read.latches[0].zone == written.zone);
    CHECK(read.latches[0].reason.find("damaged") != std::string::npos);
    CHECK(read.problems.size() == 1);
}

}  // namespace

TEST_CASE("the checksum is CRC-32C") {
    CHECK(crc32c("123456789") == 0xE3069283);
    CHECK(crc32c("6789", crc32c("12345")) == 0xE3069283);
}

TEST_CASE("the checksum of any length is that of its bits one by one") {
    std::string text;
    for (int length = 0; length < 100; ++length) {
        std::uint32_t value = ~std::uint32_t{0};
        for (const char byte : text) {
            value ^= static_cast<unsigned char>(byte);
            for (int bit = 0; bit < 8; ++bit)
                value = (value & 1) != 0 ? (value >> 1) ^ 0x82F63B78 : value >> 1;
        }
        REQUIRE(crc32c(text) == ~value);
        const std::size_t half = text.size() / 2;
        REQUIRE(crc32c(text.substr(half), crc32c(text.substr(0, half))) == ~value);
        text += static_cast<char>(7 * length + 131);
    }
}

TEST_CASE("a latch comes back as it was written") {
    TemporaryFolder folder;
    core::Latch latch = make_latch(7, true);
    latch.latched = true;
    latch.reason = std::string("one line\nand \0 another % \xff", 25);
    latch.survivors.push_back({{"a b"}, {""}});
    latch.survivors.push_back({{""}, {" %41 "}});
    must(write_latch(folder.path(), latch));
    const LatchesRead read = read_latches(folder.path());
    CHECK(read.problems.empty());
    REQUIRE(read.latches.size() == 1);
    CHECK(read.latches[0] == latch);
}

TEST_CASE("no zone's name leads out of the folder or into another zone's file") {
    TemporaryFolder folder;
    const std::vector<std::string> names = {"..", ".",   "a/b",  "../x",     "a%2fb",  "A",
                                            "a",  "a b", ".new", "\xc3\xbc", "x.latch"};
    for (const std::string& name : names)
        must(write_latch(folder.path(), make_latch(1, true, name)));
    const LatchesRead read = read_latches(folder.path());
    CHECK(read.problems.empty());
    CHECK(read.latches.size() == names.size());
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
    CHECK_FALSE(write_latch(folder.path(), make_latch(1, true, std::string(300, 'z'))).ok());
    CHECK_FALSE(write_latch(folder.path(), make_latch(1, true, "")).ok());
}

TEST_CASE("a latch cut at any byte is whole or counts as tripped") {
    for (const bool tripped : {true, false}) {
        TemporaryFolder folder;
        const core::Latch latch = make_latch(3, tripped);
        must(write_latch(folder.path(), latch));
        const std::string whole = bytes_of(file_of(folder));
        for (std::size_t size = 0; size < whole.size(); ++size) {
            put_bytes(file_of(folder), whole.substr(0, size));
            const LatchesRead read = read_latches(folder.path());
            REQUIRE(read.latches.size() == 1);
            CHECK(read.latches[0].tripped);
            CHECK(read.problems.size() == 1);
        }
    }
}

TEST_CASE("a latch with any byte changed is the same or counts as tripped") {
    TemporaryFolder folder;
    const core::Latch latch = make_latch(3, false);
    must(write_latch(folder.path(), latch));
    const std::string whole = bytes_of(file_of(folder));
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const unsigned mask : {1u, 0x20u, 0x80u, 0xFFu}) {
            std::string changed = whole;
            changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ mask);
            put_bytes(file_of(folder), changed);
            check_same_or_tripped(folder, latch);
        }
    }
}

TEST_CASE("a latch of another zone, a folder in its place and a giant count as tripped") {
    TemporaryFolder folder;
    must(write_latch(folder.path(), make_latch(3, false, "dev")));
    std::filesystem::copy(file_of(folder), file_of(folder, "prod"));
    std::filesystem::create_directory(file_of(folder, "test"));
    put_bytes(file_of(folder, "giant"), std::string(latch_bytes_max + 1, 'x'));
    const LatchesRead read = read_latches(folder.path());
    CHECK(read.problems.size() == 3);
    REQUIRE(read.latches.size() == 4);
    for (const core::Latch& latch : read.latches)
        CHECK(latch.tripped == (latch.zone.text != "dev"));
}

TEST_CASE("an older latch never replaces a newer one") {
    TemporaryFolder folder;
    must(write_latch(folder.path(), make_latch(5, true)));
    must(write_latch(folder.path(), make_latch(4, false)));
    CHECK(read_latches(folder.path()).latches.at(0) == make_latch(5, true));
    CHECK_FALSE(write_latch(folder.path(), make_latch(5, false)).ok());
    CHECK(read_latches(folder.path()).latches.at(0).tripped);
    must(write_latch(folder.path(), make_latch(6, false)));
    CHECK_FALSE(read_latches(folder.path()).latches.at(0).tripped);
    must(write_latch(folder.path(), make_latch(6, true)));
    CHECK(read_latches(folder.path()).latches.at(0).tripped);
}

TEST_CASE("a damaged latch is ended by the reset that follows it") {
    TemporaryFolder folder;
    must(write_latch(folder.path(), make_latch(5, true)));
    put_bytes(file_of(folder), "rubbish");
    const core::Latch damaged = read_latches(folder.path()).latches.at(0);
    CHECK(damaged.version >= damaged_latch_version);
    must(write_latch(folder.path(), make_latch(damaged.version + 1, false)));
    CHECK_FALSE(read_latches(folder.path()).latches.at(0).tripped);
}

TEST_CASE("what a crash left half written is ignored and removed") {
    TemporaryFolder folder;
    must(write_latch(folder.path(), make_latch(5, true)));
    put_bytes(file_of(folder) + ".new", "noodstop la");
    const LatchesRead read = read_latches(folder.path());
    CHECK(read.problems.empty());
    CHECK(read.latches.size() == 1);
    CHECK_FALSE(std::filesystem::exists(file_of(folder) + ".new"));
}

TEST_CASE("no latches folder is a first start, one that can't be listed a problem") {
    TemporaryFolder folder;
    CHECK(read_latches(folder.path()).problems.empty());
    put_bytes(folder.path() + "/latches", "a file");
    CHECK(read_latches(folder.path()).problems.size() == 1);
    CHECK_FALSE(write_latch(folder.path(), make_latch(1, true)).ok());
}

TEST_CASE("survivors beyond the limit are cut, the latch is still written") {
    TemporaryFolder folder;
    core::Latch latch = make_latch(1, true);
    latch.survivors.assign(survivors_max + 5, {{"lab"}, {"host"}});
    must(write_latch(folder.path(), latch));
    CHECK(read_latches(folder.path()).latches.at(0).survivors.size() == survivors_max);
    latch.version = 2;
    latch.survivors.assign(survivors_max, {{"lab"}, {std::string(1000, 'x')}});
    must(write_latch(folder.path(), latch));
    const LatchesRead read = read_latches(folder.path());
    CHECK(read.problems.empty());
    CHECK(read.latches.at(0).survivors.size() > 1000);
}

TEST_CASE("threads that write one zone's latch at once leave the highest version") {
    TemporaryFolder folder;
    std::vector<std::thread> threads;
    for (std::uint64_t thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (std::uint64_t turn = 0; turn < 20; ++turn)
                (void)write_latch(folder.path(), make_latch(1 + turn * 4 + thread, true));
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    const LatchesRead read = read_latches(folder.path());
    CHECK(read.problems.empty());
    CHECK(read.latches.at(0).version == 80);
}
