#include "tools/cli/agent_client.hpp"

namespace noodstop::cli {
namespace {

using platform::RpcCode;
using platform::RpcError;

// Longer than the agent takes to call a rehearsal unanswered.
constexpr auto deadline = std::chrono::seconds(45);

template <class T>
T value_of(codec::Decoded<T> decoded) {
    if (!decoded)
        throw CallFailed(RpcCode::internal, "the agent's answer can't be understood: " + decoded.problem);
    return std::move(*decoded);
}

CallFailed failure_of(const RpcError& error, const std::string& socket_path) {
    if (error.code == RpcCode::unavailable)
        return {error.code, "the agent at " + socket_path + " does not answer: " + error.message};
    return {error.code, error.message};
}

}  // namespace

AgentClient::AgentClient(const std::string& socket_path)
    : socket_path_(socket_path), client_({.socket_path = socket_path, .deadline = deadline}) {}

std::string AgentClient::call(const char* path, const std::string& message) const {
    auto answer = client_.call(path, message);
    if (const auto* error = std::get_if<RpcError>(&answer))
        throw failure_of(*error, socket_path_);
    return std::get<std::string>(std::move(answer));
}

codec::StatusAnswer AgentClient::status() const {
    return value_of(codec::decode_status(call(codec::path::get_status, {})));
}

std::vector<core::ResourceStatus> AgentClient::resources() const {
    return value_of(codec::decode_resources(call(codec::path::list_resources, {})));
}

std::vector<core::RecordedFact> AgentClient::facts(const codec::FactQuery& query) const {
    return value_of(codec::decode_facts(call(codec::path::list_facts, codec::encode_fact_query(query))));
}

core::OrderAnswer AgentClient::order(const core::Order& order) const {
    if (order.kind == core::OrderKind::trip)
        return value_of(codec::decode_answer(call(codec::path::trip, codec::encode_trip(order))));
    return value_of(codec::decode_answer(call(codec::path::submit_order, codec::encode_order(order))));
}

core::OrderAnswer AgentClient::rehearse(const core::ZoneName& zone) const {
    return value_of(codec::decode_answer(call(codec::path::rehearse, codec::encode_rehearse(zone))));
}

void AgentClient::watch_status(const std::function<bool(const codec::StatusAnswer&)>& handler) const {
    const auto error = client_.stream(codec::path::watch_status, {}, [&](const std::string& message) {
        return handler(value_of(codec::decode_status(message)));
    });
    if (error)
        throw failure_of(*error, socket_path_);
}

void AgentClient::watch_facts(const codec::FactQuery& query,
                              const std::function<bool(const codec::WatchedFacts&)>& handler) const {
    const std::string request = codec::encode_watch_query(query);
    const auto error = client_.stream(codec::path::watch_facts, request, [&](const std::string& message) {
        return handler(value_of(codec::decode_watched(message)));
    });
    if (error)
        throw failure_of(*error, socket_path_);
}

}  // namespace noodstop::cli
