#include "agent/doors/path_link.hpp"

#include "platform/unix_socket/frame_channel.hpp"
#include "platform/unix_socket/unix_socket.hpp"
#include "proto/codec/link_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>

namespace noodstop::doors {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t request_size_max = 64 * 1024;
constexpr std::size_t requests_max = 64;                     // that wait for an answer
constexpr std::size_t requests_per_second_max = 400;         // doors lets 200 through, in seconds of its own
constexpr auto request_age_max = std::chrono::minutes(2);    // then nobody waits for it any more
constexpr std::size_t unsent_reports_max = 4 * 1024 * 1024;  // beyond it snapshots and facts are dropped
constexpr std::size_t answer_size_max = 32 * 1024 * 1024;
constexpr std::size_t unsent_bytes_max = unsent_reports_max + 2 * answer_size_max;

// Numbers of requests are never used twice in a process: an answer that comes after the doors process was replaced
// must not reach a request of the new one.
std::uint64_t next_request_number() {
    static std::uint64_t last = 0;
    return ++last;
}

// The kinds of fact that only the doors process can see. A fault that it survived is e.g. a port that stays closed.
bool doors_may_report(core::FactKind kind) {
    constexpr std::array kinds{core::FactKind::call_refused,       core::FactKind::hub_missing,
                               core::FactKind::hub_returned,       core::FactKind::exporter_failing,
                               core::FactKind::exporter_recovered, core::FactKind::fault_survived};
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

codec::Refusal forbidden(std::string message) {
    return {codec::RefusalKind::forbidden, std::move(message)};
}

// How much of something came since a span of time began.
struct Span {
    std::size_t count(Clock::duration length) {
        const auto now = Clock::now();
        if (now - began >= length) {
            began = now;
            came = 0;
        }
        return ++came;
    }
    Clock::time_point began{};
    std::size_t came = 0;
};

struct Waiting {
    std::uint64_t doors_number = 0;
    Clock::time_point since;
};

}  // namespace

struct PathLink::Impl {
    Impl(boost::asio::io_context& io, int socket, PathHandlers given_handlers)
        : handlers(std::move(given_handlers)),
          channel(io, platform::FileDescriptor(socket), {request_size_max, unsent_bytes_max}, frame_handlers()) {}

    platform::FrameHandlers frame_handlers() {
        platform::FrameHandlers result;
        result.received = [this](std::string message, platform::FileDescriptor client) {
            receive(message, std::move(client));
        };
        result.closed = [this](std::string why) {
            if (const auto closed = handlers.closed)
                closed(std::move(why));
        };
        return result;
    }

    void receive(const std::string& message, platform::FileDescriptor client) {
        auto request = codec::decode_link_request(message);
        if (!request)
            return channel.close("the doors process sent a malformed request: " + request.problem);
        if (!within_rate())
            return channel.close("the doors process sends too many requests");
        if (!make_room())
            return channel.close("the doors process has too many requests in flight");
        const std::uint64_t number = next_request_number();
        waiting[number] = {request->number, Clock::now()};
        std::visit([&](auto& content) { hand_in(number, content, client); }, request->content);
    }

    bool within_rate() { return second.count(std::chrono::seconds(1)) <= requests_per_second_max; }

    // Requests that were never answered are forgotten in the end.
    bool make_room() {
        const auto oldest = Clock::now() - request_age_max;
        std::erase_if(waiting, [&](const auto& entry) { return entry.second.since < oldest; });
        return waiting.size() < requests_max;
    }

    // Only root may give orders, and the kernel says who asks. Checked here and not in the doors process, which
    // an attacker may have taken over.
    std::optional<core::Identity> root_behind(std::uint64_t number, const platform::FileDescriptor& client) {
        const auto credentials = platform::accepted_client(client.number());
        if (!credentials) {
            send(number, forbidden("it can't be seen who asks: " + credentials.error().message));
            return std::nullopt;
        }
        if (credentials->user == 0)
            return core::Identity{"uid:0 (root)"};
        send(number, forbidden(fmt::format("only root may give orders and rehearse, not uid:{}", credentials->user)));
        return std::nullopt;
    }

