#include "agent/doors/services.hpp"

#include "agent/doors/caller.hpp"
#include "agent/doors/tenant_view.hpp"
#include "platform/rpc/health.hpp"
#include "platform/rpc/reflection.hpp"
#include "proto/descriptors/descriptors.hpp"

#include <algorithm>
#include <fcntl.h>
#include <list>

namespace noodstop::doors {
namespace {

using platform::RpcCall;
using platform::RpcCode;
using platform::RpcError;
using ResponderPointer = std::shared_ptr<platform::RpcResponder>;
using Clock = std::chrono::steady_clock;

constexpr std::size_t recent_facts_max = 2000;
constexpr auto silence_max = std::chrono::seconds(3);  // without a snapshot; then watchers are told its age

struct FactWatcher {
    ResponderPointer responder;
    codec::FactQuery query;  // its `after` moves on
    bool sees_all = true;
};

struct StatusWatcher {
    ResponderPointer responder;
    Caller caller;
};

using RefusedHandler = std::function<void(const platform::RpcRefusal& refusal)>;

RpcError invalid(std::string problem) {
    return {RpcCode::invalid_argument, std::move(problem)};
}

// A peer without credentials of this machine is nobody.
platform::PeerCredentials credentials_of(const RpcCall& call) {
    const auto* credentials = platform::credentials_of(call.peer);
    return credentials != nullptr ? *credentials : platform::PeerCredentials{};
}

Asker asker_without_connection(const RpcCall& call) {
    return {credentials_of(call), {}, platform::credentials_of(call.peer) == nullptr};
}

// The path wants to see the client's connection itself.
Asker asker_with_connection(const RpcCall& call) {
    return {credentials_of(call), platform::FileDescriptor(::fcntl(call.socket, F_DUPFD_CLOEXEC, 0)),
            platform::credentials_of(call.peer) == nullptr};
}

// Answers a call with what the path says: Content is the kind of answer that belongs to the question.
template <class Content, class Encode>
PathClient::AnswerHandler answer_with(ResponderPointer responder, Encode encode) {
    return [responder = std::move(responder), encode](PathClient::Answer answer) {
        if (const auto* error = std::get_if<RpcError>(&answer))
            return responder->fail(*error);
        const auto& content = std::get<0>(answer);
        if (const auto* expected = std::get_if<Content>(&content))
            return encode(*responder, *expected);
        responder->fail({RpcCode::internal, "the path answered another question"});
    };
}

PathClient::AnswerHandler answer_order(ResponderPointer responder) {
    return answer_with<core::OrderAnswer>(
        std::move(responder),
        [](platform::RpcResponder& to, const core::OrderAnswer& answer) { to.answer(codec::encode_answer(answer)); });
}

}  // namespace

struct Services::Impl {
    Impl(PathClient& path_client, RefusedHandler refused_handler)
        : path(path_client), refused(std::move(refused_handler)) {
        set_serving(false);
    }

    // They serve as long as the path reports.
    void set_serving(bool is_serving) {
        for (const char* service : {"", "noodstop.v1.StatusService", "noodstop.v1.ControlService"})
            health.set(service, is_serving);
    }

    void get_status(const RpcCall& call, const ResponderPointer& responder) {
        if (const auto request = codec::decode_empty_request(call.message); !request)
            return responder->fail(invalid(request.problem));
        if (!snapshot)
            return responder->fail({RpcCode::unavailable, "the path has not reported yet"});
        responder->answer(status_message(caller_of(call.peer)));
    }

    void list_resources(const RpcCall& call, const ResponderPointer& responder) {
        if (const auto request = codec::decode_empty_request(call.message); !request)
            return responder->fail(invalid(request.problem));
        using Resources = std::vector<core::ResourceStatus>;
        path.ask(codec::ResourceQuery{}, asker_without_connection(call),
                 answer_with<Resources>(responder, [this, caller = caller_of(call.peer)](platform::RpcResponder& to,
                                                                                         const Resources& resources) {
                     if (caller.sees_all())
                         return to.answer(codec::encode_resources(resources));
                     if (!snapshot)
                         return to.fail({RpcCode::unavailable, "the path has not reported yet"});
                     to.answer(codec::encode_resources(tenant_view(resources, *snapshot, caller.tenant)));
                 }));
    }

