#include "agent/run/latch_keeper.hpp"

#include "agent/journal/latch_file.hpp"
#include "agent/journal/pending_latches.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::run {

struct LatchKeeper::State {
    std::string folder;
    std::function<void(const std::string&)> fault;
    std::mutex mutex;
    std::condition_variable changed;
    std::map<core::ZoneName, core::Latch> waiting;  // one for each zone
    bool ending = false;
    bool ended = false;
    bool failing = false;  // keeper's thread only
    std::chrono::milliseconds delay = latch_retry_first;

    void run();
    bool write_one(std::unique_lock<std::mutex>& guard);
    void put_back(core::Latch latch);
    void note(const platform::Status& written);
};

LatchKeeper::LatchKeeper(std::string folder, std::function<void(const std::string&)> fault, Priority priority)
    : state_(std::make_shared<State>()) {
    state_->folder = std::move(folder);
    state_->fault = std::move(fault);
    thread_ = std::thread([state = state_, priority] {
        if (priority == Priority::raised)
            static_cast<void>(platform::raise_priority());
        state->run();
    });
}

LatchKeeper::~LatchKeeper() {
    std::unique_lock guard(state_->mutex);
    state_->ending = true;
    state_->changed.notify_all();
    const bool ended =
        state_->changed.wait_for(guard, std::chrono::milliseconds(500), [this] { return state_->ended; });
    guard.unlock();
    if (ended)
        thread_.join();
    else
        thread_.detach();
}

void LatchKeeper::keep(core::Latch latch) {
    const std::lock_guard guard(state_->mutex);
    state_->put_back(std::move(latch));
    state_->changed.notify_all();
}

void LatchKeeper::State::run() {
    std::unique_lock guard(mutex);
    for (;;) {
        changed.wait(guard, [this] { return ending || !waiting.empty(); });
        if (waiting.empty() || (ending && failing))
            break;
        if (!write_one(guard))
            changed.wait_for(guard, delay, [this] { return ending; });
    }
    ended = true;
    changed.notify_all();
}

bool LatchKeeper::State::write_one(std::unique_lock<std::mutex>& guard) {
    core::Latch latch = std::move(waiting.begin()->second);
    waiting.erase(waiting.begin());
    guard.unlock();
    const platform::Status written = journal::write_latch(folder, latch);
    note(written);
    guard.lock();
    const bool again = !written && !journal::is_refusal(written.error());
    if (again)
        put_back(std::move(latch));
    return !again;
}

void LatchKeeper::State::put_back(core::Latch latch) {
    const auto [place, is_new] = waiting.try_emplace(latch.zone, latch);
    if (!is_new && latch.version >= place->second.version)
        place->second = std::move(latch);
}

void LatchKeeper::State::note(const platform::Status& written) {
    if (!written && !failing)
        fault(written.error().message);
    failing = !written;
    delay = written ? latch_retry_first : std::min(delay * 2, latch_retry_max);
}

}  // namespace noodstop::run
