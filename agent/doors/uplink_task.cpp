#include "agent/doors/uplink_task.hpp"

#include "agent/doors/beat.hpp"
#include "agent/doors/connector.hpp"
#include "agent/doors/doors_clock.hpp"
#include "agent/doors/notice_post.hpp"
#include "agent/doors/problem_log.hpp"
#include "agent/doors/push_refusal.hpp"
#include "agent/doors/silence_watch.hpp"
#include "platform/rpc/grpc_client.hpp"
#include "proto/codec/text.hpp"
#include "proto/codec/uplink_codec.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace noodstop::doors {
namespace {

using platform::GrpcClient;
using Milliseconds = std::chrono::milliseconds;

constexpr const char* http2_protocol = "h2";  // in ALPN
constexpr int heartbeats_min = 3;

ConnectorOptions uplink_connection(const core::UplinkPolicy& policy, core::Duration deadline) {
    ConnectorOptions options;
    options.part = "uplink";
    options.host = policy.host;
    options.port = policy.port;
    options.tls = policy.tls;
    options.protocols = {http2_protocol};
    options.deadline = std::chrono::duration_cast<Milliseconds>(deadline);
    return options;
}

// A hub that is well is heard several times before it would count as missing.
UplinkTaskOptions heard_in_time(UplinkTaskOptions options, core::Duration missing_after) {
    options.times.heartbeat_interval = std::min(options.times.heartbeat_interval, missing_after / heartbeats_min);
    return options;
}

std::string problem_in(const PathClient::Answer& answer) {
    const auto* error = std::get_if<platform::RpcError>(&answer);
    return error != nullptr ? problem_of(*error) : "the path answered another question";
}

template <class Content>
const Content* content_of(const PathClient::Answer& answer) {
    const auto* content = std::get_if<0>(&answer);
    return content != nullptr ? std::get_if<Content>(content) : nullptr;
}

}  // namespace

class UplinkTask::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(boost::asio::io_context& io, PathClient& path, const core::AgentPolicy& policy,
         const UplinkTaskOptions& options)
        : io_(io),
          path_(path),
          agent_(policy.name),
          policy_(*policy.channel.uplink),
          options_(heard_in_time(options, policy_.missing_after)),
          connector_(io, uplink_connection(policy_, options.times.connect_deadline)),
          session_(options_.times, options.sizes, drawn),
          watch_(policy_.missing_after),
          began_(steady_now()),
          reload_due_(began_ + options.reload_interval),
          notices_(path),
          timer_(io),
          beat_(io, options.beat_interval, [this] { beat(); }) {}

    void start() { carry_out(session_.begin(steady_now())); }

    void stop() {
        is_stopped_ = true;
        timer_.cancel();
        connector_.cancel();
        client_.reset();
    }

    void snapshot_came(const core::Snapshot& snapshot) { snapshot_ = snapshot; }

    void facts_came(const std::vector<core::RecordedFact>& facts) {
        const bool are_urgent = std::any_of(
            facts.begin(), facts.end(), [](const core::RecordedFact& fact) { return core::is_alert(fact.fact.kind); });
        if (are_urgent)
            carry_out(session_.news(steady_now()));
    }

    exporters::UplinkView view() const {
        exporters::UplinkView view{session_.status().connected, {}, spool_};
        if (session_.status().answered_at)
            view.answered = wall_now() - (steady_now() - *session_.status().answered_at);
        return view;
    }

