#include "platform/rpc/health.hpp"

#include "platform/rpc/proto_wire.hpp"

#include <optional>

namespace noodstop::platform {
namespace {

// As health.proto numbers them.
constexpr unsigned serving = 1;
constexpr unsigned not_serving = 2;
constexpr unsigned service_unknown = 3;

std::optional<std::string> service_asked_for(std::string_view message) {
    std::string service;
    ProtoReader reader(message);
    while (const auto field = reader.next())
        if (field->number == 1 && field->is_bytes)
            service = field->bytes;
    return reader.is_broken() ? std::nullopt : std::optional(service);
}

RpcError malformed_question() {
    return {RpcCode::invalid_argument, "the message is no HealthCheckRequest"};
}

std::string status_message(bool is_serving) {
    return ProtoWriter().number(1, is_serving ? serving : not_serving).take();
}

}  // namespace

void HealthService::add_to(ServiceTable& table) {
    table["/grpc.health.v1.Health/Check"] = {RpcShape::unary, true,
                                             [this](RpcCall call, auto responder) { check(call, *responder); }};
    table["/grpc.health.v1.Health/List"] = {RpcShape::unary, true,
                                            [this](RpcCall, auto responder) { list(*responder); }};
    table["/grpc.health.v1.Health/Watch"] = {RpcShape::server_stream, false,
                                             [this](RpcCall call, auto responder) { watch(call, responder); }};
}

void HealthService::set(const std::string& service, bool is_serving) {
    const auto known = statuses_.find(service);
    if (known != statuses_.end() && known->second == is_serving)
        return;
    statuses_[service] = is_serving;
    watchers_.remove_if([](const Watcher& watcher) { return !watcher.responder->is_open(); });
    for (const Watcher& watcher : watchers_)
        if (watcher.service == service)
            watcher.responder->send(watched_status(service));
}

void HealthService::check(const RpcCall& call, RpcResponder& responder) const {
    const auto service = service_asked_for(call.message);
    if (!service)
        return responder.fail(malformed_question());
    const auto known = statuses_.find(*service);
    if (known == statuses_.end())
        return responder.fail({RpcCode::not_found, "no service " + *service});
    responder.answer(status_message(known->second));
}

void HealthService::list(RpcResponder& responder) const {
    ProtoWriter answer;
    for (const auto& [service, is_serving] : statuses_)
        answer.bytes(1, ProtoWriter().bytes(1, service).bytes(2, status_message(is_serving)).take());
    responder.answer(answer.take());
}

void HealthService::watch(const RpcCall& call, const std::shared_ptr<RpcResponder>& responder) {
    const auto service = service_asked_for(call.message);
    if (!service)
        return responder->fail(malformed_question());
    watchers_.remove_if([](const Watcher& watcher) { return !watcher.responder->is_open(); });
    responder->send(watched_status(*service));
    watchers_.push_back({responder, *service});
}

std::string HealthService::watched_status(const std::string& service) const {
    const auto known = statuses_.find(service);
    return known == statuses_.end() ? ProtoWriter().number(1, service_unknown).take() : status_message(known->second);
}

}  // namespace noodstop::platform
