#include "agent/providers/process/followed.hpp"

#include <ctime>

namespace noodstop::providers {
namespace {

core::Duration now(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);  // can't fail for these two clocks
    return std::chrono::seconds(time.tv_sec) +
           std::chrono::duration_cast<core::Duration>(std::chrono::nanoseconds(time.tv_nsec));
}

// Start times count from boot like CLOCK_BOOTTIME.
core::WallTime wall_time_of(std::uint64_t start_ticks) {
    const core::Duration age = now(CLOCK_BOOTTIME) - platform::ticks_to_time(start_ticks);
    return {now(CLOCK_REALTIME) - age};
}

}  // namespace

core::WallTime FollowedProcesses::created(const ProcessIdentity& identity) {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_new] = created_.try_emplace(identity);
    if (is_new)
        entry->second = wall_time_of(identity.start_ticks);
    return entry->second;
}

bool FollowedProcesses::contains(const ProcessIdentity& identity) const {
    const std::lock_guard lock(mutex_);
    return created_.contains(identity);
}

std::vector<ProcessIdentity> FollowedProcesses::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<ProcessIdentity> identities;
    for (const auto& [identity, created] : created_)
        identities.push_back(identity);
    return identities;
}

void FollowedProcesses::keep_only(const std::set<ProcessIdentity>& identities) {
    const std::lock_guard lock(mutex_);
    std::erase_if(created_, [&](const auto& entry) { return !identities.contains(entry.first); });
}

}  // namespace noodstop::providers
