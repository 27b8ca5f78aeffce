#include "platform/rpc/call_count.hpp"

namespace noodstop::platform {

bool CallCount::has_room(const std::string& caller, const CallCountLimits& limits) const {
    const auto found = of_caller_.find(caller);
    return total_ < limits.total_max && (found == of_caller_.end() || found->second < limits.per_caller_max);
}

void CallCount::begin(const std::string& caller) {
    ++total_;
    ++of_caller_[caller];
}

void CallCount::end(const std::string& caller) {
    --total_;
    const auto found = of_caller_.find(caller);
    if (--found->second == 0)
        of_caller_.erase(found);
}

std::string counted_as(const Peer& peer) {
    if (const ClientCertificate* certificate = certificate_of(peer))
        return certificate->fingerprint;
    if (const PeerCredentials* credentials = credentials_of(peer))
        return "uid:" + std::to_string(credentials->user);
    return peer.address.substr(0, peer.address.rfind(':'));
}

}  // namespace noodstop::platform
