// Connects to a server by name and shakes hands, within one deadline for all of it.
#pragma once

#include "platform/tls/context.hpp"
#include "platform/tls/stream.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace noodstop::platform::tls {

struct DialOptions {
    Target target;  // by name or address, and for this the server's certificate must be
    std::chrono::milliseconds deadline = std::chrono::seconds(15);
};

class Dialer {
public:
    // An error says in one sentence who was to be reached and what went wrong.
    using Handler = std::function<void(Result<std::unique_ptr<Stream>> stream)>;

    explicit Dialer(boost::asio::io_context& io) : io_(io) {}
    ~Dialer() { cancel(); }
    Dialer(const Dialer&) = delete;
    Dialer& operator=(const Dialer&) = delete;

    // `context` is a client's. Calls the handler once, on the io_context's thread and never from within this call. One
    // at a time: a call before that ends the one under way, whose handler is then not called.
    void dial(std::shared_ptr<const Context> context, const DialOptions& options, Handler handler);
    void cancel();

private:
    struct Attempt;
    boost::asio::io_context& io_;
    std::shared_ptr<Attempt> attempt_;
};

}  // namespace noodstop::platform::tls
