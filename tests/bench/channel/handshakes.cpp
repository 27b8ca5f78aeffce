// Handshakes: our listener and dialer on mbedTLS against Asio's stream on OpenSSL, for the benchmark `channel`. Both
// ends in one process, a thread each; mutual authentication, ECDSA on P-256, TLS 1.2 with
// ECDHE-ECDSA-AES128-GCM-SHA256 over X25519; OpenSSL at 1.3 too.
//
// usage: bench_handshakes FOLDER KIND SECONDS    KIND: ours, openssl or openssl13, each with -resumed or without
//
// Prints one line of JSON: handshakes, seconds, and the processor time of both ends in milliseconds for each.
#include "platform/tls/dialer.hpp"
#include "platform/tls/listener.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace {

using namespace noodstop::platform;
namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using ErrorCode = boost::system::error_code;

constexpr const char* suite = "ECDHE-ECDSA-AES128-GCM-SHA256";
constexpr const char* groups = "X25519:P-256";

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "bench_handshakes: %s\n", why.c_str());
    std::exit(1);
}

void need(bool condition, const char* why) {
    if (!condition)
        give_up(why);
}

double processor_milliseconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

struct Plan {
    std::string folder;
    bool is_resumed = false;
    bool is_1_3 = false;
    double seconds = 1;
};

// One end of the benchmark as a thread that runs its loop.
class ServerThread {
public:
    explicit ServerThread(asio::io_context& io)
        : io_(io), thread_([this] {
              io_.run();
              milliseconds_ = processor_milliseconds();
          }) {}
    double stop() {
        io_.stop();
        thread_.join();
        return milliseconds_;
    }

private:
    asio::io_context& io_;
    double milliseconds_ = 0;
    std::thread thread_;
};

// Shakes hands one after the other until the time is up.
class Client {
public:
    explicit Client(const Plan& given) : plan(given) {}
    virtual ~Client() = default;
    virtual void shake_hands() = 0;  // then done(), or give_up()

    void run() {
        shake_hands();  // one to warm up, which also leaves a session
        io.run();
        io.restart();
        end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(plan.seconds));
        count = 0;
        shake_hands();
        io.run();
    }

    asio::io_context io{1};
    std::size_t count = 0;

protected:
    void done(bool was_resumed) {
        need(end == Clock::time_point{} || was_resumed == plan.is_resumed, "a session was resumed or not, wrongly");
        ++count;
        if (Clock::now() < end)
            asio::post(io, [this] { shake_hands(); });
    }
    Plan plan;

private:
    Clock::time_point end{};
};

// ---- ours ----

tls::Keyring keyring_of(const Plan& plan, const char* name, tls::Role role) {
    const std::string begin = plan.folder + "/" + name;
    tls::ContextOptions options{.role = role, .protocols = {"h2"}};
    if (!plan.is_resumed)
        options.session_lifetime = std::chrono::seconds(0);
    auto keyring = tls::Keyring::load({begin + ".pem", begin + ".key", plan.folder + "/ca.pem"}, options);
    if (!keyring)
        give_up(keyring.error().message);
    return *keyring;
}

class OurClient : public Client {
public:
    OurClient(const Plan& given, std::uint16_t port)
        : Client(given), keyring_(keyring_of(given, "client", tls::Role::client)), dialer_(io), port_(port) {}

    void shake_hands() override {
        dialer_.dial(keyring_.context(), {.target = {"localhost", port_}}, [this](auto stream) {
            if (!stream)
                give_up(stream.error().message);
            done((*stream)->peer().is_resumed);
        });
    }

private:
    tls::Keyring keyring_;
    tls::Dialer dialer_;
    std::uint16_t port_;
};

struct OurServer {
    explicit OurServer(const Plan& plan) : keyring(keyring_of(plan, "server", tls::Role::server)) {
        constexpr std::uint32_t many = 100'000'000;
        tls::ListenerOptions options;
        options.limits = {many, many, many, {many, many}, {many, many}, many};
        auto opened = tls::Listener::open(io, keyring, options, {[](tls::AcceptedStream) {}, {}});
        if (!opened)
            give_up(opened.error().message);
        listener = std::move(*opened);
    }
    std::uint16_t port() const { return listener->port(); }

    asio::io_context io{1};
    tls::Keyring keyring;
    std::unique_ptr<tls::Listener> listener;
};

// ---- Asio on OpenSSL ----

