// The thread that has the store: work is handed in with a bound, results come back to the io_context. A disk that is
// slow delays pushes, and what is too much is refused at once instead of piling up.
#pragma once

#include "tools/hub/server/desk.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace noodstop::hub {

struct StoreThreadLimits {
    std::size_t jobs_max = 4'096;
    std::size_t bytes_max = 64 << 20;  // of pushes that wait
};

class StoreThread {
public:
    StoreThread(boost::asio::io_context& io, std::unique_ptr<Desk> desk, StoreThreadLimits limits);
    ~StoreThread();  // does what was handed in, and closes the store in order
    StoreThread(const StoreThread&) = delete;
    StoreThread& operator=(const StoreThread&) = delete;

    // `work` gets the desk on the thread; `done` gets what it returns on the io_context's. False: there is no room for
    // it, and neither is called.
    template <class Work, class Done>
    bool ask(std::size_t bytes, Work work, Done done) {
        // Both move along, so that what they hold ends on the io_context's thread.
        return hand_in(bytes, [io = &io_, work = std::move(work), done = std::move(done)](Desk& desk) mutable {
            auto result = work(desk);
            boost::asio::post(
                *io, [done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
        });
    }
    bool tell(std::function<void(Desk& desk)> work) { return hand_in(0, std::move(work)); }

private:
    struct Job {
        std::size_t bytes = 0;
        std::function<void(Desk& desk)> work;
    };

    bool hand_in(std::size_t bytes, std::function<void(Desk& desk)> work);
    void run();

    boost::asio::io_context& io_;
    std::unique_ptr<Desk> desk_;
    StoreThreadLimits limits_;
    std::mutex mutex_;
    std::condition_variable news_;
    std::deque<Job> jobs_;
    std::size_t bytes_ = 0;
    bool ends_ = false;
    std::thread thread_;
};

}  // namespace noodstop::hub
