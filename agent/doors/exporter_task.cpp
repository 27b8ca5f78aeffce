#include "agent/doors/exporter_task.hpp"

#include "agent/doors/beat.hpp"
#include "agent/doors/doors_clock.hpp"
#include "agent/doors/exporters/otlp.hpp"
#include "agent/doors/exporters/present_readings.hpp"
#include "agent/doors/exporters/remote_write.hpp"
#include "agent/doors/notice_post.hpp"
#include "agent/doors/receiver_link.hpp"
#include "agent/doors/silence_watch.hpp"
#include "proto/codec/text.hpp"

#include <boost/asio/steady_timer.hpp>

namespace noodstop::doors {
namespace {

using exporters::ExportOptions;
using exporters::PushFormat;
using platform::HttpResponse;

constexpr const char* http1_protocol = "http/1.1";  // in ALPN

std::unique_ptr<PushFormat> format_of(core::ExporterKind kind, const exporters::PushOrigin& origin) {
    switch (kind) {
        case core::ExporterKind::remote_write:
            return std::make_unique<exporters::RemoteWrite>(origin);
        case core::ExporterKind::otlp_metrics:
            return std::make_unique<exporters::OtlpMetrics>(origin);
        case core::ExporterKind::otlp_logs:
            return std::make_unique<exporters::OtlpLogs>(origin);
    }
    return nullptr;
}

ExportOptions session_options(const core::ExporterPolicy& policy, const ExporterTimes& times) {
    ExportOptions options;
    options.target = policy.target;
    if (!policy.scope.empty())
        options.headers.push_back({"X-Scope-OrgID", policy.scope});
    options.user_agent = std::string("noodstop/") + agent_version;
    options.backoff = times.backoff;
    options.rest = times.rest;
    options.repeat_interval = takes_samples(policy.kind) ? times.repeat_interval : core::Duration(0);
    return options;
}

ReceiverLinkOptions link_options(const core::ExporterPolicy& policy, const ExporterTimes& times) {
    ReceiverLinkOptions options;
    options.connection.part = "exporter " + policy.name;
    options.connection.host = policy.host;
    options.connection.port = policy.port;
    options.connection.encrypted = policy.encrypted;
    options.connection.tls = policy.tls;
    options.connection.protocols = {http1_protocol};
    options.connection.deadline = std::chrono::duration_cast<std::chrono::milliseconds>(times.connect_deadline);
    options.token_file = policy.token_file;
    return options;
}

template <class Content>
const Content* found_in(const PathClient::Answer& answer) {
    const auto* content = std::get_if<0>(&answer);
    return content != nullptr ? std::get_if<Content>(content) : nullptr;
}

std::string why_none(const PathClient::Answer& answer) {
    const auto* error = std::get_if<platform::RpcError>(&answer);
    return "the spool does not answer: " + (error != nullptr ? error->message : "it answered another question");
}

}  // namespace

const char* const agent_version = NOODSTOP_VERSION;

void put_on_board(exporters::CounterBoard& board, const core::SpoolBatch& batch) {
    board.take(batch.samples);
    for (const core::RecordedFact& fact : batch.facts.facts)
        board.take(fact.fact);
}

bool takes_samples(core::ExporterKind kind) {
    return kind != core::ExporterKind::otlp_logs;
}

std::string consumer_of(const core::ExporterPolicy& policy) {
    return "exporter/" + policy.name;
}

class ExporterTask::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(boost::asio::io_context& io, PathClient& path, std::shared_ptr<ExportShared> shared,
         const core::AgentPolicy& agent, const core::ExporterPolicy& policy, const ExporterTimes& times)
        : path_(path),
          shared_(std::move(shared)),
          policy_(policy),
          times_(times),
          format_(format_of(policy.kind, {"noodstop", agent.name, agent_version})),
          session_(*format_, session_options(policy, times)),
          link_(io, link_options(policy, times)),
          watch_(times.failing_after),
          reload_due_(steady_now() + times.reload_interval),
          notices_(path),
          log_("exporter " + policy.name),
          timer_(io),
          beat_(io, times.beat_interval, [this] { beat(); }) {}

    // Until there is nothing to do before some time, or before somebody answers.
    void go() {
        note_outcome();
        for (;;) {
            const exporters::ExportStep step = session_.next(moment());
            if (const auto* rest = std::get_if<exporters::RestUntil>(&step))
                return wait(rest->at);
            std::visit([this](const auto& content) { act(content); }, step);
        }
    }

    void stop() {
        is_stopped_ = true;
        timer_.cancel();
    }

    const core::ExporterPolicy& policy() const { return policy_; }
    const exporters::ExportStatus& status() const { return session_.status(); }

private:
    exporters::ExportMoment moment() { return {{steady_now()}, wall_now(), {static_cast<std::uint32_t>(drawn())}}; }

