#include "agent/run/mailbox.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <new>
#include <utility>

namespace noodstop::run {

void Mailbox::post(std::function<void()> letter) noexcept {
    const std::lock_guard guard(mutex_);
    if (!io_)
        return;
    try {
        boost::asio::post(*io_, std::move(letter));
    } catch (const std::bad_alloc&) {
    }
}

void Mailbox::close() {
    const std::lock_guard guard(mutex_);
    io_ = nullptr;
}

}  // namespace noodstop::run
