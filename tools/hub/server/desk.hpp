// All that is done with the store, on one thread: pushes are taken, people's questions answered, missing agents
// noticed; and with each of these alerts begin and end, in the same transaction. So an alert whose fact was taken is
// not lost with the process, and what stood before a restart stands after it.
//
// An agent is missing when nothing was heard of it for `missing_after`. What a hub that was away itself did not hear is
// no agent's fault: from its start on each has the whole time again.
#pragma once

#include "tools/hub/fleet.hpp"
#include "tools/hub/intake.hpp"
#include "tools/hub/server/alert_rows.hpp"

#include <functional>
#include <map>
#include <memory>

namespace noodstop::hub {

struct DeskOptions {
    core::Duration missing_after = std::chrono::minutes(5);
    core::Duration retention = std::chrono::hours(24 * 400);  // of facts and events
    bool keeps_notices = false;                               // there is a webhook
};

struct DeskMoment {
    core::Instant now;    // never goes back
    core::WallTime wall;  // for people
};

// What began or ended, and all that stands after it.
struct AlertNews {
    std::vector<alerts::Alert> changes;
    std::shared_ptr<const alerts::AlertMap> standing;
};

struct DeskReports {
    std::function<void(AlertNews news)> alerts;
    std::function<void(std::string line)> trouble;  // a sentence for the log
    std::function<void(bool is_written)> store;     // its disk fails, or takes writes again
};

class Desk {
public:
    Desk(Store store, DeskOptions options, DeskReports reports) noexcept;
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    // Reads what stood. To be called once, first.
    platform::Status begin(const DeskMoment& moment);

    IntakeAnswer take(const codec::Push& push, const DeskMoment& moment);
    platform::Result<std::vector<codec::AgentSummary>> list(const Viewer& viewer, core::WallTime wall);
    platform::Result<codec::AgentDetail> agent(const std::string& id, const Viewer& viewer, core::WallTime wall);

    platform::Result<std::vector<Notice>> notices(std::int64_t after, std::int64_t most);
    platform::Status forget_notice(std::int64_t number);

    // About once a second: who is missing, what is too old, and whether a dead store lives again.
    void beat(const DeskMoment& moment);

private:
    struct Heard {
        core::Instant at;
        core::WallTime wall;
    };

    platform::Status write_changes(platform::Database& database, const std::vector<alerts::Alert>& changes);
    void adopt(alerts::AlertBook book, std::vector<alerts::Alert> changes);
    void look_for_missing(const DeskMoment& moment);
    void forget_old(const DeskMoment& moment);
    void mind_store();
    void mark(codec::AgentSummary& summary) const;

    Store store_;
    Intake intake_;
    Fleet fleet_;
    DeskOptions options_;
    DeskReports reports_;
    alerts::AlertBook book_;
    std::map<std::string, Heard> heard_;
    std::optional<core::Instant> forgot_at_;
    bool was_dead_ = false;
    std::string told_problem_;
};

}  // namespace noodstop::hub
