// The agent as the commands see it: typed calls over its socket.
#pragma once

#include "platform/rpc/client.hpp"
#include "proto/codec/service_codec.hpp"

#include <stdexcept>

namespace noodstop::cli {

// A call failed. The program ends with what it says.
class CallFailed : public std::runtime_error {
public:
    CallFailed(platform::RpcCode failed_with, const std::string& message)
        : std::runtime_error(message), code(failed_with) {}
    platform::RpcCode code;
};

class AgentClient {
public:
    explicit AgentClient(const std::string& socket_path);

    codec::StatusAnswer status() const;
    std::vector<core::ResourceStatus> resources() const;
    std::vector<core::RecordedFact> facts(const codec::FactQuery& query) const;
    core::OrderAnswer order(const core::Order& order) const;
    core::OrderAnswer rehearse(const core::ZoneName& zone) const;

    // Until the stream ends, which is a failure unless the handler returned false.
    void watch_status(const std::function<bool(const codec::StatusAnswer&)>& handler) const;
    void watch_facts(const codec::FactQuery& query,
                     const std::function<bool(const codec::WatchedFacts&)>& handler) const;

private:
    std::string call(const char* path, const std::string& message) const;

    std::string socket_path_;
    platform::RpcClient client_;
};

}  // namespace noodstop::cli