private:
    // Whatever the session says next is done, and then is waited for its time.
    void carry_out(const UplinkActions& actions) {
        for (const UplinkAction& action : actions)
            std::visit([this](const auto& content) { act(content); }, action);
        wait();
    }

    void wait() {
        timer_.expires_at(time_point_of(session_.due_at()));
        timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
            const auto self = weak.lock();
            if (!error && self && !self->is_stopped_)
                self->carry_out(self->session_.turn(steady_now()));
        });
    }

    void act(const Dial&) {
        connector_.connect([weak = weak_from_this()](platform::Result<std::unique_ptr<platform::ByteStream>> stream) {
            if (const auto self = weak.lock())
                self->dialled(std::move(stream));
        });
    }

    void dialled(platform::Result<std::unique_ptr<platform::ByteStream>> stream) {
        if (!stream)
            return carry_out(session_.disconnected(steady_now(), stream.error().message));
        if ((*stream)->application_protocol() != http2_protocol)
            return carry_out(session_.disconnected(
                steady_now(), fmt::format("{} does not speak HTTP/2: it is no hub", connector_.authority())));
        platform::GrpcClientOptions options;
        options.authority = connector_.authority();
        client_ = std::make_unique<GrpcClient>(
            std::move(*stream), options, [weak = weak_from_this(), connection = ++connection_](const std::string& why) {
                const auto self = weak.lock();
                if (self && connection == self->connection_)
                    self->carry_out(self->session_.disconnected(steady_now(), why));
            });
        carry_out(session_.connected(steady_now()));
    }

    // The client may be the one who calls: it goes when it has returned.
    void act(const HangUp&) {
        ++connection_;
        connector_.cancel();
        boost::asio::post(io_, [gone = std::shared_ptr<GrpcClient>(std::move(client_))] {});
    }

    void act(const AskSpool& ask) {
        const codec::BatchQuery query{hub_consumer, ask.sizes.facts_max, ask.sizes.counters_max, ask.sizes.bytes_max};
        path_.ask_own(query, [weak = weak_from_this(), question = ++question_](const PathClient::Answer& answer) {
            const auto self = weak.lock();
            if (self && question == self->question_)
                self->spool_answered(answer);
        });
    }

    void spool_answered(const PathClient::Answer& answer) {
        const auto* found = content_of<codec::BatchFound>(answer);
        if (found == nullptr)
            return carry_out(session_.no_batch(steady_now(), problem_in(answer)));
        spool_ = found->spool;
        if (found->batch.number == 0)
            return carry_out(session_.no_batch(steady_now(), found->problem));
        carry_out(session_.batch_came(steady_now(), found->batch));
    }

    void act(const PushBatch& push) {
        if (!client_)
            return;
        codec::Push message{agent_, push.batch, {}};
        if (push.with_status)
            message.status = snapshot_;
        platform::GrpcRequest request;
        request.path = codec::path::push;
        request.message = codec::encode_push(message);
        request.timeout = std::chrono::duration_cast<Milliseconds>(options_.times.answer_deadline);
        request.is_compressed = true;
        client_->call(request, [weak = weak_from_this(), connection = connection_](const platform::GrpcResult& result) {
            const auto self = weak.lock();
            if (self && connection == self->connection_)
                self->hub_answered(result);
        });
    }

    void hub_answered(const platform::GrpcResult& result) {
        const core::Duration now = steady_now();
        if (const auto* error = std::get_if<platform::RpcError>(&result))
            return carry_out(
                session_.refused(now, push_refusal_of(error->code), problem_of(*error), retry_after_of(*error)));
        auto answer = codec::decode_hub_answer(std::get<std::string>(result));
        if (!answer)
            return carry_out(session_.disconnected(now, "the hub's answer can't be read: " + answer.problem));
        carry_out(session_.answered(now, *answer));
    }

    void act(const HandBack& back) {
        const codec::BatchAnswer message{hub_consumer, back.batch, back.answer};
        path_.ask_own(message, [weak = weak_from_this(), question = ++question_](const PathClient::Answer& answer) {
            const auto self = weak.lock();
            if (self && question == self->question_)
                self->taken_back(answer);
        });
    }

    // A batch that is not out any more is no reason to stop: the next one begins where the spool knows the hub to be.
    void taken_back(const PathClient::Answer& answer) {
        const auto* taken = content_of<codec::BatchTaken>(answer);
        if (taken == nullptr || !taken->problem.empty())
            return carry_out(session_.disconnected(steady_now(), "the spool does not take the hub's answer: " +
                                                                     (taken ? taken->problem : problem_in(answer))));
        carry_out(session_.handed_back(steady_now()));
    }

    void beat() {
        const core::Duration now = steady_now();
        if (now >= reload_due_) {
            reload_due_ = now + options_.reload_interval;
            connector_.reload();
        }
        const core::Duration answered = session_.status().answered_at.value_or(began_);
        switch (watch_.look(now, answered)) {
            case SilenceWatch::News::none:
                break;
            case SilenceWatch::News::missing:
                missing_since_ = wall_now() - (now - answered);
                tell(core::FactKind::hub_missing);
                break;
            case SilenceWatch::News::returned:
                tell(core::FactKind::hub_returned);
                break;
        }
        notices_.try_again();
        log_.now(session_.status().connected ? "" : session_.status().problem);
    }

    void tell(core::FactKind kind) {
        codec::Notice notice{kind, {{"hub", connector_.authority()}, {"since", core::to_text(missing_since_)}}};
        const std::string& problem = session_.status().problem;
        if (kind == core::FactKind::hub_missing && !problem.empty())
            notice.fields.push_back({"problem", codec::shortened_text(problem, codec::notice_value_size_max)});
        notices_.send(std::move(notice));
    }

    boost::asio::io_context& io_;
    PathClient& path_;
    std::string agent_;
    core::UplinkPolicy policy_;
    UplinkTaskOptions options_;
    Connector connector_;
    UplinkSession session_;
    std::unique_ptr<GrpcClient> client_;
    std::optional<core::Snapshot> snapshot_;
    std::optional<core::SpoolState> spool_;
    SilenceWatch watch_;
    core::Duration began_;
    core::Duration reload_due_;
    core::WallTime missing_since_;
    NoticePost notices_;
    ProblemLog log_{"uplink"};
    // Answers to what was asked before the last of them are nobody's any more.
    std::uint64_t connection_ = 0;
    std::uint64_t question_ = 0;
    bool is_stopped_ = false;
    boost::asio::steady_timer timer_;
    Beat beat_;
};

UplinkTask::UplinkTask(boost::asio::io_context& io, PathClient& path, const core::AgentPolicy& policy,
                       const UplinkTaskOptions& options)
    : impl_(std::make_shared<Impl>(io, path, policy, options)) {
    impl_->start();
}

UplinkTask::~UplinkTask() {
    impl_->stop();
}

void UplinkTask::snapshot_came(const core::Snapshot& snapshot) {
    impl_->snapshot_came(snapshot);
}

void UplinkTask::facts_came(const std::vector<core::RecordedFact>& facts) {
    impl_->facts_came(facts);
}

exporters::UplinkView UplinkTask::view() const {
    return impl_->view();
}

}  // namespace noodstop::doors
