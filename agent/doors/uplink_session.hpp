// The conversation with the hub, without I/O: when to dial, what to ask the spool for, what to push, what to do with
// an answer, and how long to wait after a failure. Whoever carries it out hands in what happened and the time.
//
//   resting --due--> connecting --connected--> asking --batch--> pushing --answer--> handing_back --judged--> asking
//      ^                 |                        |  nothing to send                                     |
//      |                 |                        `-----> idle --news, poll or heartbeat--> asking <-----'
//      `---- back off ---+------ any failure of the connection, any deadline -------------'
//
// The first push of a connection is empty: its answer tells the spool how far the hub is. Which entries are sent, and
// what an answer is believed, the spool decides; nothing here knows a position.
//
// A push is out until it is answered, one at a time. Delays grow with each failure and have a random part, so that a
// fleet does not come back in one moment; a hub that says when to come is obeyed, up to retry_after_max.
#pragma once

#include "agent/core/uplink.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace noodstop::doors {

struct UplinkTimes {
    core::Duration connect_deadline = std::chrono::seconds(30);
    core::Duration answer_deadline = std::chrono::seconds(60);
    core::Duration spool_deadline = std::chrono::seconds(15);
    core::Duration poll_interval = std::chrono::seconds(10);       // of the spool, while nobody tells of news
    core::Duration news_delay = std::chrono::milliseconds(250);    // then what is new is durable, mostly
    core::Duration heartbeat_interval = std::chrono::seconds(60);  // at the latest something is pushed, with status
    core::Duration back_off_first = std::chrono::seconds(1);
    core::Duration back_off_max = std::chrono::minutes(5);
    core::Duration retry_after_max = std::chrono::hours(1);
};

struct UplinkSizes {
    std::uint32_t facts_max = 1'000;
    std::uint32_t counters_max = 5'000;
    std::uint32_t bytes_max = 512 << 10;
};

// ---- what is to be done ----
struct Dial {};
struct HangUp {};
struct AskSpool {
    UplinkSizes sizes;  // zeros: for an empty batch
};
struct PushBatch {
    core::SpoolBatch batch;
    bool with_status = false;
};
struct HandBack {
    std::uint64_t batch = 0;
    core::HubAnswer answer;
};
using UplinkAction = std::variant<Dial, HangUp, AskSpool, PushBatch, HandBack>;
using UplinkActions = std::vector<UplinkAction>;

// How a hub says no.
enum class PushRefusal : std::uint8_t {
    too_much,  // for now, or at once: later, and less
    wrong,     // it does not understand, or does not let us: no use to hurry
    failed,    // anything else
};

class UplinkSession {
public:
    using Draw = std::function<std::uint64_t()>;  // random numbers
    UplinkSession(UplinkTimes times, UplinkSizes sizes, Draw draw);

    // `now` is of a clock that never goes back. Each returns what is to be done, in order.
    UplinkActions begin(core::Duration now);
    UplinkActions connected(core::Duration now);
    UplinkActions disconnected(core::Duration now, std::string why);  // or never connected
    UplinkActions batch_came(core::Duration now, core::SpoolBatch batch);
    UplinkActions no_batch(core::Duration now, std::string why);  // the spool can't give one
    UplinkActions answered(core::Duration now, const core::HubAnswer& answer);
    UplinkActions refused(core::Duration now, PushRefusal refusal, std::string why,
                          std::optional<core::Duration> retry_after);
    UplinkActions handed_back(core::Duration now);
    UplinkActions news(core::Duration now);  // a fact that a person must know at once is in the spool, or will be
    UplinkActions turn(core::Duration now);  // when due_at() has come

    core::Duration due_at() const { return due_at_; }

    struct Status {
        bool connected = false;
        std::optional<core::Duration> answered_at;  // the last time the hub answered
        std::string problem;                        // since then; empty: none
    };
    const Status& status() const { return status_; }

private:
    enum class State : std::uint8_t {
        resting,  // not connected, until due_at_
        connecting,
        asking,        // the spool for a batch
        pushing,       // a batch is out
        handing_back,  // the hub's answer to the spool
        idle,          // nothing to send, until due_at_
        waiting,       // the hub asked for time, until due_at_
    };

    UplinkActions enter(State state, core::Duration due_at, UplinkActions actions);
    UplinkActions ask(core::Duration now);
    UplinkActions push(core::Duration now, core::SpoolBatch batch);
    UplinkActions rest(core::Duration now, std::string why);
    UplinkActions wait(core::Duration now, std::optional<core::Duration> retry_after);
    core::Duration back_off();
    void shrink();
    void grow();

    UplinkTimes times_;
    UplinkSizes most_;
    UplinkSizes sizes_;
    Draw draw_;
    State state_ = State::resting;
    core::Duration due_at_ = core::Duration::max();
    Status status_;
    std::uint32_t failures_ = 0;   // in a row
    std::uint32_t fruitless_ = 0;  // answers in a row after which nothing moved
    bool opening_ = false;         // the first push of the connection is not answered yet
    bool news_ = false;
    std::uint64_t out_ = 0;  // the batch's number; 0: of no batch
    bool has_facts_out_ = false;
    bool has_samples_out_ = false;
    // What the entries that are out follow, and those did that the hub last said it took.
    using Follows = std::pair<std::optional<core::Position>, std::optional<core::Position>>;
    Follows out_follows_;
    std::optional<Follows> taken_follows_;
    std::optional<core::Duration> pushed_at_;
};

}  // namespace noodstop::doors
