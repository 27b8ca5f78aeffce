#include "platform/rpc/http2_driver.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

namespace noodstop::platform {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Clock = std::chrono::steady_clock;

}  // namespace

Http2Driver::Http2Driver(std::unique_ptr<ByteStream> stream, const Http2DriverDeadlines& deadlines)
    : stream_(std::move(stream)),
      deadlines_(deadlines),
      timer_(stream_->executor()),
      write_timer_(stream_->executor()) {}

void Http2Driver::begin(std::string_view first_bytes) {
    session().receive(first_bytes, Clock::now());
    read();
    settle();
}

void Http2Driver::close_now(const std::string& why) {
    if (std::exchange(is_closed_, true))
        return;
    const auto self = shared_from_this();
    timer_.cancel();
    write_timer_.cancel();
    stream_->close();
    was_closed(why);
}

void Http2Driver::wake() {
    if (is_settling_ || is_closed_ || std::exchange(is_woken_, true))
        return;
    asio::post(stream_->executor(), [self = shared_from_this()] {
        self->is_woken_ = false;
        self->settle();
    });
}

void Http2Driver::read() {
    if (is_closed_)
        return;
    stream_->async_read_some(
        asio::buffer(read_buffer_),
        [self = shared_from_this()](ErrorCode error, std::size_t size) { self->was_read(error, size); });
}

void Http2Driver::was_read(const ErrorCode& error, std::size_t size) {
    if (is_closed_)
        return;
    if (error == asio::error::eof)  // HTTP/2 knows no half of a connection
        return close_now("the other end closed the connection");
    if (error)
        return close_now("the connection was lost: " + error.message());
    if (!is_lingering_)
        session().receive({read_buffer_.data(), size}, Clock::now());
    read();
    settle();
}

// Follows what the session says, until it says no more.
void Http2Driver::settle() {
    if (is_closed_ || std::exchange(is_settling_, true))
        return;
    follow_events();
    write();
    is_settling_ = false;
    if (!is_closed_ && !is_lingering_)
        watch_time();
}

void Http2Driver::write() {
    while (!is_writing_ && !is_closed_) {
        unwritten_ = session().take_output(Clock::now());
        if (unwritten_.empty())
            break;
        write_timer_.expires_after(deadlines_.write);
        write_timer_.async_wait([self = shared_from_this()](ErrorCode error) {
            if (!error && self->write_timer_.expiry() <= Clock::now())
                self->close_now("the other end reads too slowly");
        });
        written_ = 0;
        is_writing_ = true;
        write_some();
        follow_events();
    }
    if (!is_writing_ && !is_closed_ && session().is_over())
        linger();
}

void Http2Driver::write_some() {
    stream_->async_write_some(
        asio::buffer(unwritten_.data() + written_, unwritten_.size() - written_),
        [self = shared_from_this()](ErrorCode error, std::size_t size) { self->was_written(error, size); });
}

void Http2Driver::was_written(const ErrorCode& error, std::size_t size) {
    if (is_closed_)
        return;
    if (error)
        return close_now("the connection was lost: " + error.message());
    written_ += size;
    if (written_ < unwritten_.size())
        return write_some();
    is_writing_ = false;
    write_timer_.expires_at(Clock::time_point::max());
    settle();
}

void Http2Driver::watch_time() {
    const Clock::time_point deadline = session().deadline();
    if (deadline == deadline_)
        return;
    deadline_ = deadline;
    timer_.expires_at(deadline);
    timer_.async_wait([self = shared_from_this()](ErrorCode error) {
        if (error || self->is_closed_ || self->is_lingering_)
            return;
        self->deadline_ = {};
        self->session().expire(Clock::now());
        self->settle();
    });
}

// The last words, e.g. why the connection ends, would be lost if the socket were closed with something unread in it.
void Http2Driver::linger() {
    if (std::exchange(is_lingering_, true))
        return;
    timer_.expires_after(deadlines_.linger);
    timer_.async_wait([self = shared_from_this()](ErrorCode error) {
        if (!error)
            self->close_now("the connection is over");
    });
    stream_->async_shutdown([self = shared_from_this()](ErrorCode error) {
        if (error)
            self->close_now("the connection is over");
    });
}

}  // namespace noodstop::platform
