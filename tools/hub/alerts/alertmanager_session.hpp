// Tells one Alertmanager which alerts stand, again and again, since it forgets what is not repeated; without I/O.
// Instances of a cluster get a session each.
//
//   resting  until the next round, or until something begins or ends
//   ready    a round is under way: its next part is to be sent, or a back-off has to pass
//   sent     the answer is awaited
//
// A round tells everything that stands and every end that was not told yet. What fails is not repeated as it was: the
// next round after the back-off tells what stands by then. What is refused (4xx) is counted; if it still stands, the
// next round tells it again.
#pragma once

#include "tools/hub/alerts/alert_book.hpp"
#include "tools/hub/alerts/alertmanager_codec.hpp"
#include "tools/hub/alerts/send_step.hpp"

#include <variant>

namespace noodstop::alerts {

inline constexpr std::size_t alerts_per_request_max = 200;
inline constexpr std::size_t untold_ends_max = 10'000;  // further ones end by the hold of their last telling

class AlertmanagerSession {
public:
    struct Options {
        SendOptions send;
        AlertmanagerOptions alerts;
        core::Duration resend_interval = std::chrono::minutes(1);
    };
    using Step = std::variant<SendRequest, RestUntil>;

    explicit AlertmanagerSession(Options options) : options_(std::move(options)) {}

    // Something began or ended: AlertBook::take_changes().
    void take_changes(const std::vector<Alert>& changes);

    // A request is given out once.
    Step next(const AlertMap& standing, const SendMoment& moment);
    // The answer to the request of this number, or why there is none; ignored if it comes too late.
    void take_response(std::uint64_t number, const platform::HttpResponse& response, const SendMoment& moment);
    void take_failure(std::uint64_t number, const std::string& why, const SendMoment& moment);

    const SendStatus& status() const { return status_; }

private:
    enum class Phase : std::uint8_t { resting, ready, sent };

    void begin_round(const AlertMap& standing, const SendMoment& moment);
    bool is_round_told() const { return told_of_round_ == round_.size(); }
    void end_round(const SendMoment& moment);
    SendRequest send_part(const SendMoment& moment);
    void part_done();
    void try_again(const std::string& why, core::Duration least, const SendMoment& moment);

    Options options_;
    AlertMap untold_ends_;
    std::vector<Alert> round_;       // what this round tells
    std::size_t told_of_round_ = 0;  // parts that were answered
    std::size_t part_size_ = 0;      // of what is sent
    Phase phase_ = Phase::resting;
    bool has_news_ = false;  // since the round was made
    core::Instant due_;      // of the next round, the next part, or the answer
    core::Instant round_began_;
    std::uint64_t number_ = 0;
    std::uint32_t failures_ = 0;
    SendStatus status_;
};

}  // namespace noodstop::alerts
