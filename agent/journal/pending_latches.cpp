#include "agent/journal/pending_latches.hpp"

#include "agent/journal/latch_file.hpp"

#include <cerrno>

namespace noodstop::journal {

bool is_refusal(const platform::Error& error) {
    return error.number == EFBIG || error.number == EEXIST || error.number == ENAMETOOLONG;
}

void PendingLatches::add(const std::vector<core::Latch>& latches) {
    for (const core::Latch& latch : latches) {
        const auto [known, is_new] = latches_.try_emplace(latch.zone, latch);
        if (!is_new && latch.version >= known->second.version)
            known->second = latch;
    }
}

void PendingLatches::drop_opened() {
    std::erase_if(latches_, [](const auto& latch) { return !latch.second.tripped; });
}

platform::Status PendingLatches::write_where(const std::string& folder, bool tripped) {
    platform::Status all = platform::Done{};
    for (auto latch = latches_.begin(); latch != latches_.end();) {
        if (latch->second.tripped != tripped) {
            ++latch;
            continue;
        }
        const platform::Status written = write_latch(folder, latch->second);
        if (!written && all)
            all = written;
        const bool is_done = written.ok() || is_refusal(written.error());
        latch = is_done ? latches_.erase(latch) : std::next(latch);
    }
    return all;
}

}  // namespace noodstop::journal