    // An owner's query is of his tenant, whatever it says. True: it was refused.
    bool refuse_or_narrow(const RpcCall& call, const char* method, codec::FactQuery& query,
                          platform::RpcResponder& responder) const {
        const Caller caller = caller_of(call.peer);
        if (caller.sees_all())
            return false;
        if (!query.tenant.empty() && query.tenant != caller.tenant) {
            const RpcError error{RpcCode::permission_denied, caller.name + " may not see facts of another tenant"};
            tell_refusal(call, method, error);
            responder.fail(error);
            return true;
        }
        query.tenant = caller.tenant;
        return false;
    }

    void tell_refusal(const RpcCall& call, const char* method, const RpcError& error) const {
        if (refused)
            refused({platform::RpcRefusalKind::unauthorized, call.peer, method, error});
    }

    void list_facts(const RpcCall& call, const ResponderPointer& responder) {
        auto query = codec::decode_fact_query(call.message);
        if (!query)
            return responder->fail(invalid(query.problem));
        if (refuse_or_narrow(call, codec::path::list_facts, *query, *responder))
            return;
        const Caller caller = caller_of(call.peer);
        path.ask(std::move(*query), asker_without_connection(call),
                 answer_with<codec::FactsAnswer>(
                     responder, [caller](platform::RpcResponder& to, const codec::FactsAnswer& answer) {
                         if (!answer.problem.empty())
                             return to.fail({RpcCode::unavailable, answer.problem});
                         to.answer(codec::encode_facts(caller.sees_all() ? answer.facts
                                                                         : tenant_view(answer.facts, caller.tenant)));
                     }));
    }

    void watch_facts(const RpcCall& call, const ResponderPointer& responder) {
        auto query = codec::decode_watch_query(call.message);
        if (!query)
            return responder->fail(invalid(query.problem));
        if (refuse_or_narrow(call, codec::path::watch_facts, *query, *responder))
            return;
        if (query->after == 0)
            query->after = ring.last_sequence();
        fact_watchers.push_back({responder, std::move(*query), caller_of(call.peer).sees_all()});
        send_facts();
    }

    void watch_status(const RpcCall& call, const ResponderPointer& responder) {
        if (const auto request = codec::decode_empty_request(call.message); !request)
            return responder->fail(invalid(request.problem));
        status_watchers.push_back({responder, caller_of(call.peer)});
        if (snapshot)
            responder->send(status_message(status_watchers.back().caller));
    }

    void trip(const RpcCall& call, const ResponderPointer& responder) {
        submit(codec::decode_trip(call.message), codec::path::trip, call, responder);
    }

    void submit_order(const RpcCall& call, const ResponderPointer& responder) {
        submit(codec::decode_order(call.message), codec::path::submit_order, call, responder);
    }

    void submit(codec::Decoded<core::Order> order, const char* method, const RpcCall& call,
                const ResponderPointer& responder) {
        if (!order)
            return responder->fail(invalid(order.problem));
        path.ask(std::move(*order), asker_with_connection(call), telling(call, method, answer_order(responder)));
    }

    void rehearse(const RpcCall& call, const ResponderPointer& responder) {
        auto zone = codec::decode_rehearse(call.message);
        if (!zone)
            return responder->fail(invalid(zone.problem));
        path.ask(std::move(*zone), asker_with_connection(call),
                 telling(call, codec::path::rehearse, answer_order(responder)));
    }

    // The path looks for itself who asks; whom it turns away was refused here as well.
    PathClient::AnswerHandler telling(const RpcCall& call, const char* method, PathClient::AnswerHandler handler) {
        return [this, peer = call.peer, method, handler = std::move(handler)](PathClient::Answer answer) {
            if (const auto* error = std::get_if<RpcError>(&answer))
                if (error->code == RpcCode::permission_denied && refused)
                    refused({platform::RpcRefusalKind::unauthorized, peer, method, *error});
            handler(std::move(answer));
        };
    }

    std::string status_message(const Caller& caller) const {
        const auto age = std::chrono::duration_cast<core::Duration>(Clock::now() - snapshot_came_at);
        return codec::encode_status({caller.sees_all() ? *snapshot : tenant_view(*snapshot, caller.tenant), age});
    }

