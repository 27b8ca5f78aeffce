// The service grpc.health.v1.Health: whether the server and its services take calls.
#pragma once

#include "platform/rpc/service.hpp"

#include <list>
#include <map>
#include <string>

namespace noodstop::platform {

class HealthService {
public:
    HealthService() = default;
    HealthService(const HealthService&) = delete;
    HealthService& operator=(const HealthService&) = delete;

    void add_to(ServiceTable& table);  // its handlers refer to this object

    // `service` is the whole name of one, or empty for the server. One that was never set is not known.
    void set(const std::string& service, bool is_serving);

private:
    struct Watcher {
        std::shared_ptr<RpcResponder> responder;
        std::string service;
    };

    void check(const RpcCall& call, RpcResponder& responder) const;
    void list(RpcResponder& responder) const;
    void watch(const RpcCall& call, const std::shared_ptr<RpcResponder>& responder);
    std::string watched_status(const std::string& service) const;

    std::map<std::string, bool> statuses_;
    std::list<Watcher> watchers_;  // as many as the server lets streams in
};

}  // namespace noodstop::platform
