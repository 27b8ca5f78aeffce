// The simulated disk is honest: what was synced survives, what was not may go, and nothing else happens.
#include "tests/sim/disk/disk.hpp"

#include "platform/file/file.hpp"
#include "tests/sim/disk/damage.hpp"
#include "tests/sim/disk/support.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using namespace noodstop;
using namespace noodstop::sim;
using namespace noodstop::sim::testing;

namespace {

constexpr CutFaults everything_lost{.lost = 1000, .names_lost = 1000};

FileHandle open_new(Disk& disk, const std::string& path) {
    FileHandle handle;
    REQUIRE(disk.open(path, Disk::Creation::if_missing, Disk::Access::change, handle) == 0);
    return handle;
}

void write_text(Disk& disk, FileHandle handle, std::uint64_t offset, const std::string& text) {
    REQUIRE(disk.write(handle, offset, text.data(), text.size()) == 0);
}

std::string text_at(Disk& disk, const std::string& path) {
    const Bytes* bytes = disk.bytes_at(path);
    return bytes == nullptr ? "(none)" : std::string(bytes->begin(), bytes->end());
}

// A file whose content and name are durable.
FileHandle durable_file(Disk& disk, const std::string& path, const std::string& text) {
    const FileHandle handle = open_new(disk, path);
    write_text(disk, handle, 0, text);
    REQUIRE(disk.sync(handle) == 0);
    REQUIRE(disk.sync_folder(folder_of(path)) == 0);
    return handle;
}

void cut_and_on(Disk& disk, const CutFaults& faults, std::uint64_t seed = 1) {
    disk.faults.cut = faults;
    Random random(seed);
    disk.power_cut(random);
    disk.power_on();
}

}  // namespace

TEST_CASE("random numbers are the same everywhere") {
    Random random(1);
    CHECK(random.next() == 12966619160104079557ULL);
    CHECK(random.next() == 9600361134598540522ULL);
    for (int turn = 0; turn < 1'000; ++turn) {
        CHECK(random.below(7) < 7);
        const std::int64_t drawn = random.between(-2, 2);
        CHECK((drawn >= -2 && drawn <= 2));
    }
    CHECK(random.below(0) == 0);
    CHECK_FALSE(random.chance(0));
    CHECK(random.chance(1000));
}

TEST_CASE("what was synced survives a power cut that takes everything else") {
    Disk disk;
    const FileHandle handle = durable_file(disk, "/a", "first");
    write_text(disk, handle, 0, "FI");
    write_text(disk, handle, 5, " and second");
    cut_and_on(disk, everything_lost);
    CHECK(text_at(disk, "/a") == "first");
}

TEST_CASE("a file that was never synced, nor its name, is gone") {
    Disk disk;
    write_text(disk, open_new(disk, "/a"), 0, "unsynced");
    cut_and_on(disk, everything_lost);
    CHECK(text_at(disk, "/a") == "(none)");
}

TEST_CASE("the death of a process takes nothing that was written") {
    Disk disk;
    write_text(disk, open_new(disk, "/a"), 0, "unsynced");
    disk.process_death();
    disk.power_on();
    CHECK(text_at(disk, "/a") == "unsynced");
}

TEST_CASE("a name that a dead process did not sync still leads to its file in the next one") {
    Disk disk;
    durable_file(disk, "/gone", "gone");
    CHECK(disk.remove("/gone") == 0);
    CHECK(disk.sync_folder("") == 0);
    const FileHandle kept = open_new(disk, "/kept");
    write_text(disk, kept, 0, "kept");
    CHECK(disk.sync(kept) == 0);
    open_new(disk, "/other");
    disk.process_death();
    disk.power_on();
    CHECK(disk.sync_folder("") == 0);
    cut_and_on(disk, everything_lost);
    CHECK(text_at(disk, "/kept") == "kept");
    CHECK(text_at(disk, "/other").empty());
}

TEST_CASE("a truncation is taken back with the power") {
    Disk disk;
    const FileHandle handle = durable_file(disk, "/a", "0123456789");
    REQUIRE(disk.truncate(handle, 4) == 0);
    write_text(disk, handle, 4, "xy");
    REQUIRE(disk.truncate(handle, 20) == 0);
    cut_and_on(disk, everything_lost);
    CHECK(text_at(disk, "/a") == "0123456789");
}