    void send_status() {
        std::erase_if(status_watchers, [](const StatusWatcher& watcher) { return !watcher.responder->is_open(); });
        if (!snapshot || status_watchers.empty())
            return;
        std::string whole;  // the same for all who see all
        for (const StatusWatcher& watcher : status_watchers) {
            if (watcher.caller.sees_all() && whole.empty())
                whole = status_message(watcher.caller);
            // One that lags gets a later one.
            watcher.responder->send(watcher.caller.sees_all() ? whole : status_message(watcher.caller));
        }
    }

    void send_facts() {
        fact_watchers.remove_if([](const FactWatcher& watcher) { return !watcher.responder->is_open(); });
        for (FactWatcher& watcher : fact_watchers)
            send_facts(watcher);
    }

    void send_facts(FactWatcher& watcher) const {
        if (ring.last_sequence() == 0)
            return;
        if (watcher.query.after == 0)  // it came before the first fact
            watcher.query.after = ring.first_sequence() - 1;
        codec::WatchedFacts watched = ring.after(watcher.query);
        if (!watcher.sees_all)  // whose facts are missing nobody knows; how many of others' there were is not his
            watched.missed_count = std::min<std::uint64_t>(watched.missed_count, 1);
        const bool has_news = !watched.facts.empty() || watched.missed_count > 0;
        if (!has_news || watcher.responder->send(codec::encode_watched(watched)))
            watcher.query.after = ring.last_sequence();
    }

    PathClient& path;
    RefusedHandler refused;
    std::optional<core::Snapshot> snapshot;
    Clock::time_point snapshot_came_at{};
    FactRing ring{recent_facts_max};
    std::list<FactWatcher> fact_watchers;  // as many as the server lets streams in
    std::vector<StatusWatcher> status_watchers;
    platform::HealthService health;
};

Services::Services(PathClient& path, RefusedHandler refused)
    : impl_(std::make_unique<Impl>(path, std::move(refused))) {}

Services::~Services() = default;

platform::ServiceTable Services::table() {
    using Handle = void (Impl::*)(const RpcCall&, const ResponderPointer&);
    const auto method = [this](platform::RpcShape shape, Handle handle) {
        platform::RpcMethod result;
        result.shape = shape;
        result.handle = [impl = impl_.get(), handle](RpcCall call, ResponderPointer responder) {
            (impl->*handle)(call, responder);
        };
        return result;
    };
    const auto reading = [&](Handle handle) {
        platform::RpcMethod result = method(platform::RpcShape::unary, handle);
        result.has_no_side_effects = true;
        return result;
    };
    const auto watching = [&](Handle handle) { return method(platform::RpcShape::server_stream, handle); };
    const auto ordering = [&](Handle handle) { return method(platform::RpcShape::unary, handle); };
    platform::ServiceTable table{
        {codec::path::get_status, reading(&Impl::get_status)},
        {codec::path::list_resources, reading(&Impl::list_resources)},
        {codec::path::list_facts, reading(&Impl::list_facts)},
        {codec::path::watch_facts, watching(&Impl::watch_facts)},
        {codec::path::watch_status, watching(&Impl::watch_status)},
        {codec::path::trip, ordering(&Impl::trip)},
        {codec::path::submit_order, ordering(&Impl::submit_order)},
        {codec::path::rehearse, ordering(&Impl::rehearse)},
    };
    impl_->health.add_to(table);
    platform::add_reflection(table, proto::descriptor_set());
    return table;
}

void Services::snapshot_came(core::Snapshot snapshot) {
    impl_->snapshot = std::move(snapshot);
    impl_->snapshot_came_at = Clock::now();
    impl_->set_serving(true);
    impl_->send_status();
}

void Services::facts_came(const std::vector<core::RecordedFact>& facts) {
    impl_->ring.add(facts);
    impl_->send_facts();
}

void Services::beat() {
    impl_->send_facts();
    if (Clock::now() - impl_->snapshot_came_at <= silence_max)
        return;
    impl_->set_serving(false);
    impl_->send_status();
}

}  // namespace noodstop::doors
