// Makes a ByteStream of any Asio stream, e.g. one of TLS over TCP. Each kind of stream is compiled where it is made.
#pragma once

#include "platform/net/byte_stream.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>

#include <memory>
#include <utility>

namespace noodstop::platform {

// The socket below all layers of a stream.
template <class Stream>
auto& socket_below(Stream& stream) {
    if constexpr (requires { stream.next_layer(); })
        return socket_below(stream.next_layer());
    else
        return stream;
}

struct AsyncByteStreamFacts {
    Peer peer;
    std::string application_protocol;
};

// Stream has async_read_some and async_write_some as Asio wants them, and async_shutdown where ending in order takes
// more than the socket.
template <class Stream>
class AsyncByteStream final : public ByteStream {
public:
    AsyncByteStream(std::unique_ptr<Stream> stream, AsyncByteStreamFacts facts)
        : stream_(std::move(stream)), facts_(std::move(facts)) {}
    ~AsyncByteStream() override { AsyncByteStream::close(); }

    void async_read_some(boost::asio::mutable_buffer buffer, Completion completion) override {
        stream_->async_read_some(buffer, std::move(completion));
    }
    void async_write_some(boost::asio::const_buffer buffer, Completion completion) override {
        stream_->async_write_some(buffer, std::move(completion));
    }
    void async_shutdown(Ended ended) override {
        if constexpr (requires { stream_->async_shutdown(ended); }) {
            stream_->async_shutdown(std::move(ended));
        } else {
            boost::system::error_code error;
            socket_below(*stream_).shutdown(boost::asio::socket_base::shutdown_send, error);
            complete(std::move(ended), error);
        }
    }
    // Nobody ends only its own half of such a stream.
    void async_wait_for_hang_up(Ended ended) override { complete(std::move(ended), {}); }
    void close() override {
        boost::system::error_code ignored;
        socket_below(*stream_).close(ignored);
    }
    boost::asio::any_io_executor executor() override { return stream_->get_executor(); }
    int native_handle() const override { return -1; }
    const Peer& peer() const override { return facts_.peer; }
    const std::string& application_protocol() const override { return facts_.application_protocol; }

private:
    void complete(Ended ended, boost::system::error_code error) {
        boost::asio::post(executor(), [ended = std::move(ended), error] { ended(error); });
    }

    std::unique_ptr<Stream> stream_;
    AsyncByteStreamFacts facts_;
};

}  // namespace noodstop::platform
