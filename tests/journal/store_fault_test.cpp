// Real faults of real file systems: full, read-only, a file size limit. Mounting needs root; without it the cases say
// SKIP and pass.
#include "agent/journal/latch_file.hpp"
#include "agent/journal/store.hpp"
#include "tests/journal/support.hpp"

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <optional>

using namespace noodstop;
using namespace noodstop::journal;
using namespace noodstop::journal::testing;

namespace {

class SmallDisk {
public:
    explicit SmallDisk(const std::string& path) : path_(path) {
        std::filesystem::create_directory(path_);
        mounted_ = ::mount("noodstop-test", path_.c_str(), "tmpfs", 0, "size=1M,nr_inodes=64") == 0;
        if (!mounted_)
            MESSAGE("SKIP: cannot mount a tmpfs: ", std::strerror(errno));
    }
    ~SmallDisk() {
        if (mounted_)
            ::umount2(path_.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    bool mounted() const { return mounted_; }
    bool make_read_only() const {
        return ::mount(nullptr, path_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
    }
    bool make_writable() const { return ::mount(nullptr, path_.c_str(), nullptr, MS_REMOUNT, "size=1M") == 0; }

private:
    std::string path_;
    bool mounted_ = false;
};

// So many that no file can be made any more. Returns the folder they are in.
std::string make_files_until_failure(const std::string& disk) {
    std::string folder = disk + "/files";
    std::filesystem::create_directory(folder);
    for (int number = 0; std::ofstream(fmt::format("{}/{}", folder, number)).good(); ++number)
        REQUIRE(number < 100'000);
    return folder;
}

// Writes batches until one fails; returns the last durable sequence.
std::uint64_t write_until_failure(Store& store, std::uint64_t sequence) {
    for (;; ++sequence) {
        core::RecordBatch batch = make_batch(sequence + 1, sequence + 1);
        batch.facts[0].fact.fields.push_back({"padding", std::string(3'000, 'p')});
        batch.state = {{"engine", fmt::format("at {}", sequence + 1)}};
        if (!store.write(batch).ok())
            return sequence;
        REQUIRE(sequence < 100'000);
    }
}

}  // namespace

TEST_CASE("on a full disk the store is dead at once, and goes on in a new file when there is room") {
    TemporaryFolder folder;
    SmallDisk disk(folder.path() + "/disk");
    if (!disk.mounted())
        return;
    const std::string ballast = folder.path() + "/disk/ballast";
    put_bytes(ballast, std::string(500'000, 'b'));
    std::uint64_t last = 0;
    {
        Store store = open_store(folder.path() + "/disk/state");
        must(store.write([] {
            core::RecordBatch batch = make_batch(1, 1);
            batch.latches = {make_latch(1, true)};
            return batch;
        }()));
        last = write_until_failure(store, 1);
        CHECK(store.dead());
        CHECK_FALSE(store.write(make_batch(last + 1, last + 1)).ok());
        CHECK(sequences(store, {.most = 1'000}) == range(1, last));
        for (int turn = 0; turn < 5; ++turn)
            CHECK_FALSE(store.reopen_from_memory({{"engine", std::string(60'000, 'x')}}, last).ok());
        CHECK(set_aside_files(folder.path() + "/disk/state", "failed-").empty());
        CHECK(sequences(store, {.most = 1'000}) == range(1, last));
        std::filesystem::remove(ballast);
        must(store.reopen_from_memory({{"engine", "from memory"}}, last));
        CHECK_FALSE(store.dead());
        must(store.write(make_batch(last + 1, last + 2)));
        CHECK(sequences(store, {.most = 1'000}) == range(1, last + 2));
    }
    Store store = open_store(folder.path() + "/disk/state");
    CHECK(store.recovered().problems.empty());
    CHECK(store.recovered().last_sequence == last + 2);
    CHECK(store.recovered().state == core::StatePieces{{"engine", "from memory"}});
    CHECK(store.recovered().latches.at(0) == make_latch(1, true));
    CHECK(sequences(store, {.most = 1'000}) == range(1, last + 2));
}

TEST_CASE("after a full disk and no reopening, a start finds every durable fact") {
    TemporaryFolder folder;
    SmallDisk disk(folder.path() + "/disk");
    if (!disk.mounted())
        return;
    const std::string ballast = folder.path() + "/disk/ballast";
    put_bytes(ballast, std::string(600'000, 'b'));
    std::uint64_t last = 0;
    {
        Store store = open_store(folder.path() + "/disk/state");
        last = write_until_failure(store, 0);
    }
    {
        Store store = open_store(folder.path() + "/disk/state");
        CHECK(store.recovered().last_sequence >= last);
        CHECK(store.recovered().state.count("engine") == 1);
    }
    std::filesystem::remove(ballast);
    Store store = open_store(folder.path() + "/disk/state");
    const std::uint64_t found = store.recovered().last_sequence;
    CHECK(found >= last);
    CHECK(sequences(store, {.most = 1'000}) == range(1, found));
    must(store.write(make_batch(found + 1, found + 1)));
}

TEST_CASE("where no file can be made a start takes nothing for damaged and keeps all state") {
    TemporaryFolder folder;
    SmallDisk disk(folder.path() + "/disk");
    if (!disk.mounted())
        return;
    const std::string state = folder.path() + "/disk/state";
    {
        core::RecordBatch batch = make_batch(1, 2);
        batch.state = {{"engine", "at 2"}};
        must(open_store(state).write(batch));
    }
    const std::string files = make_files_until_failure(folder.path() + "/disk");
    for (int start = 0; start < 2; ++start) {
        Store store = open_store(state);
        CHECK(store.dead());
        CHECK(store.recovered().state == core::StatePieces{{"engine", "at 2"}});
        CHECK(store.recovered().last_sequence == 2);
        CHECK(set_aside_files(state, "corrupt-").empty());
        CHECK_FALSE(store.reopen_from_memory({{"engine", "at 2"}}, 2).ok());
    }
    std::filesystem::remove_all(files);
    Store store = open_store(state);
    CHECK_FALSE(store.dead());
    must(store.write(make_batch(3, 3)));
    CHECK(sequences(store, {.most = 1'000}) == range(1, 3));
}

TEST_CASE("a latch that found no room is written with the reopening") {
    TemporaryFolder folder;
    SmallDisk disk(folder.path() + "/disk");
    if (!disk.mounted())
        return;
    const std::string state = folder.path() + "/disk/state";
    Store store = open_store(state);
    core::RecordBatch batch = make_batch(1, 1);
    batch.latches = {make_latch(1, false)};
    must(store.write(batch));
    std::string ballast(1 << 20, 'b');
    put_bytes(folder.path() + "/disk/ballast", ballast);
    batch = make_batch(2, 2);
    batch.latches = {make_latch(2, true)};
    CHECK_FALSE(store.write(batch).ok());
    CHECK(store.dead());
    CHECK_FALSE(store.reopen_from_memory({}, 2).ok());
    std::filesystem::remove(folder.path() + "/disk/ballast");
    must(store.reopen_from_memory({}, 2));
    CHECK(read_latches(state).latches.at(0) == make_latch(2, true));
}

TEST_CASE("a dead store still closes latches, and opens none") {
    TemporaryFolder folder;
    SmallDisk disk(folder.path() + "/disk");
    if (!disk.mounted())
        return;
    const std::string state = folder.path() + "/disk/state";
    Store store = open_store(state);
    put_bytes(folder.path() + "/disk/ballast", std::string(400'000, 'b'));
    const std::uint64_t last = write_until_failure(store, 0);
    std::filesystem::remove(folder.path() + "/disk/ballast");
    core::RecordBatch batch;
    batch.latches = {make_latch(1, true, "dev"), make_latch(1, false, "prod")};
    CHECK_FALSE(store.write(batch).ok());
    const LatchesRead read = read_latches(state);
    REQUIRE(read.latches.size() == 1);
    CHECK(read.latches[0] == make_latch(1, true, "dev"));
    must(store.reopen_from_memory({}, last));
    CHECK(read_latches(state).latches.size() == 2);
}

TEST_CASE("a disk that turns read-only kills the store, and a start on it still knows the latches") {
    TemporaryFolder folder;
    SmallDisk disk(folder.path() + "/disk");
    if (!disk.mounted())
        return;
    const std::string state = folder.path() + "/disk/state";
    std::optional<Store> running(open_store(state));
    core::RecordBatch batch = make_batch(1, 2);
    batch.latches = {make_latch(1, true)};
    batch.state = {{"engine", "one"}};
    must(running->write(batch));
    bool crashed = false;
    SUBCASE("after a crash") {
        crashed = true;
    }
    SUBCASE("after an orderly end") {
        crashed = false;
    }
    if (crashed)
        std::filesystem::copy(state, folder.path() + "/disk/crashed", std::filesystem::copy_options::recursive);
    running.reset();
    if (crashed) {
        std::filesystem::remove_all(state);
        std::filesystem::rename(folder.path() + "/disk/crashed", state);
    }
    REQUIRE(disk.make_read_only());
    {
        Store store = open_store(state);
        CHECK(store.recovered().latches.at(0) == make_latch(1, true));
        CHECK(store.recovered().state == core::StatePieces{{"engine", "one"}});
        CHECK(store.recovered().last_sequence == 2);
        CHECK(store.dead());
        CHECK(sequences(store) == range(1, 2));
        CHECK_FALSE(store.write(make_batch(3, 3)).ok());
        CHECK(store.dead());
        CHECK_FALSE(store.reopen_from_memory({{"engine", "two"}}, 2).ok());
        REQUIRE(disk.make_writable());
        must(store.reopen_from_memory({{"engine", "two"}}, 2));
        must(store.write(make_batch(3, 3)));
        CHECK(sequences(store) == range(1, 3));
    }
}

TEST_CASE("a limit on the size of files kills the store and loses nothing that was durable") {
    TemporaryFolder folder;
    const std::string state = folder.state();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const struct rlimit limit { 300'000, 300'000 };
        ::setrlimit(RLIMIT_FSIZE, &limit);
        platform::Result<Store> store = Store::open(state);
        std::uint64_t sequence = 0;
        while (store && store->write(make_batch(sequence + 1, sequence + 1)).ok())
            ++sequence;
        put_bytes(folder.path() + "/acknowledged", std::to_string(sequence));
        ::_exit(store && store->dead() ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    const std::uint64_t acknowledged = std::stoull(bytes_of(folder.path() + "/acknowledged"));
    CHECK(acknowledged > 10);
    Store store = open_store(state);
    CHECK(store.recovered().last_sequence >= acknowledged);
    CHECK(sequences(store, {.most = 10'000}) == range(1, store.recovered().last_sequence));
}
