// HubService: the fleet for those who look, each within its role.
#pragma once

#include "platform/rpc/service.hpp"
#include "tools/hub/server/presence.hpp"
#include "tools/hub/server/store_thread.hpp"

#include <list>
#include <set>

namespace noodstop::hub {

class HubService {
public:
    HubService(StoreThread& store, const Presence& presence) : store_(store), presence_(presence) {}
    HubService(const HubService&) = delete;
    HubService& operator=(const HubService&) = delete;

    void add_to(platform::ServiceTable& table);  // its handlers refer to this object

    // Now and then: who watches is told what has changed.
    void beat();

private:
    using Responder = std::shared_ptr<platform::RpcResponder>;
    using Summaries = std::vector<codec::AgentSummary>;

    struct Watcher {
        Responder responder;
        Viewer viewer;
        std::map<std::string, codec::AgentSummary> told;
        bool has_begun = false;
    };

    void list_agents(const platform::RpcCall& call, const Responder& responder);
    void get_agent(const platform::RpcCall& call, const Responder& responder);
    void watch_agents(const platform::RpcCall& call, const Responder& responder);
    void look_for(const Viewer& viewer);
    void tell(Watcher& watcher, const Summaries& agents) const;
    void mark(Summaries& agents) const;

    StoreThread& store_;
    const Presence& presence_;
    std::set<Viewer> asked_for_;
    std::list<Watcher> watchers_;  // as many as the server lets streams in
};

}  // namespace noodstop::hub
