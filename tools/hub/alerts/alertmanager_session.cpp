#include "tools/hub/alerts/alertmanager_session.hpp"

#include <algorithm>

namespace noodstop::alerts {
namespace {

constexpr core::Duration alert_answer_grace = std::chrono::seconds(5);  // what transports it gives up first

}  // namespace

void AlertmanagerSession::take_changes(const std::vector<Alert>& changes) {
    for (const Alert& alert : changes) {
        if (!alert.ended)
            untold_ends_.erase(alert.key);
        else if (untold_ends_.contains(alert.key) || untold_ends_.size() < untold_ends_max)
            untold_ends_.insert_or_assign(alert.key, alert);
    }
    has_news_ |= !changes.empty();
    // A back-off is kept to.
    if (has_news_ && phase_ == Phase::resting && failures_ == 0)
        due_ = {};
}

AlertmanagerSession::Step AlertmanagerSession::next(const AlertMap& standing, const SendMoment& moment) {
    if (phase_ == Phase::sent && moment.now >= due_)
        try_again("no answer in time", core::Duration(0), moment);
    if (phase_ == Phase::ready && is_round_told())
        end_round(moment);
    if (phase_ == Phase::sent || moment.now < due_)
        return RestUntil{due_};
    if (phase_ == Phase::resting)
        begin_round(standing, moment);
    if (!is_round_told())
        return send_part(moment);
    end_round(moment);  // nothing stands
    return RestUntil{due_};
}

void AlertmanagerSession::end_round(const SendMoment& moment) {
    phase_ = Phase::resting;
    due_ = has_news_ ? moment.now : round_began_ + options_.resend_interval;
}

void AlertmanagerSession::begin_round(const AlertMap& standing, const SendMoment& moment) {
    round_.clear();
    for (const auto& [key, alert] : standing)
        round_.push_back(alert);
    for (const auto& [key, alert] : untold_ends_)
        if (!standing.contains(key))
            round_.push_back(alert);
    told_of_round_ = 0;
    has_news_ = false;
    round_began_ = moment.now;
    phase_ = Phase::ready;
}

SendRequest AlertmanagerSession::send_part(const SendMoment& moment) {
    part_size_ = std::min(alerts_per_request_max, round_.size() - told_of_round_);
    const std::span<const Alert> part(round_.data() + told_of_round_, part_size_);
    phase_ = Phase::sent;
    due_ = moment.now + options_.send.response_deadline + alert_answer_grace;
    return {++number_,
            make_post(options_.send, "application/json", encode_alertmanager(part, options_.alerts, moment.wall)),
            options_.send.response_deadline};
}

void AlertmanagerSession::take_response(std::uint64_t number, const platform::HttpResponse& response,
                                        const SendMoment& moment) {
    if (phase_ != Phase::sent || number != number_)
        return;
    const unsigned hundreds = response.status / 100;
    if (hundreds != 2 && (hundreds != 4 || response.status == 429))
        return try_again(told(response), wanted_delay(response, options_.send, moment.wall), moment);
    (hundreds == 2 ? status_.accepted : status_.refused) += part_size_;
    status_.problem = hundreds == 2 ? std::string() : told(response);
    part_done();
}

void AlertmanagerSession::take_failure(std::uint64_t number, const std::string& why, const SendMoment& moment) {
    if (phase_ == Phase::sent && number == number_)
        try_again(why, core::Duration(0), moment);
}

void AlertmanagerSession::part_done() {
    for (std::size_t index = told_of_round_; index < told_of_round_ + part_size_; ++index) {
        const auto untold = untold_ends_.find(round_[index].key);
        // It may have begun and ended again meanwhile.
        if (untold != untold_ends_.end() && untold->second == round_[index])
            untold_ends_.erase(untold);
    }
    told_of_round_ += part_size_;
    failures_ = 0;
    phase_ = Phase::ready;
    due_ = {};
}

void AlertmanagerSession::try_again(const std::string& why, core::Duration least, const SendMoment& moment) {
    status_.failed_requests += 1;
    status_.problem = why;
    failures_ += 1;
    phase_ = Phase::resting;
    const core::Duration delay = platform::backoff_delay(options_.send.backoff, failures_, moment.dice);
    due_ = moment.now + std::max(delay, least);
}

}  // namespace noodstop::alerts
