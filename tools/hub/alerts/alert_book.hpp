// Which alerts stand, folded from what the hub receives: facts one by one, the status of an agent as a whole, and the
// hub's own word that an agent is missing or back. Pure: the hub keeps what stands in its store and gives it back at
// the next start.
//
// Facts tell at once; a status puts right what facts did not tell, as after a summarized burst or a lost store. What is
// told twice changes nothing.
#pragma once

#include "agent/core/snapshot.hpp"
#include "tools/hub/alerts/alert.hpp"

#include <map>
#include <utility>

namespace noodstop::alerts {

using AlertMap = std::map<AlertKey, Alert>;

class AlertBook {
public:
    explicit AlertBook(const std::vector<Alert>& standing = {});

    void take_fact(const std::string& agent, const core::Fact& fact);
    void take_status(const std::string& agent, const core::Snapshot& status);
    void agent_missing(const std::string& agent, core::WallTime last_seen, core::WallTime now);
    void agent_returned(const std::string& agent, core::WallTime now);

    const AlertMap& standing() const { return standing_; }

    // What began (without end) and what ended since the last call, in order.
    std::vector<Alert> take_changes() { return std::exchange(changes_, {}); }

private:
    void begin(Alert alert);
    void end(const AlertKey& key, core::WallTime at);
    void put_right(const Alert& alert, bool stands, core::WallTime at);

    AlertMap standing_;
    std::vector<Alert> changes_;
};

}  // namespace noodstop::alerts
