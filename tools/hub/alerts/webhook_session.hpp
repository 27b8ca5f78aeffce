// Tells one webhook of events, one by one and in order, without I/O. An event leaves only when the receiver has it or
// refused it for good, and the caller, who keeps events in its store, gets to know.
//
//   2xx                     delivered
//   429, 5xx, 3xx, nothing  tried again, after Retry-After or a back-off
//   410                     the receiver wants no events any more (CloudEvents webhooks, 4): tried again once a day
//   other 4xx               refused: counted, told, and the next one is sent
#pragma once

#include "tools/hub/alerts/cloud_event_codec.hpp"
#include "tools/hub/alerts/send_step.hpp"

#include <deque>
#include <variant>

namespace noodstop::alerts {

inline constexpr std::size_t events_waiting_max = 10'000;

// The store may forget it.
struct EventDone {
    std::string id;
    bool delivered = true;  // false: refused for good
};

class WebhookSession {
public:
    using Step = std::variant<SendRequest, EventDone, RestUntil>;

    explicit WebhookSession(SendOptions options) : options_(std::move(options)) {}

    // False: there is no room, the event stays with the caller, who offers it again after an EventDone.
    bool offer(CloudEvent event);

    // Requests and EventDone are given out once.
    Step next(const SendMoment& moment);
    // The answer to the request of this number, or why there is none; ignored if it comes too late.
    void take_response(std::uint64_t number, const platform::HttpResponse& response, const SendMoment& moment);
    void take_failure(std::uint64_t number, const std::string& why, const SendMoment& moment);

    const SendStatus& status() const { return status_; }
    std::size_t waiting_count() const { return waiting_.size(); }

private:
    enum class Phase : std::uint8_t {
        ready,  // the first of what waits is sent next, not before due_
        sent,   // until due_
        done,   // the first of what waits is reported next
    };

    void try_again(const std::string& why, core::Duration least, const SendMoment& moment);

    SendOptions options_;
    std::deque<CloudEvent> waiting_;
    Phase phase_ = Phase::ready;
    core::Instant due_;
    bool delivered_ = false;  // while done
    std::uint64_t number_ = 0;
    std::uint32_t failures_ = 0;
    SendStatus status_;
};

}  // namespace noodstop::alerts