TEST_CASE("without faults a power cut leaves what the process saw, whatever it wrote") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Disk disk;
        Random random(seed);
        const FileHandle handle = durable_file(disk, "/a", std::string(700, 'a'));
        for (int turn = 0; turn < 20; ++turn) {
            if (random.chance(200))
                REQUIRE(disk.truncate(handle, random.below(2'000)) == 0);
            else
                write_text(disk, handle, random.below(1'500), std::string(random.below(900), 'b'));
            if (random.chance(100))
                REQUIRE(disk.sync(handle) == 0);
        }
        const Image before = disk.image();
        cut_and_on(disk, {}, seed);
        CHECK(disk.image().entries[0].bytes == before.entries[0].bytes);
    }
}

TEST_CASE("of unsynced writes each survives or not, and both are seen") {
    int first_only = 0;
    int second_only = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Disk disk;
        const FileHandle handle = durable_file(disk, "/a", "....");
        write_text(disk, handle, 0, "AA");
        write_text(disk, handle, 2, "BB");
        cut_and_on(disk, {.lost = 500}, seed);
        first_only += text_at(disk, "/a") == "AA.." ? 1 : 0;
        second_only += text_at(disk, "/a") == "..BB" ? 1 : 0;
    }
    CHECK(first_only > 5);
    CHECK(second_only > 5);
}

TEST_CASE("in order nothing survives that was written after a loss") {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Disk disk;
        const FileHandle handle = durable_file(disk, "/a", "....");
        write_text(disk, handle, 0, "AA");
        write_text(disk, handle, 2, "BB");
        cut_and_on(disk, {.lost = 500, .in_order = true}, seed);
        CHECK(text_at(disk, "/a") != "..BB");
    }
}

TEST_CASE("a write that survives in part ends at a sector's border, a torn one mixes whole sectors") {
    bool some_part = false;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Disk disk;
        const FileHandle handle = durable_file(disk, "/a", std::string(2'048, 'o'));
        write_text(disk, handle, 100, std::string(1'800, 'n'));
        const bool torn = seed % 2 == 0;
        cut_and_on(disk, {.partly = torn ? 0U : 1000U, .torn = torn ? 1000U : 0U}, seed);
        const std::string text = text_at(disk, "/a");
        CHECK(text.size() == 2'048);
        CHECK(text.substr(0, 100) == std::string(100, 'o'));
        for (std::size_t at = 100; at < 1'900; ++at) {
            if (at % sector_bytes != 0 && at != 100)
                REQUIRE(text[at] == text[at - 1]);
        }
        some_part = some_part || (text[100] == 'n' && text[1'899] == 'o');
    }
    CHECK(some_part);
}

TEST_CASE("garbage takes only the place of what was not synced") {
    Disk disk;
    const FileHandle handle = durable_file(disk, "/a", "kept");
    write_text(disk, handle, 4, std::string(100, 'n'));
    cut_and_on(disk, {.garbage = 1000});
    const std::string text = text_at(disk, "/a");
    CHECK(text.size() == 104);
    CHECK(text.substr(0, 4) == "kept");
    CHECK(text.substr(4) != std::string(100, 'n'));
}

TEST_CASE("after a failed sync a second one makes nothing durable that the first did not") {
    Disk disk;
    const FileHandle handle = durable_file(disk, "/a", "old");
    write_text(disk, handle, 0, "new");
    disk.fail_operation(1, EIO);
    CHECK(disk.sync(handle) == EIO);
    CHECK(disk.sync(handle) == 0);
    write_text(disk, handle, 3, " more");
    CHECK(disk.sync(handle) == 0);
    cut_and_on(disk, everything_lost);
    CHECK(text_at(disk, "/a") == "old more");
}

TEST_CASE("a disk that lies about syncs keeps nothing") {
    Disk disk;
    const FileHandle handle = durable_file(disk, "/a", "old");
    disk.faults.lies_about_sync = true;
    write_text(disk, handle, 0, "new");
    CHECK(disk.sync(handle) == 0);
    cut_and_on(disk, everything_lost);
    CHECK(text_at(disk, "/a") == "old");
}

TEST_CASE("a rename without its folder's sync may be lost or kept, but never half") {
    int kept = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Disk disk;
        disk.put("/f/a", "old");
        const FileHandle handle = durable_file(disk, "/f/a.new", "new");
        CHECK(disk.rename("/f/a.new", "/f/a") == 0);
        cut_and_on(disk, {.names_lost = 500}, seed);
        (void)handle;
        const bool was_kept = text_at(disk, "/f/a") == "new";
        kept += was_kept ? 1 : 0;
        CHECK(text_at(disk, "/f/a") == (was_kept ? "new" : "old"));
        CHECK(text_at(disk, "/f/a.new") == (was_kept ? "(none)" : "new"));
    }
    CHECK(kept > 20);
    CHECK(kept < 80);
}

TEST_CASE("a rename with its folder's sync is durable, the content only if that was synced too") {
    Disk disk;
    disk.put("/f/a", "old");
    write_text(disk, open_new(disk, "/f/a.new"), 0, "new");
    CHECK(disk.rename("/f/a.new", "/f/a") == 0);
    CHECK(disk.sync_folder("/f") == 0);
    cut_and_on(disk, everything_lost);
    CHECK(text_at(disk, "/f/a").empty());
}

TEST_CASE("a removed file comes back unless the folder was synced") {
    Disk disk;
    disk.put("/f/a", "old");
    CHECK(disk.remove("/f/a") == 0);
    CHECK_FALSE(disk.has("/f/a"));
    cut_and_on(disk, everything_lost);
    CHECK(text_at(disk, "/f/a") == "old");
    CHECK(disk.remove("/f/a") == 0);
    CHECK(disk.sync_folder("/f") == 0);
    cut_and_on(disk, everything_lost);
    CHECK_FALSE(disk.has("/f/a"));
}

TEST_CASE("a folder that is lost takes along what was in it") {
    Disk disk;
    CHECK(disk.make_folder("/f") == 0);
    durable_file(disk, "/f/a", "synced in a folder that was not");
    cut_and_on(disk, everything_lost);
    CHECK(disk.image().entries.empty());
}

TEST_CASE("names in any order: a later change may survive an earlier one, in order never") {
    int only_second = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Disk disk;
        open_new(disk, "/a");
        open_new(disk, "/b");
        cut_and_on(disk, {.names_lost = 500, .names_in_any_order = seed % 2 == 0}, seed);
        const bool found = disk.has("/b") && !disk.has("/a");
        CHECK_FALSE((found && seed % 2 != 0));
        only_second += found ? 1 : 0;
    }
    CHECK(only_second > 5);
}

TEST_CASE("exactly the n-th operation fails, or everything from the n-th on") {
    Disk disk;
    const FileHandle handle = open_new(disk, "/a");
    disk.fail_operation(2, ENOSPC);
    CHECK(disk.write(handle, 0, "a", 1) == 0);
    CHECK(disk.write(handle, 1, "b", 1) == ENOSPC);
    CHECK(disk.write(handle, 1, "c", 1) == 0);
    disk.fail_operation(Operation::sync, 2, EIO);
    CHECK(disk.sync(handle) == 0);
    CHECK(disk.write(handle, 2, "d", 1) == 0);
    CHECK(disk.sync(handle) == EIO);
    CHECK(disk.sync(handle) == 0);
    disk.cut_after(2);
    CHECK(disk.write(handle, 3, "e", 1) == 0);
    CHECK_FALSE(disk.is_cut());
    CHECK(disk.write(handle, 4, "f", 1) == EIO);
    CHECK(disk.is_cut());
    CHECK(disk.remove("/a") == EIO);
    char byte = 0;
    std::size_t count = 0;
    CHECK(disk.read(handle, 0, &byte, 1, count) == EIO);
    disk.power_on();
    CHECK(text_at(disk, "/a") == "acde");
    CHECK(disk.write(handle, 4, "stale", 5) == EIO);
    CHECK(text_at(disk, "/a") == "acde");
}

TEST_CASE("a full disk refuses what grows, a read-only one what changes, a dead one everything") {
    Disk disk;
    const FileHandle handle = durable_file(disk, "/a", "0123");
    std::size_t count = 0;
    char bytes[4];
    disk.fail_all(ENOSPC);
    CHECK(disk.write(handle, 0, "ABCD", 4) == 0);
    CHECK(disk.write(handle, 2, "ABCD", 4) == ENOSPC);
    CHECK(disk.sync(handle) == 0);
    disk.fail_all(EROFS);
    CHECK(disk.write(handle, 0, "x", 1) == EROFS);
    CHECK(disk.read(handle, 0, bytes, 4, count) == 0);
    FileHandle other;
    CHECK(disk.open("/a", Disk::Creation::no, Disk::Access::change, other) == EROFS);
    CHECK(disk.open("/a", Disk::Creation::no, Disk::Access::read, other) == 0);
    disk.fail_all(EIO);
    CHECK(disk.read(handle, 0, bytes, 4, count) == EIO);
    disk.work_again();
    CHECK(disk.write(handle, 4, "4", 1) == 0);
    disk.limit_size(6);
    CHECK(disk.write(handle, 4, "45", 2) == 0);
    CHECK(disk.write(handle, 6, "6", 1) == ENOSPC);
    CHECK(text_at(disk, "/a") == "ABCD45");
}

TEST_CASE("an image is restored to the byte, and equal runs leave equal images") {
    const auto run = [] {
        MountedDisk disk(5);
        platform::Result<journal::Store> store = journal::Store::open(state_folder);
        REQUIRE(store);
        for (std::uint64_t sequence = 1; sequence < 20; ++sequence)
            REQUIRE(store->write(make_batch(sequence, sequence)));
        return disk->image();
    };
    const Image first = run();
    const Image second = run();
    REQUIRE(first.entries.size() == second.entries.size());
    Disk disk;
    disk.restore(first);
    const Image third = disk.image();
    REQUIRE(third.entries.size() == first.entries.size());
    for (std::size_t entry = 0; entry < first.entries.size(); ++entry) {
        CHECK(first.entries[entry].path == second.entries[entry].path);
        CHECK(first.entries[entry].bytes == second.entries[entry].bytes);
        CHECK(first.entries[entry].bytes == third.entries[entry].bytes);
    }
}

TEST_CASE("platform/file works on the mounted disk") {
    MountedDisk disk;
    disk->set_wall_seconds(1'795'284'000);
    CHECK(platform::wall_seconds() == 1'795'284'000);
    REQUIRE(platform::make_folders("/state/deep", 0700));
    REQUIRE(platform::replace_file_durably("/state/deep/a", "one", 0600));
    REQUIRE(platform::replace_file_durably("/state/deep/a", "two", 0600));
    CHECK(*platform::read_file("/state/deep/a", 3) == "two");
    CHECK(platform::read_file("/state/deep/a", 2).error().number == EFBIG);
    CHECK(platform::read_file("/state/deep/b", 2).error().number == ENOENT);
    CHECK(*platform::list_folder("/state/deep") == std::vector<std::string>{"a"});
    CHECK(*platform::file_size("/state/deep/a") == 3);
    cut_and_on(*disk, everything_lost);
    CHECK_FALSE(platform::exists("/state"));  // nobody synced the folder above it
    REQUIRE(platform::make_folders("/state", 0700));
    auto lock = platform::lock_file("/state/lock");
    REQUIRE(lock);
    CHECK_FALSE(platform::lock_file("/state/lock").ok());
    lock->close();
    CHECK(platform::lock_existing_file("/state/lock").ok());
    CHECK(platform::remove_file("/state/lock").ok());
    CHECK(platform::remove_file("/state/lock").ok());
    CHECK_FALSE(platform::sync_file("/state/lock").ok());
    CHECK(platform::sync_file("/state").ok());
}

TEST_CASE("without a mounted disk nothing works, and nothing of the real one is touched") {
    Disk::mount(nullptr);
    CHECK_FALSE(platform::exists("/"));
    CHECK(platform::read_file("/etc/hostname", 1'000).error().number == ENODEV);
    CHECK_FALSE(journal::Store::open("/tmp/noodstop-sim-disk").ok());
}

TEST_CASE("the death of a process frees its locks, and its objects can do no more harm") {
    MountedDisk disk;
    {
        auto dying = platform::Result<journal::Store>(journal::Store::open(state_folder));
        REQUIRE(dying);
        REQUIRE(dying->write(make_batch(1, 1)));
        disk->process_death();
        disk->power_on();
        platform::Result<journal::Store> next = journal::Store::open(state_folder);
        REQUIRE(next);
        CHECK(next->recovered().last_sequence == 1);
        CHECK_FALSE(dying->write(make_batch(2, 2)).ok());
        CHECK_FALSE(journal::Store::open(state_folder).ok());
    }
}

TEST_CASE("damage at rest does what it says") {
    Disk disk;
    disk.put("/f/a", std::string(8'192, 'a') + std::string(4'096, 'b'));
    Random random(3);
    flip_bytes(disk, "/f/a", 5, random);
    std::string text = text_at(disk, "/f/a");
    std::size_t changed = 0;
    for (std::size_t at = 0; at < text.size(); ++at)
        changed += text[at] != (at < 8'192 ? 'a' : 'b') ? 1 : 0;
    CHECK(changed >= 1);
    CHECK(changed <= 5);
    disk.put("/f/a", std::string(4'096, 'a') + std::string(4'096, 'b'));
    swap_pages(disk, "/f/a", random);
    CHECK(text_at(disk, "/f/a") == std::string(4'096, 'b') + std::string(4'096, 'a'));
    cut_short(disk, "/f/a", random);
    CHECK(text_at(disk, "/f/a").size() < 8'192);
    disk.lose("/f/a");
    CHECK_FALSE(disk.has("/f/a"));
    flip_bytes(disk, "/f/a", 5, random);
}

TEST_CASE("a trace names each operation, its file and its failure") {
    Disk disk;
    disk.set_tracing(true);
    const FileHandle handle = open_new(disk, "/a");
    disk.fail_operation(2, EIO);
    write_text(disk, handle, 0, "abc");
    CHECK(disk.sync(handle) == EIO);
    CHECK(disk.take_trace() == std::vector<std::string>{"1 create /a", "2 write /a 0+3", "3 sync /a: error 5"});
    CHECK(disk.take_trace().empty());
}
