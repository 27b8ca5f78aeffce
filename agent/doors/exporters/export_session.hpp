// One exporter's conversation with one receiver over HTTP, without I/O: it says what to do next, takes what came of it,
// and decides what is the receiver's, what is tried again and when, and what is set aside.
//
//   asking     the spool is asked for what follows
//   resting    there was nothing; asked again after a while, or when poke() says that there is more
//   ready      a request is made and not sent yet: at the start, or when a back-off is over
//   sent       the answer is awaited
//   answered   the receiver has the batch, or it was set aside: the spool gets to know, and only then is asked again
//
// The cursor lives in the spool and moves only by acknowledgements. So receivers get everything at least once and, as
// far as this process remembers, in order: a request stays what it was until the receiver has taken or refused it, byte
// for byte. What they refuse for good is counted and told, and never blocks what follows. A receiver for whom a request
// is too large (413) gets half as much at once, down to single entries. One that refuses whoever asks or what is asked
// for (401, 403, 404, 405, 407), and not the data, gets the next batch only after a back-off: a wrong token must not
// empty the spool in a minute.
#pragma once

#include "agent/doors/exporters/push_format.hpp"
#include "platform/http/retry.hpp"

#include <variant>

namespace noodstop::exporters {

// Of one batch; one entry alone may have more bytes.
struct ExportSizes {
    std::uint32_t facts_max = 500;
    std::uint32_t counters_max = 2'000;
    std::uint32_t bytes_max = 256 << 10;
    bool operator==(const ExportSizes&) const = default;
};

struct ExportOptions {
    std::string target;                         // of the receiver: "/api/v1/write"
    std::vector<platform::HttpHeader> headers;  // further ones: Authorization, X-Scope-OrgID
    std::string user_agent = "noodstop";
    ExportSizes sizes;
    platform::Backoff backoff;
    core::Duration retry_after_max = std::chrono::hours(1);       // a receiver that asks for more gets this
    core::Duration response_deadline = std::chrono::seconds(30);  // from sending to the whole answer
    core::Duration spool_deadline = std::chrono::seconds(30);     // for its answers; then it is asked or told again
    core::Duration rest = std::chrono::seconds(5);                // until it is asked again after nothing
    // After this time without anything new all figures are sent as they stand (present_readings): receivers forget
    // series that are silent (Prometheus: after five minutes), and what they refused of a counter that no longer
    // changes would be missing for ever. Zero: never, for facts.
    core::Duration repeat_interval = std::chrono::minutes(1);
};

// Time and randomness at a call.
struct ExportMoment {
    core::Instant now;
    core::WallTime wall;
    platform::Dice dice;
};

// What the caller does next. A number comes back with the answer.
struct AskBatch {
    std::uint64_t number = 0;
    ExportSizes sizes;
};
struct AskPresent {  // for all figures as they stand
    std::uint64_t number = 0;
};
struct SendRequest {
    std::uint64_t number = 0;
    platform::HttpRequest request;
    core::Duration deadline{0};
};
struct AcknowledgeBatch {
    std::uint64_t number = 0;
    std::uint64_t batch = 0;  // the spool's number of it
};
struct RestUntil {
    core::Instant at;  // call next() again then, or after an input
};
using ExportStep = std::variant<AskBatch, AskPresent, SendRequest, AcknowledgeBatch, RestUntil>;

struct ExportStatus {
    std::uint64_t accepted_items = 0;
    std::uint64_t refused_items = 0;    // set aside, or refused in part
    std::uint64_t failed_requests = 0;  // tried again since
    std::optional<core::WallTime> acknowledged;
    std::string problem;  // of the last answer that was not a plain success; empty since one was
};

class ExportSession {
public:
    // `format` outlives the session.
    ExportSession(const PushFormat& format, ExportOptions options)
        : format_(format), options_(std::move(options)), sizes_(options_.sizes) {}

    // Each step is given out once, but for RestUntil. An answer that does not come by its deadline is given up here.
    ExportStep next(const ExportMoment& moment);

    // The answers to the steps of these numbers; take_failure() says why there is none. What comes too late is ignored.
    void take_batch(std::uint64_t number, const std::optional<ExportBatch>& batch, const ExportMoment& moment);
    void take_present(std::uint64_t number, const std::vector<Reading>& readings, const ExportMoment& moment);
    void take_acknowledged(std::uint64_t number);  // also where the spool knows nothing of that batch any more
    void take_response(std::uint64_t number, const platform::HttpResponse& response, const ExportMoment& moment);
    void take_failure(std::uint64_t number, const std::string& why, const ExportMoment& moment);
    // There is more in the spool.
    void poke();

    const ExportStatus& status() const { return status_; }

private:
    enum class Phase : std::uint8_t {
        asking,            // AskBatch is the next step
        awaiting_batch,    // until due_
        presenting,        // AskPresent is the next step
        awaiting_present,  // until due_
        resting,           // until due_
        ready,             // SendRequest is the next step, not before due_
        sent,              // until due_
        answered,          // AcknowledgeBatch is the next step, not before due_
        acknowledging,     // until due_
    };

    void enter(Phase phase, core::Instant due = {}) { phase_ = phase, due_ = due; }
    void give_up_late(const ExportMoment& moment);
    SendRequest make_request();
    void hold(const ExportBatch& batch, const ExportMoment& moment);
    void finish_body(const ExportMoment& moment);
    void accept(const Judgement& judgement, const ExportMoment& moment);
    void set_aside(unsigned status, const std::string& why, const ExportMoment& moment);
    bool halve_sizes();
    void send_less(unsigned status, const std::string& why, const ExportMoment& moment);
    void try_again(const std::string& why, const ExportMoment& moment, core::Duration least = core::Duration(0));
    core::Duration wanted_delay(const platform::HttpResponse& response, const ExportMoment& moment) const;

    const PushFormat& format_;
    ExportOptions options_;
    ExportSizes sizes_;  // at present
    Phase phase_ = Phase::asking;
    core::Instant due_;
    std::uint64_t number_ = 0;                // of the last step that wants an answer
    PushBody body_;                           // while ready or sent
    std::uint64_t batch_ = 0;                 // that it was made of; 0: figures as they stand
    std::uint32_t failures_ = 0;              // in a row
    std::uint32_t rejections_ = 0;            // in a row, of whoever asks
    std::optional<core::Instant> last_told_;  // when something was taken, or figures as they stand were dealt with
    ExportStatus status_;
};

// The session about itself, labelled with the exporter's name.
std::vector<Reading> readings_of(const ExportStatus& status, const std::string& exporter, core::WallTime at);

}  // namespace noodstop::exporters
