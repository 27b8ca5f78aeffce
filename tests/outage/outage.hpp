// An agent whose hub is away for a long time, in simulated time: the production journal with its spool on a real disk,
// the uplink session, the wire, the hub's intake and store. Then the hub is back, and everything is compared.
#pragma once

#include "agent/core/units.hpp"

#include <cstdint>
#include <string>

namespace noodstop::outage {

struct OutagePlan {
    core::Duration length = std::chrono::hours(24 * 30);
    core::Duration sample_interval = std::chrono::minutes(1);  // as counters go with each checkpoint
    std::uint64_t resources = 1'000;                           // at any moment
    unsigned replaced_per_hour = 5;                            // resources that end while others begin
    unsigned facts_per_day = 480;
    std::uint64_t spool_bytes_max = 64 << 20;
    std::uint64_t seed = 1;
    std::string folder;  // of both ends' files; must be there, and empty
};

struct OutageFigures {
    std::uint64_t samples_recorded = 0;  // a moment with more than 1,000 counters is several
    std::uint64_t samples_thinned = 0;
    std::uint64_t counters = 0;        // that were ever told, those that have ended among them
    std::uint64_t facts_recorded = 0;  // what the spool tells of itself among them
    std::uint64_t spool_bytes = 0;     // of samples and totals, at its largest
    std::uint64_t database_bytes = 0;  // the agent's whole file at the end of the outage, with its journal
    std::uint64_t dials = 0;           // in vain
    std::uint64_t counters_pushed = 0;
    std::uint64_t pushes = 0;         // until everything was taken
    std::uint64_t push_bytes = 0;     // of their messages, before compression
    double simulated_seconds = 0;     // of a processor's real time, for the outage
    double drain_seconds = 0;         // likewise, for all pushes: spool, wire, intake and hub's commits
    core::Duration drain_time{0};     // by the agent's clock: what the session itself waits
    std::uint64_t facts_missing = 0;  // at the hub
    std::uint64_t facts_wrong = 0;    // there, but another one than was recorded, or never recorded
    std::uint64_t totals_wrong = 0;   // missing, of another value, or never told
    std::uint64_t gaps = 0;           // that the hub was told of
    std::string problem;              // why it could not be lived to the end; empty: it was
};

OutageFigures live_outage(const OutagePlan& plan);

}  // namespace noodstop::outage
