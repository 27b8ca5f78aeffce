// What a mandate lets the agent do: the class of each resource, and whether one step is inside the ceiling. A refusal
// is a sentence; the engine records it and never argues.
#pragma once

#include "agent/core/meter.hpp"

#include <deque>

namespace noodstop::core {

// The class of every resource of the meter, in its order. `mandates` are those of all zones that cover the provider:
// protected if any protects it, baseline if any names it (DESIGN.md 4.8).
std::vector<ResourceClass> classify(const Meter& meter, const std::vector<const Mandate*>& mandates);

struct StepQuestion {
    ZoneName zone;
    ProviderName provider;
    Lever lever = Lever::power_off;
    ResourceClass class_ = ResourceClass::unknown;
    std::uint32_t baseline_stops_last_hour = 0;
};

// Empty: granted. Otherwise the reason, e.g. "mandate m1 grants no power_off for provider lab".
std::string refusal(const Mandate* mandate, const StepQuestion& question, WallTime now);

bool is_valid(const Mandate& mandate, WallTime now);
bool grants(const Mandate& mandate, const ProviderName& provider, Lever lever);
// Power off or shut down, for at least one of these providers.
bool grants_any_stop(const Mandate& mandate, const std::vector<ProviderName>& providers);

}  // namespace noodstop::core
