#include "tests/tls/echo_server.hpp"

#include <boost/asio/write.hpp>

#include <cstdio>
#include <cstdlib>

namespace noodstop::testing {
namespace {

using platform::tls::Stream;
using ErrorCode = boost::system::error_code;

// Held by what is pending.
struct Echo : std::enable_shared_from_this<Echo> {
    Echo(std::unique_ptr<Stream> given_stream, std::shared_ptr<EchoLife> given_life, const EchoOptions& given_options)
        : stream(std::move(given_stream)), life(std::move(given_life)), options(given_options) {}

    void read() {
        bytes.resize(options.read_size);
        stream->async_read_some(
            boost::asio::buffer(bytes),
            [self = shared_from_this()](ErrorCode error, std::size_t size) { self->was_read(error, size); });
    }

    void was_read(ErrorCode error, std::size_t size) {
        if (error)
            return end(error);
        life->bytes += size;
        bytes.resize(size);
        boost::asio::async_write(*stream, boost::asio::buffer(bytes),
                                 [self = shared_from_this()](ErrorCode outcome, std::size_t) {
                                     if (outcome)
                                         self->end(outcome);
                                     else if (self->options.closes_after_first)
                                         self->shut_down();
                                     else
                                         self->read();
                                 });
    }

    void shut_down() {
        stream->async_shutdown(std::chrono::seconds(30),
                               [self = shared_from_this()](ErrorCode error) { self->end(error); });
    }

    void end(ErrorCode error) {
        life->ended = error;
        life->is_over = true;
    }

    std::unique_ptr<Stream> stream;
    std::shared_ptr<EchoLife> life;
    EchoOptions options;
    std::string bytes;
};

}  // namespace

EchoServer::EchoServer(boost::asio::io_context& io, const platform::tls::Keyring& keyring, EchoOptions options) {
    auto opened = platform::tls::Listener::open(
        io, keyring, options.listener,
        {.accepted =
             [this, options](platform::tls::AcceptedStream accepted) {
                 lives_.push_back(std::make_shared<EchoLife>());
                 lives_.back()->peer = accepted.stream->peer();
                 std::make_shared<Echo>(std::move(accepted.stream), lives_.back(), options)->read();
             },
         .refused = [this](const platform::tls::RefusedConnection& refused) { refused_.push_back(refused); }});
    if (!opened) {
        std::fprintf(stderr, "%s\n", opened.error().message.c_str());
        std::abort();
    }
    listener_ = std::move(*opened);
}

EchoServer::~EchoServer() = default;

std::string EchoServer::why_refused() const {
    return refused_.size() == 1 ? refused_.front().why : std::to_string(refused_.size()) + " were refused";
}

}  // namespace noodstop::testing
