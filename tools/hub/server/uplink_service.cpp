#include "tools/hub/server/uplink_service.hpp"

#include "platform/rpc/proto_wire.hpp"
#include "proto/codec/uplink_codec.hpp"
#include "tools/hub/server/admission.hpp"
#include "tools/hub/server/moment.hpp"

namespace noodstop::hub {
namespace {

using platform::RpcCode;
using platform::RpcError;
using PushResult = std::variant<std::string, RpcError>;

// google.rpc.RetryInfo{retry_delay = 1}, a google.protobuf.Duration{seconds = 1, nanos = 2}.
std::string retry_info(core::Duration delay) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(delay);
    const auto rest = std::chrono::nanoseconds(delay - seconds);
    const std::string duration = platform::ProtoWriter()
                                     .number(1, static_cast<std::uint64_t>(seconds.count()))
                                     .number(2, static_cast<std::uint64_t>(rest.count()))
                                     .take();
    return platform::ProtoWriter().bytes(1, duration).take();
}

RpcCode code_of(RefusalKind kind) {
    switch (kind) {
        case RefusalKind::invalid:
            return RpcCode::invalid_argument;
        case RefusalKind::exhausted:
            return RpcCode::resource_exhausted;
        case RefusalKind::unavailable:
            return RpcCode::unavailable;
    }
    return RpcCode::internal;
}

// On the store's thread. `agent` is whom the certificate is of.
PushResult take_push(Desk& desk, const std::string& message, const std::string& agent) {
    const auto push = codec::decode_push(message);
    if (!push)
        return RpcError{RpcCode::invalid_argument, push.problem, {}};
    if (push.value->agent != agent)
        return RpcError{RpcCode::permission_denied,
                        "the push is of agent " + push.value->agent + ", the certificate of agent " + agent,
                        {}};
    const IntakeAnswer answer = desk.take(*push.value, desk_moment());
    if (const auto* refusal = std::get_if<Refusal>(&answer))
        return error_of(*refusal);
    return codec::encode_hub_answer(std::get<core::HubAnswer>(answer));
}

void answer_push(platform::RpcResponder& responder, PushResult result) {
    if (auto* error = std::get_if<RpcError>(&result))
        responder.fail(std::move(*error));
    else
        responder.answer(std::get<std::string>(std::move(result)));
}

}  // namespace

RpcError error_of(const Refusal& refusal) {
    RpcError error{code_of(refusal.kind), refusal.message, {}};
    if (refusal.retry_after > core::Duration{0})
        error.details.push_back({"google.rpc.RetryInfo", retry_info(refusal.retry_after)});
    return error;
}

void UplinkService::add_to(platform::ServiceTable& table) {
    table[codec::path::push] = {platform::RpcShape::unary, false,
                                [this](platform::RpcCall call, std::shared_ptr<platform::RpcResponder> responder) {
                                    push(std::move(call), std::move(responder));
                                }};
}

void UplinkService::push(platform::RpcCall call, std::shared_ptr<platform::RpcResponder> responder) {
    const auto role = role_of(call.peer);
    if (!role)
        return responder->fail({RpcCode::permission_denied, role.problem, {}});
    const std::size_t size = call.message.size();
    const std::shared_ptr<platform::RpcResponder> kept = responder;
    const bool is_taken = store_.ask(
        size,
        [message = std::move(call.message), agent = role.value->name](Desk& desk) {
            return take_push(desk, message, agent);
        },
        [responder = std::move(responder)](PushResult result) { answer_push(*responder, std::move(result)); });
    if (!is_taken)
        kept->fail(error_of({RefusalKind::exhausted, "too many pushes wait for the disk", busy_delay}));
}

}  // namespace noodstop::hub
