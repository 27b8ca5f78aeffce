#include "tests/rpc/echo_service.hpp"

#include "platform/rpc/proto_wire.hpp"
#include "platform/rpc/reflection.hpp"

namespace noodstop::test {

using namespace platform;

namespace {

std::uint64_t number_in(std::string_view message, std::uint32_t number) {
    std::uint64_t value = 0;
    ProtoReader reader(message);
    while (const auto field = reader.next())
        if (field->number == number && !field->is_bytes)
            value = field->value;
    return value;
}

std::string text_in(std::string_view message, std::uint32_t number) {
    std::string text;
    ProtoReader reader(message);
    while (const auto field = reader.next())
        if (field->number == number && field->is_bytes)
            text = field->bytes;
    return text;
}

RpcCode code_of(std::uint64_t number) {
    return rpc_code_of_grpc(std::to_string(number)).value_or(RpcCode::unknown);
}

}  // namespace

ServiceTable EchoService::table() {
    using Responder = std::shared_ptr<RpcResponder>;
    const auto echoes = [this](const RpcCall& call, const Responder& responder) { echo(call, *responder); };
    const auto holds = [this](const RpcCall&, const Responder& responder) { hold(responder); };
    const auto counts = [this](const RpcCall& call, const Responder& responder) { count(call, *responder); };
    const auto fails = [this](const RpcCall& call, const Responder& responder) { fail(call, *responder); };
    const auto tells_held = [this](const RpcCall&, const Responder& responder) {
        responder->answer(count_message(static_cast<std::uint32_t>(held_.size())));
    };
    const auto tells_abandoned = [this](const RpcCall&, const Responder& responder) {
        responder->answer(count_message(static_cast<std::uint32_t>(abandoned_count)));
    };
    ServiceTable table;
    table[path::echo] = {RpcShape::unary, true, echoes};
    table[path::order] = {RpcShape::unary, false, echoes};
    table[path::count] = {RpcShape::server_stream, false, counts};
    table[path::fail] = {RpcShape::unary, false, fails};
    table[path::silent] = {RpcShape::unary, false, holds};
    table[path::quiet] = {RpcShape::server_stream, false, holds};
    table[path::held] = {RpcShape::unary, false, tells_held};
    table[path::abandoned] = {RpcShape::unary, false, tells_abandoned};
    table[path::converse] = {RpcShape::two_way, false, [this](const RpcCall& call, const Responder& responder) {
                                 ++call_count;
                                 responder->send(call.message);
                             }};
    table[path::forbidden] = {RpcShape::unary, false, echoes};
    health.set("", true);
    health.set("echo.v1.EchoService", true);
    health.add_to(table);
    add_reflection(table, echo_descriptor_set());
    return table;
}

RpcHooks EchoService::hooks() {
    RpcHooks hooks;
    hooks.authorize = [](const RpcRequestFacts& facts) -> std::optional<RpcError> {
        if (facts.path != path::forbidden)
            return std::nullopt;
        return RpcError{RpcCode::permission_denied, "nobody may call this"};
    };
    hooks.refused = [this](const RpcRefusal& refusal) {
        refusals.push_back(refusal);
        ++refused_count;
    };
    return hooks;
}

void EchoService::echo(const RpcCall& call, RpcResponder& responder) {
    ++call_count;
    for (const HttpHeader& entry : call.metadata) {
        if (entry.name == "x-echo" || entry.name == "x-echo-bin")
            responder.add_metadata(entry.name, entry.value);
        if (entry.name == "x-echo")
            responder.add_trailer("x-echo-trailer", entry.value);
    }
    responder.answer(call.message);
}

void EchoService::count(const RpcCall& call, RpcResponder& responder) {
    ++call_count;
    const std::uint64_t end = number_in(call.message, 1);
    for (std::uint32_t number = 1; number <= end; ++number)
        responder.send(count_message(number));
    if (const std::uint64_t code = number_in(call.message, 2); code != 0)
        return responder.fail({code_of(code), "as asked"});
    responder.finish();
}

void EchoService::fail(const RpcCall& call, RpcResponder& responder) {
    ++call_count;
    responder.fail({code_of(number_in(call.message, 1)),
                    text_in(call.message, 2),
                    {{"echo.v1.EchoRequest", echo_message("detail")}}});
}

void EchoService::hold(const std::shared_ptr<RpcResponder>& responder) {
    ++call_count;
    responder->when_gone([this] { ++abandoned_count; });
    held_.push_back(responder);
}

std::string echo_message(std::string_view text) {
    return text.empty() ? std::string() : ProtoWriter().bytes(1, text).take();
}

std::string count_message(std::uint32_t count, std::uint32_t code) {
    return ProtoWriter().number(1, count).number(2, code).take();
}

std::string fail_message(RpcCode code, std::string_view message) {
    return ProtoWriter().number(1, grpc_status_of(code)).bytes(2, message).take();
}

}  // namespace noodstop::test