    void wait(core::Instant until) {
        timer_.expires_at(time_point_of(until.since_origin));
        timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
            const auto self = weak.lock();
            if (!error && self && !self->is_stopped_)
                self->go();
        });
    }

    void act(const exporters::RestUntil&) {}

    void act(const exporters::AskBatch& ask) {
        const codec::BatchQuery query{consumer_of(policy_), ask.sizes.facts_max, ask.sizes.counters_max,
                                      ask.sizes.bytes_max};
        path_.ask_own(query, [weak = weak_from_this(), number = ask.number](const PathClient::Answer& answer) {
            if (const auto self = weak.lock())
                self->batch_came(number, answer);
        });
    }

    void batch_came(std::uint64_t number, const PathClient::Answer& answer) {
        const auto* found = found_in<codec::BatchFound>(answer);
        if (found == nullptr) {
            session_.take_failure(number, why_none(answer), moment());
        } else if (!found->problem.empty()) {
            session_.take_failure(number, found->problem, moment());
        } else {
            put_on_board(shared_->board, found->batch);
            session_.take_batch(number, exporters::batch_of(found->batch), moment());
        }
        go();
    }

    void act(const exporters::AskPresent& ask) {
        if (!shared_->snapshot)
            return session_.take_failure(ask.number, "the path has not reported yet", moment());
        session_.take_present(
            ask.number, exporters::present_readings(*shared_->snapshot, shared_->board, {wall_now(), agent_version}),
            moment());
    }

    void act(const exporters::SendRequest& send) {
        link_.send(send.request, send.deadline, [this, number = send.number](platform::Result<HttpResponse> response) {
            if (response)
                took_response(number, *response);
            else
                session_.take_failure(number, response.error().message, moment());
            go();
        });
    }

    // Who is not let in shows with the next request what lies in the token's file then.
    void took_response(std::uint64_t number, const HttpResponse& response) {
        if (response.status == 401 || response.status == 403)
            link_.hang_up();
        session_.take_response(number, response, moment());
    }

    void act(const exporters::AcknowledgeBatch& acknowledge) {
        const codec::BatchAnswer message{consumer_of(policy_), acknowledge.batch, {}};
        path_.ask_own(message,
                      [weak = weak_from_this(), number = acknowledge.number](const PathClient::Answer& answer) {
                          if (const auto self = weak.lock())
                              self->acknowledged(number, answer);
                      });
    }

    // A batch that is not out any more will be handed out again.
    void acknowledged(std::uint64_t number, const PathClient::Answer& answer) {
        const auto* taken = found_in<codec::BatchTaken>(answer);
        if (taken == nullptr || !taken->problem.empty())
            session_.take_failure(number, taken != nullptr ? taken->problem : why_none(answer), moment());
        else
            session_.take_acknowledged(number);
        go();
    }

    // It fails from the first request that came to nothing on, until one is taken.
    void note_outcome() {
        const exporters::ExportStatus& status = session_.status();
        const std::uint64_t failures = status.failed_requests + status.refused_items;
        if (status.acknowledged != acknowledged_)
            failing_since_.reset();
        else if (failures > failures_ && !failing_since_)
            failing_since_ = steady_now();
        acknowledged_ = status.acknowledged;
        failures_ = failures;
    }

    void beat() {
        const core::Duration now = steady_now();
        if (now >= reload_due_) {
            reload_due_ = now + times_.reload_interval;
            link_.reload();
        }
        switch (watch_.look(now, failing_since_.value_or(now))) {
            case SilenceWatch::News::none:
                break;
            case SilenceWatch::News::missing:
                told_since_ = wall_now() - (now - *failing_since_);
                tell(core::FactKind::exporter_failing);
                break;
            case SilenceWatch::News::returned:
                tell(core::FactKind::exporter_recovered);
                break;
        }
        notices_.try_again();
        log_.now(session_.status().problem);
    }

    void tell(core::FactKind kind) {
        codec::Notice notice{
            kind, {{"exporter", policy_.name}, {"receiver", link_.authority()}, {"since", core::to_text(told_since_)}}};
        const std::string& problem = session_.status().problem;
        if (kind == core::FactKind::exporter_failing && !problem.empty())
            notice.fields.push_back({"problem", codec::shortened_text(problem, codec::notice_value_size_max)});
        notices_.send(std::move(notice));
    }

    PathClient& path_;
    std::shared_ptr<ExportShared> shared_;
    core::ExporterPolicy policy_;
    ExporterTimes times_;
    std::unique_ptr<PushFormat> format_;
    exporters::ExportSession session_;
    ReceiverLink link_;
    SilenceWatch watch_;
    std::optional<core::Duration> failing_since_;
    std::optional<core::WallTime> acknowledged_;
    std::uint64_t failures_ = 0;
    core::WallTime told_since_;
    core::Duration reload_due_;
    NoticePost notices_;
    ProblemLog log_;
    bool is_stopped_ = false;
    boost::asio::steady_timer timer_;
    Beat beat_;
};

ExporterTask::ExporterTask(boost::asio::io_context& io, PathClient& path, std::shared_ptr<ExportShared> shared,
                           const core::AgentPolicy& agent, const core::ExporterPolicy& policy,
                           const ExporterTimes& times)
    : impl_(std::make_shared<Impl>(io, path, std::move(shared), agent, policy, times)) {
    impl_->go();
}

ExporterTask::~ExporterTask() {
    impl_->stop();
}

const std::string& ExporterTask::name() const {
    return impl_->policy().name;
}

const exporters::ExportStatus& ExporterTask::status() const {
    return impl_->status();
}

}  // namespace noodstop::doors
