// The way from any thread to the loop's thread. It outlives the loop, so that a thread that was left behind in a call
// that hung for an hour finds a closed box and not a destroyed loop.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

namespace boost::asio {
class io_context;
}

namespace noodstop::run {

class Mailbox {
public:
    explicit Mailbox(boost::asio::io_context& io) : io_(&io) {}

    // Runs `letter` on the loop's thread. Dropped after close(), and where there is no memory for it: an answer that
    // never comes is something that the engine deals with.
    void post(std::function<void()> letter) noexcept;
    void close();

private:
    std::mutex mutex_;
    boost::asio::io_context* io_;
};

using SharedMailbox = std::shared_ptr<Mailbox>;

}  // namespace noodstop::run
