#include "tools/hub/server/hub_service.hpp"

#include "tools/hub/server/admission.hpp"
#include "tools/hub/server/moment.hpp"

#include <cerrno>

namespace noodstop::hub {
namespace {

using platform::Result;
using platform::RpcCall;
using platform::RpcCode;
using platform::RpcError;

RpcError rpc_error(const platform::Error& error) {
    return {error.number == ENOENT ? RpcCode::not_found : RpcCode::unavailable, error.message, {}};
}

RpcError too_much_waits() {
    return {RpcCode::resource_exhausted, "too much waits for the disk", {}};
}

// Ages grow by themselves, and that is no news.
bool is_news(const codec::AgentSummary& told, codec::AgentSummary now) {
    now.status_age = told.status_age;
    now.seen_age = told.seen_age;
    return !(told == now);
}

}  // namespace

void HubService::add_to(platform::ServiceTable& table) {
    using platform::RpcShape;
    table[codec::path::list_agents] = {RpcShape::unary, true,
                                       [this](RpcCall call, Responder responder) { list_agents(call, responder); }};
    table[codec::path::get_agent] = {RpcShape::unary, true,
                                     [this](RpcCall call, Responder responder) { get_agent(call, responder); }};
    table[codec::path::watch_agents] = {RpcShape::server_stream, false,
                                        [this](RpcCall call, Responder responder) { watch_agents(call, responder); }};
}

void HubService::mark(Summaries& agents) const {
    for (codec::AgentSummary& agent : agents)
        agent.connected = presence_.has(agent.id);
}

void HubService::list_agents(const RpcCall& call, const Responder& responder) {
    if (const auto request = codec::decode_agents_request(call.message); !request)
        return responder->fail({RpcCode::invalid_argument, request.problem, {}});
    const bool is_taken = store_.ask(
        0, [viewer = viewer_of(call.peer)](Desk& desk) { return desk.list(viewer, desk_moment().wall); },
        [this, responder](Result<Summaries> agents) {
            if (!agents)
                return responder->fail(rpc_error(agents.error()));
            mark(*agents);
            responder->answer(codec::encode_agents(*agents));
        });
    if (!is_taken)
        responder->fail(too_much_waits());
}

void HubService::get_agent(const RpcCall& call, const Responder& responder) {
    const auto id = codec::decode_agent_request(call.message);
    if (!id)
        return responder->fail({RpcCode::invalid_argument, id.problem, {}});
    const bool is_taken = store_.ask(
        0,
        [viewer = viewer_of(call.peer), id = *id.value](Desk& desk) {
            return desk.agent(id, viewer, desk_moment().wall);
        },
        [this, responder](Result<codec::AgentDetail> detail) {
            if (!detail)
                return responder->fail(rpc_error(detail.error()));
            detail->summary.connected = presence_.has(detail->summary.id);
            responder->answer(codec::encode_agent(*detail));
        });
    if (!is_taken)
        responder->fail(too_much_waits());
}

void HubService::watch_agents(const RpcCall& call, const Responder& responder) {
    if (const auto request = codec::decode_agents_request(call.message); !request)
        return responder->fail({RpcCode::invalid_argument, request.problem, {}});
    watchers_.push_back({responder, viewer_of(call.peer), {}, false});
    look_for(watchers_.back().viewer);
}

void HubService::beat() {
    watchers_.remove_if([](const Watcher& watcher) { return !watcher.responder->is_open(); });
    std::set<Viewer> viewers;
    for (const Watcher& watcher : watchers_)
        viewers.insert(watcher.viewer);
    for (const Viewer& viewer : viewers)
        look_for(viewer);
}

// One question at a time for all who see the same. What finds no room now is asked with the next beat.
void HubService::look_for(const Viewer& viewer) {
    if (asked_for_.contains(viewer))
        return;
    const bool is_taken = store_.ask(
        0, [viewer](Desk& desk) { return desk.list(viewer, desk_moment().wall); },
        [this, viewer](Result<Summaries> agents) {
            asked_for_.erase(viewer);
            if (!agents)
                return;
            mark(*agents);
            for (Watcher& watcher : watchers_)
                if (watcher.viewer == viewer)
                    tell(watcher, *agents);
        });
    if (is_taken)
        asked_for_.insert(viewer);
}

void HubService::tell(Watcher& watcher, const Summaries& agents) const {
    Summaries news;
    for (const codec::AgentSummary& agent : agents) {
        const auto told = watcher.told.find(agent.id);
        if (told == watcher.told.end() || is_news(told->second, agent))
            news.push_back(agent);
    }
    if (news.empty() && watcher.has_begun)
        return;
    if (!watcher.responder->send(codec::encode_agents(news)))
        return;  // it lags: the same and more with the next beat
    watcher.has_begun = true;
    for (codec::AgentSummary& agent : news)
        watcher.told.insert_or_assign(agent.id, std::move(agent));
}

}  // namespace noodstop::hub