    void hand_in(std::uint64_t number, core::Order& order, const platform::FileDescriptor& client) {
        const auto identity = root_behind(number, client);
        if (!identity)
            return;
        order.given_by = {*identity};
        handlers.order(number, std::move(order));
    }

    void hand_in(std::uint64_t number, core::ZoneName& zone, const platform::FileDescriptor& client) {
        if (root_behind(number, client))
            handlers.rehearse(number, std::move(zone));
    }

    void hand_in(std::uint64_t number, codec::FactQuery& query, const platform::FileDescriptor&) {
        handlers.journal(number, {std::move(query.tenant), std::move(query.zone), query.after, query.most});
    }

    void hand_in(std::uint64_t number, codec::ResourceQuery&, const platform::FileDescriptor&) {
        handlers.resources(number);
    }

    void hand_in(std::uint64_t number, codec::BatchQuery& query, const platform::FileDescriptor&) {
        query.facts_max = std::min(query.facts_max, batch_facts_max);
        query.counters_max = std::min(query.counters_max, batch_counters_max);
        query.bytes_max = std::min(query.bytes_max, batch_bytes_max);
        handlers.batch(number, std::move(query));
    }

    void hand_in(std::uint64_t number, codec::BatchAnswer& answer, const platform::FileDescriptor&) {
        handlers.batch_answer(number, std::move(answer));
    }

    void hand_in(std::uint64_t number, codec::Notice& notice, const platform::FileDescriptor&) {
        if (!doors_may_report(notice.kind))
            return send(number, forbidden(fmt::format("doors does not report {}", core::to_text(notice.kind))));
        if (minute.count(std::chrono::minutes(1)) > notices_per_minute_max)
            return send(number, codec::Refusal{codec::RefusalKind::too_large, "too many notices; this one is dropped"});
        send(number, codec::NoticeTaken{});
        handlers.notice(notice.kind, std::move(notice.fields));
    }

    template <class Report>
    void publish(const Report& report) {
        if (channel.unsent_bytes() <= unsent_reports_max)
            channel.send(codec::encode_link_report(report));
    }

    template <class Content>
    void send(std::uint64_t number, Content content) {
        const auto found = waiting.find(number);
        if (found == waiting.end())
            return;  // of a doors process that is gone, or too old
        const std::uint64_t doors_number = found->second.doors_number;
        waiting.erase(found);
        std::string message = codec::encode_link_report(codec::LinkAnswer{doors_number, std::move(content)});
        if (message.size() > answer_size_max)
            message = codec::encode_link_report(too_large(doors_number, message.size()));
        channel.send(std::move(message));
    }

    static codec::LinkAnswer too_large(std::uint64_t doors_number, std::size_t size) {
        return {doors_number, codec::Refusal{codec::RefusalKind::too_large,
                                             fmt::format("the answer has {} bytes; ask for less", size)}};
    }

    PathHandlers handlers;
    std::map<std::uint64_t, Waiting> waiting;
    Span second;                     // of requests
    Span minute;                     // of notices
    platform::FrameChannel channel;  // last: it calls the others
};

PathLink::PathLink(boost::asio::io_context& io, int socket, PathHandlers handlers)
    : impl_(std::make_shared<Impl>(io, socket, std::move(handlers))) {}

PathLink::~PathLink() = default;

void PathLink::publish(const core::Snapshot& snapshot) {
    impl_->publish(snapshot);
}

void PathLink::publish(const std::vector<core::RecordedFact>& facts) {
    impl_->publish(facts);
}

void PathLink::answer(std::uint64_t request, const core::OrderAnswer& answer) {
    impl_->send(request, answer);
}

void PathLink::answer(std::uint64_t request, const JournalAnswer& answer) {
    impl_->send(request, codec::FactsAnswer{answer.facts, answer.problem});
}

void PathLink::answer(std::uint64_t request, const std::vector<core::ResourceStatus>& resources) {
    impl_->send(request, resources);
}

void PathLink::answer(std::uint64_t request, const core::BatchFound& batch) {
    impl_->send(request, batch);
}

void PathLink::answer(std::uint64_t request, const core::BatchTaken& taken) {
    impl_->send(request, taken);
}

}  // namespace noodstop::doors
