#include "tools/hub/alerts/webhook_session.hpp"

#include <algorithm>

namespace noodstop::alerts {
namespace {

constexpr core::Duration event_answer_grace = std::chrono::seconds(5);  // what transports it gives up first
constexpr core::Duration unwanted_delay = std::chrono::hours(24);

}  // namespace

bool WebhookSession::offer(CloudEvent event) {
    if (waiting_.size() >= events_waiting_max)
        return false;
    waiting_.push_back(std::move(event));
    return true;
}

WebhookSession::Step WebhookSession::next(const SendMoment& moment) {
    if (phase_ == Phase::sent && moment.now >= due_)
        try_again("no answer in time", core::Duration(0), moment);
    if (phase_ == Phase::done) {
        EventDone done{std::move(waiting_.front().id), delivered_};
        waiting_.pop_front();
        phase_ = Phase::ready;
        due_ = {};
        return done;
    }
    if (waiting_.empty())
        return RestUntil{};
    if (phase_ == Phase::sent || moment.now < due_)
        return RestUntil{due_};
    phase_ = Phase::sent;
    due_ = moment.now + options_.response_deadline + event_answer_grace;
    return SendRequest{++number_, make_post(options_, cloud_event_type, waiting_.front().body),
                       options_.response_deadline};
}

void WebhookSession::take_response(std::uint64_t number, const platform::HttpResponse& response,
                                   const SendMoment& moment) {
    if (phase_ != Phase::sent || number != number_)
        return;
    const unsigned hundreds = response.status / 100;
    if (response.status == 410)
        return try_again(told(response), unwanted_delay, moment);
    if (hundreds != 2 && (hundreds != 4 || response.status == 429))
        return try_again(told(response), wanted_delay(response, options_, moment.wall), moment);
    delivered_ = hundreds == 2;
    (delivered_ ? status_.accepted : status_.refused) += 1;
    status_.problem = delivered_ ? std::string() : told(response);
    failures_ = 0;
    phase_ = Phase::done;
}

void WebhookSession::take_failure(std::uint64_t number, const std::string& why, const SendMoment& moment) {
    if (phase_ == Phase::sent && number == number_)
        try_again(why, core::Duration(0), moment);
}

void WebhookSession::try_again(const std::string& why, core::Duration least, const SendMoment& moment) {
    status_.failed_requests += 1;
    status_.problem = why;
    failures_ += 1;
    phase_ = Phase::ready;
    const core::Duration delay = platform::backoff_delay(options_.backoff, failures_, moment.dice);
    due_ = moment.now + std::max(delay, least);
}

}  // namespace noodstop::alerts
