#include "tools/hub/server/store_thread.hpp"

namespace noodstop::hub {

StoreThread::StoreThread(boost::asio::io_context& io, std::unique_ptr<Desk> desk, StoreThreadLimits limits)
    : io_(io), desk_(std::move(desk)), limits_(limits), thread_([this] { run(); }) {}

StoreThread::~StoreThread() {
    {
        const std::lock_guard lock(mutex_);
        ends_ = true;
    }
    news_.notify_one();
    thread_.join();
}

bool StoreThread::hand_in(std::size_t bytes, std::function<void(Desk& desk)> work) {
    {
        const std::lock_guard lock(mutex_);
        if (jobs_.size() >= limits_.jobs_max || bytes_ + bytes > limits_.bytes_max)
            return false;
        bytes_ += bytes;
        jobs_.push_back({bytes, std::move(work)});
    }
    news_.notify_one();
    return true;
}

void StoreThread::run() {
    for (;;) {
        std::unique_lock lock(mutex_);
        news_.wait(lock, [this] { return ends_ || !jobs_.empty(); });
        if (jobs_.empty())
            return;
        const Job job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job.work(*desk_);
        lock.lock();
        bytes_ -= job.bytes;
    }
}

}  // namespace noodstop::hub
