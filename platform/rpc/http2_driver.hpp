// Moves bytes between a stream and an HTTP/2 session, and keeps the session's time. What the session then says is for
// who derives from this: the server's connection and the client.
#pragma once

#include "platform/net/byte_stream.hpp"
#include "platform/rpc/http2_session.hpp"

#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace noodstop::platform {

struct Http2DriverDeadlines {
    std::chrono::milliseconds write = std::chrono::seconds(10);  // for what was given to the stream
    std::chrono::milliseconds linger = std::chrono::seconds(2);  // for the other end to close after us
};

// Handlers of operations hold it, until it is closed.
class Http2Driver : public std::enable_shared_from_this<Http2Driver> {
public:
    Http2Driver(std::unique_ptr<ByteStream> stream, const Http2DriverDeadlines& deadlines);
    virtual ~Http2Driver() = default;
    Http2Driver(const Http2Driver&) = delete;
    Http2Driver& operator=(const Http2Driver&) = delete;

    void begin(std::string_view first_bytes);
    void close_now(const std::string& why);
    bool is_closed() const { return is_closed_; }
    // After the session was given something to do: what is given at a time goes out together.
    void wake();

protected:
    ByteStream& stream() { return *stream_; }
    const ByteStream& stream() const { return *stream_; }

private:
    virtual Http2Session& session() = 0;
    virtual void follow_events() = 0;  // of the session, until it has no more
    virtual void was_closed(const std::string& why) = 0;

    void read();
    void was_read(const boost::system::error_code& error, std::size_t size);
    void settle();
    void write();
    void write_some();
    void was_written(const boost::system::error_code& error, std::size_t size);
    void watch_time();
    void linger();

    static constexpr std::size_t read_size = 16 * 1024;

    std::unique_ptr<ByteStream> stream_;
    Http2DriverDeadlines deadlines_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer write_timer_;
    std::array<char, read_size> read_buffer_;
    std::string unwritten_;
    std::size_t written_ = 0;
    Http2Session::Time deadline_{};
    bool is_writing_ = false;
    bool is_settling_ = false;
    bool is_woken_ = false;
    bool is_lingering_ = false;
    bool is_closed_ = false;
};

}  // namespace noodstop::platform
