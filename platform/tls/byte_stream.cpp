#include "platform/tls/byte_stream.hpp"

#include <boost/asio/post.hpp>

namespace noodstop::platform::tls {
namespace {

constexpr auto goodbye_deadline = std::chrono::seconds(2);  // for close_notify to leave

class TlsByteStream final : public ByteStream {
public:
    TlsByteStream(std::unique_ptr<Stream> stream, platform::Peer peer)
        : stream_(std::move(stream)), peer_(std::move(peer)), protocol_(stream_->peer().protocol) {}

    void async_read_some(boost::asio::mutable_buffer buffer, Completion completion) override {
        stream_->async_read_some(buffer, std::move(completion));
    }
    void async_write_some(boost::asio::const_buffer buffer, Completion completion) override {
        stream_->async_write_some(buffer, std::move(completion));
    }
    void async_shutdown(Ended ended) override { stream_->async_shutdown(goodbye_deadline, std::move(ended)); }
    // Who has said close_notify neither sends nor, in practice, reads any more.
    void async_wait_for_hang_up(Ended ended) override {
        boost::asio::post(stream_->get_executor(), [ended = std::move(ended)] { ended({}); });
    }
    void close() override { stream_->close(); }
    boost::asio::any_io_executor executor() override { return stream_->get_executor(); }
    int native_handle() const override { return -1; }
    const platform::Peer& peer() const override { return peer_; }
    const std::string& application_protocol() const override { return protocol_; }

private:
    std::unique_ptr<Stream> stream_;
    platform::Peer peer_;
    std::string protocol_;
};

}  // namespace

std::unique_ptr<ByteStream> byte_stream_of(AcceptedStream accepted) {
    const CertificateFacts& facts = accepted.stream->peer().certificate;
    platform::Peer peer{std::move(accepted.remote),
                        ClientCertificate{facts.common_name, facts.uris, facts.fingerprint}};
    return std::make_unique<TlsByteStream>(std::move(accepted.stream), std::move(peer));
}

std::unique_ptr<ByteStream> byte_stream_of(std::unique_ptr<Stream> dialled) {
    return std::make_unique<TlsByteStream>(std::move(dialled), platform::Peer{});
}

}  // namespace noodstop::platform::tls
