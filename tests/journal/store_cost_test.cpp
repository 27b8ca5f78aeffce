// What a batch costs the disk, counted by the kernel. The bounds are the claims of the README.
#include "agent/journal/store.hpp"
#include "tests/journal/support.hpp"

#include <chrono>
#include <sstream>

using namespace noodstop;
using namespace noodstop::journal;
using namespace noodstop::journal::testing;

namespace {

std::uint64_t bytes_written() {
    std::istringstream lines(bytes_of("/proc/self/io"));
    std::string name;
    std::uint64_t value = 0;
    while (lines >> name >> value) {
        if (name == "wchar:")
            return value;
    }
    return 0;
}

}  // namespace

TEST_CASE("an hour with 100 resources costs little: a checkpoint each minute and a few facts") {
    TemporaryFolder folder;
    Store store = open_store(folder.state());
    std::uint64_t sequence = 0;
    const std::uint64_t before = bytes_written();
    const auto began = std::chrono::steady_clock::now();
    constexpr int hours = 10;
    for (int minute = 0; minute < 60 * hours; ++minute) {
        core::RecordBatch batch = make_batch(sequence + 1, sequence + 3);
        sequence += 3;
        batch.state = {{"engine", std::string(100 * 120, static_cast<char>('a' + minute % 26))}};
        must(store.write(batch));
    }
    const std::uint64_t per_hour = (bytes_written() - before) / hours;
    const auto microseconds =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began).count();
    MESSAGE("bytes written per hour: ", per_hour, ", per batch: ", per_hour / 60,
            ", microseconds per batch: ", microseconds / (60 * hours));
    CHECK(per_hour < 3'000'000);
    CHECK(std::filesystem::file_size(folder.state() + "/noodstop.db-wal") < 1'300'000);
}

TEST_CASE("a batch of facts alone costs few pages") {
    TemporaryFolder folder;
    Store store = open_store(folder.state());
    const std::uint64_t before = bytes_written();
    for (std::uint64_t sequence = 1; sequence <= 200; ++sequence)
        must(store.write(make_batch(sequence, sequence)));
    const std::uint64_t per_batch = (bytes_written() - before) / 200;
    MESSAGE("bytes written per batch of one fact: ", per_batch);
    CHECK(per_batch < 16'000);
}
