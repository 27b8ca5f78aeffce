// The taking of one push into the hub's tables: what is new, what is here already, what does not go on from what is
// here (store.hpp, 2 to 5). Inside a transaction of the caller.
#pragma once

#include "tools/hub/rows.hpp"

namespace noodstop::hub {

class Taking {
public:
    Taking(platform::Database& database, AgentState& agent, core::WallTime now)
        : database_(database), agent_(agent), now_(now) {}

    platform::Result<core::LaneAnswer> take(const core::FactRun& run);
    platform::Result<core::LaneAnswer> take(const core::SampleRun& run);
    platform::Status take_claims(const core::SpoolBatch& batch);

private:
    platform::Result<bool> is_here(core::Lane lane, const std::optional<core::Position>& position);
    platform::Result<std::uint64_t> held(core::Lane lane, std::uint64_t epoch);
    platform::Status enter(core::Lane lane, const core::RunBounds& run);
    platform::Status tell_where_it_goes_on(const core::FactRun& run, std::uint64_t held_before);
    platform::Status tell_what_never_came(const core::FactRun& run);
    platform::Status begin_line(const core::SampleRun& run);
    platform::Result<bool> is_welcome(const core::SampleRun& run);
    bool goes_on(const core::SampleRun& run) const;
    platform::Status note(EventKind kind, const std::string& text);

    platform::Database& database_;
    AgentState& agent_;
    core::WallTime now_;
};

}  // namespace noodstop::hub
