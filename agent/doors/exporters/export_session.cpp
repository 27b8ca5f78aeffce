#include "agent/doors/exporters/export_session.hpp"

#include <algorithm>

namespace noodstop::exporters {
namespace {

// What transports the request knows the deadline too and says what happened; this is for the case that it does not.
constexpr core::Duration response_grace = std::chrono::seconds(5);

std::string told(unsigned status, const std::string& message) {
    const std::string text = "HTTP " + std::to_string(status);
    return message.empty() ? text : text + ": " + message;
}

bool is_about_whoever_asks(unsigned status) {
    return status == 401 || status == 403 || status == 404 || status == 405 || status == 407;
}

}  // namespace

ExportStep ExportSession::next(const ExportMoment& moment) {
    give_up_late(moment);
    switch (phase_) {
        case Phase::asking:
            enter(Phase::awaiting_batch, moment.now + options_.spool_deadline);
            return AskBatch{++number_, sizes_};
        case Phase::presenting:
            enter(Phase::awaiting_present, moment.now + options_.spool_deadline);
            return AskPresent{++number_};
        case Phase::ready:
            if (moment.now < due_)
                return RestUntil{due_};
            enter(Phase::sent, moment.now + options_.response_deadline + response_grace);
            return make_request();
        case Phase::answered:
            if (moment.now < due_)
                return RestUntil{due_};
            enter(Phase::acknowledging, moment.now + options_.spool_deadline);
            return AcknowledgeBatch{++number_, batch_};
        case Phase::acknowledging:
        case Phase::awaiting_batch:
        case Phase::awaiting_present:
        case Phase::resting:
        case Phase::sent:
            break;
    }
    return RestUntil{due_};
}

void ExportSession::give_up_late(const ExportMoment& moment) {
    if (moment.now < due_)
        return;
    if (phase_ == Phase::sent)
        try_again("no answer in time", moment);
    else if (phase_ == Phase::acknowledging)
        enter(Phase::answered);
    else if (phase_ == Phase::awaiting_batch || phase_ == Phase::awaiting_present || phase_ == Phase::resting)
        enter(Phase::asking);
}

SendRequest ExportSession::make_request() {
    SendRequest step;
    step.number = ++number_;
    step.deadline = options_.response_deadline;
    step.request.method = "POST";
    step.request.target = options_.target;
    step.request.body = body_.bytes;
    auto& headers = step.request.headers;
    headers.push_back({"User-Agent", options_.user_agent});
    headers.insert(headers.end(), body_.headers.begin(), body_.headers.end());
    headers.insert(headers.end(), options_.headers.begin(), options_.headers.end());
    return step;
}

void ExportSession::take_batch(std::uint64_t number, const std::optional<ExportBatch>& batch,
                               const ExportMoment& moment) {
    if (phase_ != Phase::awaiting_batch || number != number_)
        return;
    if (batch)
        return hold(*batch, moment);
    const bool is_due = !last_told_ || moment.now - *last_told_ >= options_.repeat_interval;
    if (options_.repeat_interval > core::Duration(0) && is_due)
        enter(Phase::presenting);
    else
        enter(Phase::resting, moment.now + options_.rest);
}

void ExportSession::take_present(std::uint64_t number, const std::vector<Reading>& readings,
                                 const ExportMoment& moment) {
    if (phase_ != Phase::awaiting_present || number != number_)
        return;
    ExportBatch present;
    present.readings = readings;
    hold(present, moment);
}

void ExportSession::hold(const ExportBatch& batch, const ExportMoment& moment) {
    auto encoded = format_.encode(batch);
    if (!encoded) {
        status_.problem = encoded.error().message;
        return enter(Phase::resting, moment.now + options_.rest);
    }
    batch_ = batch.number;
    if (encoded->has_value()) {
        body_ = std::move(**encoded);
        return enter(Phase::ready, moment.now);
    }
    finish_body(moment);
}

// Figures as they stand are due again an interval later, whatever became of these.
void ExportSession::finish_body(const ExportMoment& moment) {
    body_ = {};
    failures_ = 0;
    if (batch_ == 0)
        last_told_ = moment.now;
    enter(batch_ == 0 ? Phase::asking : Phase::answered);
}

void ExportSession::take_response(std::uint64_t number, const platform::HttpResponse& response,
                                  const ExportMoment& moment) {
    if (phase_ != Phase::sent || number != number_)
        return;
    const Judgement judgement = format_.judge(response);
    switch (judgement.verdict) {
        case Verdict::accepted:
            return accept(judgement, moment);
        case Verdict::retry:
            return try_again(told(response.status, judgement.message), moment, wanted_delay(response, moment));
        case Verdict::too_large:
            return send_less(response.status, told(response.status, judgement.message), moment);
        case Verdict::set_aside:
            return set_aside(response.status, told(response.status, judgement.message), moment);
    }
}

void ExportSession::take_failure(std::uint64_t number, const std::string& why, const ExportMoment& moment) {
    if (number != number_)
        return;
    if (phase_ == Phase::sent)
        return try_again(why, moment);
    if (phase_ != Phase::awaiting_batch && phase_ != Phase::awaiting_present && phase_ != Phase::acknowledging)
        return;
    status_.problem = why;
    enter(phase_ == Phase::acknowledging ? Phase::answered : Phase::resting, moment.now + options_.rest);
}

void ExportSession::take_acknowledged(std::uint64_t number) {
    if (phase_ == Phase::acknowledging && number == number_)
        enter(Phase::asking);
}

void ExportSession::poke() {
    if (phase_ == Phase::resting)
        enter(Phase::asking);
}

void ExportSession::accept(const Judgement& judgement, const ExportMoment& moment) {
    const std::uint64_t refused = std::min(judgement.refused_count, body_.item_count);
    status_.accepted_items += body_.item_count - refused;
    status_.refused_items += refused;
    status_.acknowledged = moment.wall;
    status_.problem = judgement.message;
    last_told_ = moment.now;
    rejections_ = 0;
    sizes_.facts_max = std::min(sizes_.facts_max * 2, options_.sizes.facts_max);
    sizes_.counters_max = std::min(sizes_.counters_max * 2, options_.sizes.counters_max);
    sizes_.bytes_max = std::min(sizes_.bytes_max * 2, options_.sizes.bytes_max);
    finish_body(moment);
}

bool ExportSession::halve_sizes() {
    const ExportSizes before = sizes_;
    for (std::uint32_t* size : {&sizes_.facts_max, &sizes_.counters_max, &sizes_.bytes_max})
        *size = std::max(*size / 2, std::uint32_t{1});
    return sizes_ != before;
}

// Another request, made of the same entries and not of all of them: the spool gives them again, since nothing was
// acknowledged.
void ExportSession::send_less(unsigned status, const std::string& why, const ExportMoment& moment) {
    if (batch_ == 0 || !halve_sizes())
        return set_aside(status, why, moment);
    status_.failed_requests += 1;
    status_.problem = why;
    body_ = {};
    enter(Phase::asking);
}

void ExportSession::set_aside(unsigned status, const std::string& why, const ExportMoment& moment) {
    status_.refused_items += body_.item_count;
    status_.problem = why;
    finish_body(moment);
    if (phase_ == Phase::answered && is_about_whoever_asks(status))
        due_ = moment.now + platform::backoff_delay(options_.backoff, ++rejections_, moment.dice);
}

void ExportSession::try_again(const std::string& why, const ExportMoment& moment, core::Duration least) {
    status_.failed_requests += 1;
    status_.problem = why;
    failures_ += 1;
    enter(Phase::ready,
          moment.now + std::max(platform::backoff_delay(options_.backoff, failures_, moment.dice), least));
}

core::Duration ExportSession::wanted_delay(const platform::HttpResponse& response, const ExportMoment& moment) const {
    const auto header = platform::find_header(response.headers, "Retry-After");
    if (!header)
        return core::Duration(0);
    const auto wanted = platform::parse_retry_after(*header, moment.wall.since_epoch);
    return wanted ? std::min(*wanted, options_.retry_after_max) : core::Duration(0);
}

std::vector<Reading> readings_of(const ExportStatus& status, const std::string& exporter, core::WallTime at) {
    const auto reading = [&](Figure figure, std::int64_t raw) {
        return make_reading({figure, at, raw}, {{"exporter", exporter}});
    };
    std::vector<Reading> readings{
        reading(Figure::export_items, static_cast<std::int64_t>(status.accepted_items)),
        reading(Figure::export_refused, static_cast<std::int64_t>(status.refused_items)),
        reading(Figure::export_failures, static_cast<std::int64_t>(status.failed_requests)),
    };
    if (status.acknowledged)
        readings.push_back(reading(Figure::export_acknowledged, status.acknowledged->since_epoch.count()));
    return readings;
}

}  // namespace noodstop::exporters
