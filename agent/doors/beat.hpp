// Calls something again and again, for as long as it lives.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace noodstop::doors {

class Beat {
public:
    Beat(boost::asio::io_context& io, std::chrono::steady_clock::duration interval, std::function<void()> work)
        : timer_(io), interval_(interval), work_(std::make_shared<std::function<void()>>(std::move(work))) {
        wait();
    }
    Beat(const Beat&) = delete;
    Beat& operator=(const Beat&) = delete;

private:
    void wait() {
        timer_.expires_after(interval_);
        // A handler that is queued already when this goes finds no work any more.
        timer_.async_wait([this, alive = std::weak_ptr(work_)](boost::system::error_code error) {
            const auto work = alive.lock();
            if (error || !work)
                return;
            wait();
            (*work)();
        });
    }

    boost::asio::steady_timer timer_;
    std::chrono::steady_clock::duration interval_;
    std::shared_ptr<std::function<void()>> work_;
};

}  // namespace noodstop::doors
