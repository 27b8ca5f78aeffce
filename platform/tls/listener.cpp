#include "platform/tls/listener.hpp"

#include "platform/tls/newcomer.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <malloc.h>
#include <map>
#include <netinet/tcp.h>

namespace noodstop::platform::tls {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto accept_pause = std::chrono::milliseconds(100);  // after a failed accept, e.g. no descriptors left
constexpr int keep_alive_idle_seconds = 60;
constexpr int keep_alive_interval_seconds = 15;
constexpr int keep_alive_probes_max = 4;
constexpr auto trim_pause = std::chrono::seconds(10);  // of nobody being here

std::string text_of(const Tcp::endpoint& remote) {
    const std::string address = remote.address().to_string();
    return fmt::format("{}:{}", remote.address().is_v6() ? "[" + address + "]" : address, remote.port());
}

// A stream on which little is said would outlive a machine that lost its power by hours.
void keep_alive(Tcp::socket& socket) {
    const auto set = [&](int level, int name, int value) {
        (void)::setsockopt(socket.native_handle(), level, name, &value, sizeof value);  // it works without, too
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, keep_alive_idle_seconds);
    set(IPPROTO_TCP, TCP_KEEPINTVL, keep_alive_interval_seconds);
    set(IPPROTO_TCP, TCP_KEEPCNT, keep_alive_probes_max);
}

Error listen_error(const ListenerOptions& options, const ErrorCode& error) {
    return {error.value(),
            fmt::format("cannot listen on {} port {}: {}", options.address, options.port, error.message())};
}

}  // namespace

// What is shared with streams that outlive the listener.
struct ListenerPlaces {
    ListenerPlaces(asio::io_context& io, AdmissionLimits limits) : admission(limits), trim_timer(io) {}

    void leave(Admission::Visitor visitor) {
        admission.leave(visitor);
        if (admission.open_count() + admission.handshake_count() == 0)
            trim_later();
    }

    // glibc keeps what connections have freed; an agent that nobody is connected to gives it back.
    void trim_later() {
        trim_timer.expires_after(trim_pause);
        trim_timer.async_wait([](ErrorCode error) {
            if (!error)
                ::malloc_trim(0);
        });
    }

    Admission admission;
    asio::steady_timer trim_timer;
};

struct Listener::Impl : public NewcomerHost, public std::enable_shared_from_this<Listener::Impl> {
    Impl(asio::io_context& io, const Keyring& given_keyring, const ListenerOptions& given_options,
         ListenerHandlers given_handlers)
        : keyring(given_keyring),
          options(given_options),
          handlers(std::move(given_handlers)),
          places(std::make_shared<ListenerPlaces>(io, given_options.limits)),
          acceptor(io),
          pause(io) {}

    Status listen() {
        ErrorCode error;
        const auto address = asio::ip::make_address(options.address, error);
        if (error)
            return Error{EINVAL, fmt::format("\"{}\" is no address to listen on. Cure: an address of this machine, "
                                             "e.g. 0.0.0.0",
                                             options.address)};
        const Tcp::endpoint endpoint(address, options.port);
        acceptor.open(endpoint.protocol(), error);
        if (!error)
            acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
        if (!error)
            acceptor.bind(endpoint, error);
        if (!error)
            acceptor.listen(options.backlog_max, error);
        return error ? Status(listen_error(options, error)) : Status(Done{});
    }

    Status take_over(FileDescriptor bound) {
        Tcp::endpoint endpoint;
        auto size = static_cast<socklen_t>(endpoint.capacity());
        if (::getsockname(bound.number(), endpoint.data(), &size) != 0)
            return system_error(errno, "ask for the address of a socket");
        endpoint.resize(size);
        ErrorCode error;
        acceptor.assign(endpoint.protocol(), bound.number(), error);
        if (!error)
            (void)bound.release();  // it is the acceptor's now
        if (!error)
            acceptor.listen(options.backlog_max, error);
        return error ? Status(listen_error(options, error)) : Status(Done{});
    }

    void accept() {
        acceptor.async_accept([self = shared_from_this()](ErrorCode error, Tcp::socket socket) {
            if (self->is_stopped)
                return;
            if (error)
                return self->accept_later();
            self->admit(std::move(socket));
            self->accept();
        });
    }

    void accept_later() {
        pause.expires_after(accept_pause);
        pause.async_wait([self = shared_from_this()](ErrorCode error) {
            if (!error && !self->is_stopped)
                self->accept();
        });
    }

