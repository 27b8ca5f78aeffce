#include "agent/doors/tls_byte_stream.hpp"

#include <boost/asio/post.hpp>

namespace noodstop::doors {
namespace {

constexpr auto farewell_deadline = std::chrono::seconds(5);

class TlsByteStream final : public platform::ByteStream {
public:
    TlsByteStream(std::unique_ptr<platform::tls::Stream> stream, platform::Peer peer)
        : stream_(std::move(stream)), peer_(std::move(peer)) {}

    void async_read_some(boost::asio::mutable_buffer buffer, Completion completion) override {
        stream_->async_read_some(buffer, std::move(completion));
    }
    void async_write_some(boost::asio::const_buffer buffer, Completion completion) override {
        stream_->async_write_some(buffer, std::move(completion));
    }
    void async_shutdown(Ended ended) override { stream_->async_shutdown(farewell_deadline, std::move(ended)); }
    // Nobody ends only its own half of such a stream.
    void async_wait_for_hang_up(Ended ended) override {
        boost::asio::post(executor(), [ended = std::move(ended)] { ended({}); });
    }
    void close() override { stream_->close(); }
    boost::asio::any_io_executor executor() override { return stream_->get_executor(); }
    int native_handle() const override { return -1; }
    const platform::Peer& peer() const override { return peer_; }
    const std::string& application_protocol() const override { return stream_->peer().protocol; }

private:
    std::unique_ptr<platform::tls::Stream> stream_;
    platform::Peer peer_;
};

}  // namespace

std::unique_ptr<platform::ByteStream> byte_stream_of(std::unique_ptr<platform::tls::Stream> stream,
                                                     platform::Peer peer) {
    return std::make_unique<TlsByteStream>(std::move(stream), std::move(peer));
}

}  // namespace noodstop::doors