asio::ssl::context openssl_context(const Plan& plan, const char* name, bool is_server) {
    asio::ssl::context context(is_server ? asio::ssl::context::tls_server : asio::ssl::context::tls_client);
    context.use_certificate_chain_file(plan.folder + "/" + name + ".pem");
    context.use_private_key_file(plan.folder + "/" + name + ".key", asio::ssl::context::pem);
    context.load_verify_file(plan.folder + "/ca.pem");
    context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    SSL_CTX* native = context.native_handle();
    const int version = plan.is_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
    need(SSL_CTX_set_min_proto_version(native, version) == 1 && SSL_CTX_set_max_proto_version(native, version) == 1 &&
             SSL_CTX_set_cipher_list(native, suite) == 1 && SSL_CTX_set1_groups_list(native, groups) == 1,
         "OpenSSL does not take the settings");
    const unsigned char mark[] = "bench";
    need(SSL_CTX_set_session_id_context(native, mark, sizeof mark) == 1, "no session context");
    if (!plan.is_resumed)
        SSL_CTX_set_options(native, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(native, is_server ? SSL_SESS_CACHE_OFF : SSL_SESS_CACHE_CLIENT);
    return context;
}

using OpensslStream = asio::ssl::stream<Tcp::socket>;

// Says a byte once the handshake is done, so that a client reads what 1.3 sends after it: the ticket.
class OpensslServer {
public:
    explicit OpensslServer(const Plan& plan)
        : context_(openssl_context(plan, "server", true)), acceptor_(io, {asio::ip::address_v4::loopback(), 0}) {
        accept();
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    asio::io_context io{1};

private:
    void accept() {
        acceptor_.async_accept([this](ErrorCode error, Tcp::socket socket) {
            if (error)
                return;
            socket.set_option(Tcp::no_delay(true));
            auto stream = std::make_shared<OpensslStream>(std::move(socket), context_);
            stream->async_handshake(asio::ssl::stream_base::server, [this, stream](ErrorCode failure) {
                if (!failure)
                    asio::async_write(*stream, asio::buffer(&byte_, 1), [stream](ErrorCode, std::size_t) {});
            });
            accept();
        });
    }

    asio::ssl::context context_;
    Tcp::acceptor acceptor_;
    char byte_ = 'x';
};

class OpensslClient : public Client {
public:
    OpensslClient(const Plan& given, std::uint16_t port)
        : Client(given), context_(openssl_context(given, "client", false)), port_(port) {
        present = this;  // what a context may carry along is Asio's
        SSL_CTX_sess_set_new_cb(context_.native_handle(), [](SSL*, SSL_SESSION* session) {
            present->session_.reset(session);
            return 1;  // it is ours now
        });
    }

    void shake_hands() override {
        stream_ = std::make_shared<OpensslStream>(io, context_);
        SSL* native = stream_->native_handle();
        need(SSL_set1_host(native, "localhost") == 1 && SSL_set_tlsext_host_name(native, "localhost") == 1, "host");
        if (plan.is_resumed && session_)
            need(SSL_set_session(native, session_.get()) == 1, "session");
        auto& socket = stream_->next_layer();
        socket.async_connect({asio::ip::address_v4::loopback(), port_}, [this](ErrorCode error) {
            need(!error, "no connection");
            stream_->next_layer().set_option(Tcp::no_delay(true));
            stream_->async_handshake(asio::ssl::stream_base::client, [this](ErrorCode failure) {
                if (failure)
                    give_up(failure.message());
                stream_->async_read_some(asio::buffer(&byte_, 1), [this](ErrorCode, std::size_t) {
                    const bool was_resumed = SSL_session_reused(stream_->native_handle()) == 1;
                    // Else the session would count as one that ended badly.
                    SSL_set_shutdown(stream_->native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
                    stream_.reset();
                    done(was_resumed);
                });
            });
        });
    }

private:
    inline static OpensslClient* present = nullptr;
    asio::ssl::context context_;
    std::uint16_t port_;
    std::shared_ptr<OpensslStream> stream_;
    std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)> session_{nullptr, SSL_SESSION_free};
    char byte_ = 0;
};

template <class Server, class OneClient>
int measure(const Plan& plan) {
    Server server(plan);
    OneClient client(plan, server.port());
    ServerThread thread(server.io);
    const double client_before = processor_milliseconds();
    const auto began = Clock::now();
    client.run();
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    const double client_milliseconds = processor_milliseconds() - client_before;
    const double server_milliseconds = thread.stop();
    const auto count = static_cast<double>(client.count);
    std::printf("{\"handshakes\": %zu, \"seconds\": %.6f, \"server_ms\": %.4f, \"client_ms\": %.4f}\n", client.count,
                seconds, server_milliseconds / count, client_milliseconds / count);
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    std::signal(SIGPIPE, SIG_IGN);
    need(count == 4, "usage: bench_handshakes FOLDER KIND SECONDS");
    std::string kind = arguments[2];
    Plan plan{.folder = arguments[1], .seconds = std::atof(arguments[3])};
    if (const std::size_t mark = kind.find("-resumed"); mark != std::string::npos) {
        plan.is_resumed = true;
        kind.resize(mark);
    }
    plan.is_1_3 = kind == "openssl13";
    if (kind == "ours")
        return measure<OurServer, OurClient>(plan);
    need(kind == "openssl" || plan.is_1_3, "no such kind");
    return measure<OpensslServer, OpensslClient>(plan);
}