    void admit(Tcp::socket socket) {
        ErrorCode error;
        const Tcp::endpoint remote = socket.remote_endpoint(error);
        if (error)
            return;  // it has gone already
        const std::string source = source_of(remote.address().to_string());
        const auto verdict = places->admission.arrive(source, std::chrono::steady_clock::now());
        if (const auto* refusal = std::get_if<Refusal>(&verdict))
            return tell(text_of(remote), *refusal, tls::name_of(*refusal));
        const auto& arrival = std::get<Admission::Arrival>(verdict);
        socket.set_option(Tcp::no_delay(true), error);
        keep_alive(socket);
        if (arrival.displaced)
            displace(*arrival.displaced);
        const auto leave = [places = places](Admission::Visitor visitor) { places->leave(visitor); };
        const auto newcomer = std::make_shared<Newcomer>(
            std::move(socket), std::make_shared<Place>(leave, arrival.visitor), weak_from_this());
        newcomers.emplace(arrival.visitor, Known{newcomer, text_of(remote)});
        newcomer->start(options.handshake_deadline);
    }

    void displace(Admission::Visitor visitor) {
        const auto found = newcomers.find(visitor);
        if (found != newcomers.end())
            std::shared_ptr(found->second.newcomer)->refuse(Refusal::displaced, tls::name_of(Refusal::displaced));
    }

    std::shared_ptr<const Context> context() const override { return keyring.context(); }
    Admission& admission() override { return places->admission; }

    void has_opened(Admission::Visitor visitor, std::unique_ptr<Stream> stream) override {
        stream->close_when_idle(options.idle_deadline);
        AcceptedStream accepted{std::move(stream), forget(visitor)};
        if (const auto handler = handlers.accepted)  // a copy: it may destroy the listener
            handler(std::move(accepted));
    }

    void was_refused(Admission::Visitor visitor, Refusal refusal, const std::string& why) override {
        tell(forget(visitor), refusal, why);
    }

    // The address of a newcomer who is one no longer.
    std::string forget(Admission::Visitor visitor) {
        const auto node = newcomers.extract(visitor);
        return node.empty() ? "" : node.mapped().remote;
    }

    void tell(const std::string& remote, Refusal refusal, const std::string& why) {
        if (const auto handler = handlers.refused)
            handler({remote, refusal, why});
    }

    void stop() {
        is_stopped = true;
        handlers = {};
        ErrorCode ignored;
        acceptor.close(ignored);
        pause.cancel();
        for (const auto& [visitor, known] : std::map(newcomers))
            known.newcomer->refuse(Refusal::displaced, "the listener closes");
    }

    struct Known {
        std::shared_ptr<Newcomer> newcomer;
        std::string remote;
    };

    const Keyring& keyring;
    ListenerOptions options;
    ListenerHandlers handlers;
    std::shared_ptr<ListenerPlaces> places;
    Tcp::acceptor acceptor;
    asio::steady_timer pause;
    std::map<Admission::Visitor, Known> newcomers;
    bool is_stopped = false;
};

Result<std::unique_ptr<Listener>> Listener::open(asio::io_context& io, const Keyring& keyring,
                                                 const ListenerOptions& options, ListenerHandlers handlers) {
    const auto impl = std::make_shared<Impl>(io, keyring, options, std::move(handlers));
    if (Status status = impl->listen(); !status)
        return status.error();
    impl->accept();
    return std::make_unique<Listener>(impl);
}

Result<std::unique_ptr<Listener>> Listener::open_on(asio::io_context& io, FileDescriptor bound, const Keyring& keyring,
                                                    const ListenerOptions& options, ListenerHandlers handlers) {
    const auto impl = std::make_shared<Impl>(io, keyring, options, std::move(handlers));
    if (Status status = impl->take_over(std::move(bound)); !status)
        return status.error();
    impl->accept();
    return std::make_unique<Listener>(impl);
}

Listener::Listener(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Listener::~Listener() {
    impl_->stop();
}

std::uint16_t Listener::port() const {
    ErrorCode error;
    return impl_->acceptor.local_endpoint(error).port();
}

std::size_t Listener::open_count() const {
    return impl_->places->admission.open_count();
}

std::size_t Listener::handshake_count() const {
    return impl_->places->admission.handshake_count();
}

}  // namespace noodstop::platform::tls
