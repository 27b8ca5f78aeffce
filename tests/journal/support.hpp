// What the journal's tests share: a folder that goes away, facts and batches with recognizable content.
#pragma once

#include "agent/core/record.hpp"
#include "agent/journal/store.hpp"
#include "platform/file/file.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace noodstop::journal::testing {

enum class Medium { disk, memory };  // memory: where many starts are tried and syncs would only take time

class TemporaryFolder {
public:
    explicit TemporaryFolder(Medium medium = Medium::disk) {
        const bool in_memory = medium == Medium::memory && std::filesystem::is_directory("/dev/shm");
        const std::filesystem::path parent = in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
        std::string pattern = (parent / "noodstop-journal-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::string& path() const { return path_; }
    std::string state() const { return path_ + "/state"; }

private:
    std::string path_;
};

inline std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void put_bytes(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

inline core::RecordedFact make_fact(std::uint64_t sequence, const std::string& zone = "dev") {
    core::RecordedFact recorded;
    recorded.sequence = sequence;
    recorded.fact.kind = core::FactKind::limit_warned;
    recorded.fact.at.since_origin = core::Duration(1'000 * static_cast<std::int64_t>(sequence));
    recorded.fact.wall.since_epoch = core::Duration(1'000'000 * static_cast<std::int64_t>(sequence));
    recorded.fact.tenant.text = "acme";
    recorded.fact.zone.text = zone;
    recorded.fact.limit.text = "daily";
    recorded.fact.fields = {{"exposure", fmt::format("{}.50 EUR", sequence)}, {"rate", "12.00 EUR/h"}};
    return recorded;
}

inline core::Latch make_latch(std::uint64_t version, bool tripped, const std::string& zone = "dev") {
    core::Latch latch;
    latch.zone.text = zone;
    latch.version = version;
    latch.tripped = tripped;
    latch.since.since_epoch = core::Duration(1'795'287'600'000'000);
    latch.reason = tripped ? "spend limit daily reached: 51.20 of 50.00 EUR" : "reset by uid:0 (root)";
    if (tripped)
        latch.survivors = {{{"lab"}, {"build host/ü"}}, {{"lab"}, {"db-1"}}};
    return latch;
}

inline core::RecordBatch make_batch(std::uint64_t first, std::uint64_t last) {
    core::RecordBatch batch;
    batch.number = first;
    for (std::uint64_t sequence = first; sequence <= last; ++sequence)
        batch.facts.push_back(make_fact(sequence));
    return batch;
}

inline Store open_store(const std::string& folder) {
    platform::Result<Store> store = Store::open(folder);
    REQUIRE_MESSAGE(store.ok(), (store ? "" : store.error().message));
    return std::move(*store);
}

inline void must(const platform::Status& status) {
    REQUIRE_MESSAGE(status.ok(), (status ? "" : status.error().message));
}

inline std::vector<std::uint64_t> sequences(Store& store, const FactQuery& query = {}) {
    const platform::Result<std::vector<core::RecordedFact>> facts = store.facts(query);
    REQUIRE_MESSAGE(facts.ok(), (facts ? "" : facts.error().message));
    std::vector<std::uint64_t> numbers;
    for (const core::RecordedFact& fact : facts.value())
        numbers.push_back(fact.sequence);
    return numbers;
}

inline std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t number = first; number <= last; ++number)
        numbers.push_back(number);
    return numbers;
}

inline std::vector<std::string> set_aside_files(const std::string& folder, const std::string& kind) {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("noodstop.db." + kind) && !name.ends_with("-wal"))
            found.push_back(entry.path().string());
    }
    return found;
}

}  // namespace noodstop::journal::testing
