// A hub as the commands see it: typed calls over gRPC with mutual TLS. Blocking; throws CallFailed (agent_client.hpp).
#pragma once

#include "proto/codec/hub_codec.hpp"
#include "tools/cli/request.hpp"

#include <chrono>
#include <memory>

namespace noodstop::cli {

class HubClient {
public:
    explicit HubClient(const HubAccess& access);
    ~HubClient();
    HubClient(const HubClient&) = delete;
    HubClient& operator=(const HubClient&) = delete;

    std::vector<codec::AgentSummary> agents();
    codec::AgentDetail agent(const std::string& id);

    // The connection stays in use meanwhile.
    void pause(std::chrono::milliseconds time);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace noodstop::cli
