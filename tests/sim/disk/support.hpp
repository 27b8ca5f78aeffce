// What the simulated disk's tests and benchmark share.
#pragma once

#include "agent/journal/store.hpp"
#include "tests/sim/disk/disk.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>

namespace noodstop::sim::testing {

inline const std::string state_folder = "/state";
inline const std::string database_path = "/state/noodstop.db";

// A disk that is mounted while it lives.
class MountedDisk {
public:
    explicit MountedDisk(std::uint64_t seed = 1) : disk_(seed) { Disk::mount(&disk_); }
    ~MountedDisk() { Disk::mount(nullptr); }
    MountedDisk(const MountedDisk&) = delete;
    MountedDisk& operator=(const MountedDisk&) = delete;
    Disk* operator->() { return &disk_; }
    Disk& operator*() { return disk_; }

private:
    Disk disk_;
};

inline core::RecordedFact make_fact(std::uint64_t sequence) {
    core::RecordedFact recorded;
    recorded.sequence = sequence;
    recorded.fact.kind = core::FactKind::limit_warned;
    recorded.fact.at.since_origin = core::Duration(1'000 * static_cast<std::int64_t>(sequence));
    recorded.fact.wall.since_epoch = core::Duration(1'000'000 * static_cast<std::int64_t>(sequence));
    recorded.fact.tenant.text = "acme";
    recorded.fact.zone.text = "dev";
    recorded.fact.limit.text = "daily";
    recorded.fact.fields = {{"exposure", fmt::format("{}.50 EUR", sequence)}, {"rate", "12.00 EUR/h"}};
    return recorded;
}

inline core::Latch make_latch(std::uint64_t version, bool tripped) {
    core::Latch latch;
    latch.zone.text = "dev";
    latch.version = version;
    latch.tripped = tripped;
    latch.reason = tripped ? "spend limit daily reached" : "reset by uid:0 (root)";
    return latch;
}

// Facts first .. last with the state that follows from them.
inline core::RecordBatch make_batch(std::uint64_t first, std::uint64_t last) {
    core::RecordBatch batch;
    batch.number = last;
    for (std::uint64_t sequence = first; sequence <= last; ++sequence)
        batch.facts.push_back(make_fact(sequence));
    batch.state = {{"engine", fmt::format("{} {}", last, std::string(2'000, 'e'))}, {"zone/dev", std::to_string(last)}};
    return batch;
}

}  // namespace noodstop::sim::testing
