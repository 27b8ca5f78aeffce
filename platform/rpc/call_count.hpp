// How many calls are under way, in all and of each caller: one who begins calls and never ends them takes the places of
// nobody else.
#pragma once

#include "platform/net/peer.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace noodstop::platform {

struct CallCountLimits {
    std::size_t total_max = 1;
    std::size_t per_caller_max = 1;
};

class CallCount {
public:
    bool has_room(const std::string& caller, const CallCountLimits& limits) const;
    void begin(const std::string& caller);
    void end(const std::string& caller);  // once for each begin
    std::size_t total() const { return total_; }

private:
    std::size_t total_ = 0;
    std::map<std::string, std::size_t> of_caller_;  // without those of none
};

// Who it is for this purpose: the certificate, the user, or the address without its port.
std::string counted_as(const Peer& peer);

}  // namespace noodstop::platform
