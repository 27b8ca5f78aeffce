// UplinkService: a push goes to the store's thread and is answered when it is durable there.
#pragma once

#include "platform/rpc/service.hpp"
#include "tools/hub/server/store_thread.hpp"

namespace noodstop::hub {

class UplinkService {
public:
    explicit UplinkService(StoreThread& store) : store_(store) {}
    UplinkService(const UplinkService&) = delete;
    UplinkService& operator=(const UplinkService&) = delete;

    void add_to(platform::ServiceTable& table);  // its handlers refer to this object

private:
    void push(platform::RpcCall call, std::shared_ptr<platform::RpcResponder> responder);

    StoreThread& store_;
};

// With google.rpc.RetryInfo where the same may be sent again.
platform::RpcError error_of(const Refusal& refusal);

}  // namespace noodstop::hub
