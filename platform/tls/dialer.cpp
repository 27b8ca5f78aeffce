#include "platform/tls/dialer.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include <cerrno>

namespace noodstop::platform::tls {

using Tcp = boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// Handlers hold it; `handler` is empty as soon as it was called or nobody waits for it any more.
struct Dialer::Attempt : std::enable_shared_from_this<Dialer::Attempt> {
    Attempt(boost::asio::io_context& io, std::shared_ptr<const Context> given_context, const DialOptions& given_options,
            Handler given_handler)
        : context(std::move(given_context)),
          options(given_options),
          handler(std::move(given_handler)),
          resolver(io),
          socket(io),
          timer(io) {}

    void start() {
        give_up_at = std::chrono::steady_clock::now() + options.deadline;
        timer.expires_at(give_up_at);
        timer.async_wait([self = shared_from_this()](ErrorCode error) {
            if (!error)
                self->fail(ETIMEDOUT, "no connection within the deadline");
        });
        resolver.async_resolve(options.target.host, std::to_string(options.target.port), Tcp::resolver::numeric_service,
                               [self = shared_from_this()](ErrorCode error, const Tcp::resolver::results_type& found) {
                                   self->connect(error, found);
                               });
    }

    void connect(const ErrorCode& error, const Tcp::resolver::results_type& found) {
        if (!handler)
            return;
        if (error)
            return fail(error.value(), "its address can't be found: " + error.message());
        boost::asio::async_connect(socket, found, [self = shared_from_this()](ErrorCode outcome, const Tcp::endpoint&) {
            self->shake_hands(outcome);
        });
    }

    void shake_hands(const ErrorCode& error) {
        if (!handler)
            return;
        if (error)
            return fail(error.value(), error.message());
        ErrorCode ignored;  // slower, but no worse
        socket.set_option(Tcp::no_delay(true), ignored);
        socket.set_option(boost::asio::socket_base::keep_alive(true), ignored);
        timer.cancel();
        stream = std::make_unique<Stream>(std::move(socket), Engine(context, options.target));
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(give_up_at - std::chrono::steady_clock::now());
        stream->async_handshake(std::max(left, std::chrono::milliseconds(0)),
                                [self = shared_from_this()](ErrorCode outcome) { self->finish(outcome); });
    }

    void finish(const ErrorCode& error) {
        if (!handler)
            return;
        if (error == boost::asio::error::timed_out)
            return fail(ETIMEDOUT, "no TLS handshake within the deadline");
        if (error)
            return fail(EPROTO, stream->problem().empty() ? error.message() : stream->problem());
        tell(std::move(stream));
    }

    void fail(int number, const std::string& why) {
        tell(Error{number,
                   fmt::format("cannot connect to {} port {}: {}", options.target.host, options.target.port, why)});
    }

    void tell(Result<std::unique_ptr<Stream>> result) {
        const Handler told = std::exchange(handler, {});
        abandon();
        if (told)
            told(std::move(result));
    }

    void abandon() {
        handler = {};
        resolver.cancel();
        timer.cancel();
        stream.reset();
        ErrorCode ignored;  // nothing is left to do with a socket that doesn't close well
        socket.close(ignored);
    }

    std::shared_ptr<const Context> context;
    DialOptions options;
    Handler handler;
    Tcp::resolver resolver;
    Tcp::socket socket;
    StreamCore::Timer timer;
    std::unique_ptr<Stream> stream;
    StreamCore::Timer::time_point give_up_at{};
};

void Dialer::dial(std::shared_ptr<const Context> context, const DialOptions& options, Handler handler) {
    cancel();
    attempt_ = std::make_shared<Attempt>(io_, std::move(context), options, std::move(handler));
    attempt_->start();
}

void Dialer::cancel() {
    if (const auto attempt = std::exchange(attempt_, nullptr))
        attempt->abandon();
}

}  // namespace noodstop::platform::tls
