#include "tests/doors/tls_servers.hpp"

#include "platform/net/tcp.hpp"
#include "platform/tls/byte_stream.hpp"

#include <cstdio>
#include <cstdlib>

namespace noodstop::doors {
namespace {

namespace tls = platform::tls;

template <class Value>
Value must(platform::Result<Value> result) {
    if (result)
        return std::move(*result);
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::abort();
}

std::unique_ptr<tls::Listener> listen(boost::asio::io_context& io, const tls::Keyring& keyring,
                                      const ServerPlace& place,
                                      std::function<void(std::unique_ptr<platform::ByteStream>)> accepted) {
    tls::ListenerOptions options;
    options.port = place.port;
    return must(tls::Listener::open(
        io, keyring, options,
        {[accepted](tls::AcceptedStream stream) { accepted(tls::byte_stream_of(std::move(stream))); }, {}}));
}

platform::RpcLimits hub_limits() {
    platform::RpcLimits limits;
    limits.message_size_max = 4 << 20;
    return limits;
}

platform::HttpServerOptions receiver_options(TlsReceiver& receiver, std::chrono::milliseconds idle_deadline) {
    platform::HttpServerOptions options;
    options.limits.body_size_max = 4 << 20;
    options.limits.idle_deadline = idle_deadline;
    options.handler = [&receiver](platform::HttpRequest request,
                                  const std::shared_ptr<platform::HttpExchange>& exchange) {
        receiver.requests.push_back(std::move(request));
        exchange->respond(receiver.response);
    };
    return options;
}

}  // namespace

TlsHub::TlsHub(boost::asio::io_context& io, const ServerPlace& place, const std::vector<std::string>& protocols)
    : keyring_(testing::server_keyring(place.certificate, protocols)),
      server_(io, {hub_limits(),
                   {{codec::path::push,
                     {platform::RpcShape::unary, false,
                      [this](const platform::RpcCall& call, const std::shared_ptr<platform::RpcResponder>& responder) {
                          push(call, responder);
                      }}}},
                   {}}),
      listener_(listen(io, keyring_, place, [this](std::unique_ptr<platform::ByteStream> stream) {
          ++connection_count;
          server_.serve(std::move(stream));
      })) {}

void TlsHub::push(const platform::RpcCall& call, const std::shared_ptr<platform::RpcResponder>& responder) {
    auto push = codec::decode_push(call.message);
    if (!push)
        return responder->fail({platform::RpcCode::invalid_argument, push.problem});
    pushes.push_back(*push);
    agents.push_back(platform::certificate_of(call.peer)->common_name);
    if (stays_silent)
        return unanswered_.push_back(responder);
    if (refusal)
        return responder->fail(*refusal);
    core::HubAnswer answer;
    answer.facts = {true, push->batch.facts.empty() ? push->batch.facts.after : push->batch.facts.end()};
    answer.samples = {true, push->batch.samples.empty() ? push->batch.samples.after : push->batch.samples.end()};
    responder->answer(codec::encode_hub_answer(answer));
}

TlsReceiver::TlsReceiver(boost::asio::io_context& io, const ReceiverOptions& options)
    : keyring_(testing::server_keyring(options.place.certificate, {"http/1.1"})),
      server_(io, receiver_options(*this, options.idle_deadline)) {
    const auto serve = [this](std::unique_ptr<platform::ByteStream> stream) {
        ++connection_count;
        server_.serve(std::move(stream));
    };
    if (options.encrypted) {
        listener_ = listen(io, keyring_, options.place, serve);
        port_ = listener_->port();
        return;
    }
    platform::ListenTcpOptions plain;
    plain.endpoint.port = options.place.port;
    platform::FileDescriptor socket = must(platform::listen_tcp(plain));
    port_ = must(platform::port_of(socket.number()));
    acceptor_ = std::make_unique<platform::Acceptor>(io, std::move(socket), serve);
}

}  // namespace noodstop::doors
