// What must hold between values of the draft. Each check says all that it finds and stays silent where something that
// was not understood is the cause, so that every mistake is told once.
#pragma once

#include "agent/config/draft.hpp"

namespace noodstop::config {

struct Scene {
    const Draft& draft;
    const Machine& machine;
    Report& report;
};

// First: names that don't exist. Marks the tables in which they stand.
void check_references(Draft& draft, Report& report);

void check_agent(const Scene& scene);
void check_price_lists(const Scene& scene);
void check_providers(const Scene& scene);
void check_control_groups(const Scene& scene);
void check_zones(const Scene& scene);
void check_limits(const Scene& scene);
void check_limit_authority(const Scene& scene);  // is it enforceable, and within the mandate?
void check_actions(const Scene& scene);
void check_mandates(const Scene& scene);
void check_notifications(const Scene& scene);
void check_channel(const Scene& scene);
void remark_channel_files(const Scene& scene);  // that are not there, or keys that others may read
void remark_unused(const Scene& scene);

}  // namespace noodstop::config
