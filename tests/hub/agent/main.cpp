// An agent that is nothing but its uplink: a made-up history, the session and the client as they are in production.
// Ends with 0 when the hub has acknowledged everything.
#include "platform/rpc/grpc_client.hpp"
#include "platform/tls/byte_stream.hpp"
#include "platform/tls/dialer.hpp"
#include "platform/tls/keyring.hpp"
#include "proto/codec/uplink_codec.hpp"
#include "tests/hub/agent/made_up_spool.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdio>
#include <memory>
#include <random>

namespace noodstop::test {
namespace {

using namespace std::chrono_literals;
using platform::tls::Keyring;

struct Arguments {
    std::string agent;
    std::uint16_t port = 0;
    platform::tls::CredentialFiles files;
    MadeUpHistory history;
};

doors::UplinkTimes hurried_times() {
    doors::UplinkTimes times;
    times.poll_interval = 100ms;
    times.back_off_first = 50ms;
    times.back_off_max = 500ms;
    times.retry_after_max = 500ms;
    return times;
}

doors::PushRefusal refusal_of(const platform::RpcError& error) {
    if (error.code == platform::RpcCode::resource_exhausted)
        return doors::PushRefusal::too_much;
    return error.code == platform::RpcCode::unavailable ? doors::PushRefusal::failed : doors::PushRefusal::wrong;
}

class StandIn {
public:
    StandIn(const Arguments& arguments, const Keyring& keyring)
        : arguments_(arguments),
          keyring_(keyring),
          spool_(arguments.history),
          session_(hurried_times(), {}, [this] { return random_(); }) {}

    void run() {
        carry_out(session_.begin(now()));
        io_.run();
    }

private:
    static core::Duration now() {
        return std::chrono::duration_cast<core::Duration>(std::chrono::steady_clock::now().time_since_epoch());
    }

    void carry_out(const doors::UplinkActions& actions) {
        for (const doors::UplinkAction& action : actions)
            std::visit([this](const auto& wanted) { carry_out(wanted); }, action);
        timer_.expires_at(std::chrono::steady_clock::time_point(session_.due_at()));
        timer_.async_wait([this](boost::system::error_code error) {
            if (!error)
                carry_out(session_.turn(now()));
        });
    }

    void carry_out(const doors::Dial&) {
        const platform::tls::DialOptions options{.target = {"localhost", arguments_.port}};
        dialer_.dial(keyring_.context(), options,
                     [this](platform::Result<std::unique_ptr<platform::tls::Stream>> stream) {
                         if (!stream)
                             return carry_out(session_.disconnected(now(), stream.error().message));
                         client_ = std::make_unique<platform::GrpcClient>(
                             platform::tls::byte_stream_of(std::move(*stream)), platform::GrpcClientOptions{},
                             [this](const std::string& why) { carry_out(session_.disconnected(now(), why)); });
                         carry_out(session_.connected(now()));
                     });
    }

    // It may be the client that calls.
    void carry_out(const doors::HangUp&) {
        dialer_.cancel();
        boost::asio::post(io_, [old = std::shared_ptr<platform::GrpcClient>(std::move(client_))] {});
    }

    void carry_out(const doors::AskSpool& question) {
        if (spool_.is_done())
            return io_.stop();
        boost::asio::post(
            io_, [this, batch = spool_.next(question.sizes)] { carry_out(session_.batch_came(now(), batch)); });
    }

    void carry_out(const doors::PushBatch& push) {
        platform::GrpcRequest request;
        request.path = codec::path::push;
        request.message = codec::encode_push({arguments_.agent, push.batch, std::nullopt});
        request.is_compressed = true;
        client_->call(request, [this](platform::GrpcResult result) { was_answered(std::move(result)); });
    }

    void was_answered(platform::GrpcResult result) {
        if (const auto* error = std::get_if<platform::RpcError>(&result))
            return carry_out(session_.refused(now(), refusal_of(*error), error->message, std::nullopt));
        const auto answer = codec::decode_hub_answer(std::get<std::string>(result));
        if (!answer)
            return carry_out(session_.refused(now(), doors::PushRefusal::failed, answer.problem, std::nullopt));
        carry_out(session_.answered(now(), *answer.value));
    }

    void carry_out(const doors::HandBack& back) {
        spool_.answered(back.answer);
        boost::asio::post(io_, [this] { carry_out(session_.handed_back(now())); });
    }

    const Arguments& arguments_;
    const Keyring& keyring_;
    std::mt19937_64 random_{std::random_device{}()};
    boost::asio::io_context io_{1};
    boost::asio::steady_timer timer_{io_};
    platform::tls::Dialer dialer_{io_};
    std::unique_ptr<platform::GrpcClient> client_;
    MadeUpSpool spool_;
    doors::UplinkSession session_;
};

int run(const Arguments& arguments) {
    platform::tls::ContextOptions options;
    options.protocols = {"h2"};
    const auto keyring = Keyring::load(arguments.files, options);
    if (!keyring) {
        std::fprintf(stderr, "%s\n", keyring.error().message.c_str());
        return 1;
    }
    StandIn(arguments, *keyring).run();
    return 0;
}

}  // namespace
}  // namespace noodstop::test

int main(int count, char** texts) {
    CLI::App app("An agent that is nothing but its uplink");
    noodstop::test::Arguments arguments;
    app.add_option("--agent", arguments.agent)->required();
    app.add_option("--port", arguments.port)->required();
    app.add_option("--certificate", arguments.files.certificate)->required();
    app.add_option("--key", arguments.files.key)->required();
    app.add_option("--authorities", arguments.files.authorities)->required();
    app.add_option("--entries", arguments.history.entries);
    app.add_option("--epoch", arguments.history.epoch);
    app.add_option("--batch", arguments.history.batch_max);
    CLI11_PARSE(app, count, texts);
    return noodstop::test::run(arguments);
}
