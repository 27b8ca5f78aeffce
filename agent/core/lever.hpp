// The ways to act on a resource, and the port through which the path acts: what every provider must offer.
#pragma once

#include "agent/core/resource.hpp"

namespace noodstop::core {

// Stop categories of IEC 60204-1, as DESIGN.md 2 uses them, and the levers beside them.
enum class Lever : std::uint8_t {
    power_off,  // category 0: power off at once
    shut_down,  // category 1: orderly shutdown; the engine follows with power_off after the lever's deadline
    suspend,    // category 2: state kept; serves hold
    resume,     // ends a suspend; never starts what was stopped
    start,      // restore: starts what was baseline
};

const char* to_text(Lever lever);
std::optional<Lever> lever_from_name(std::string_view name);

struct StepId {
    std::uint64_t number = 0;  // unique over the life of a state folder
    auto operator<=>(const StepId&) const = default;
};

// One thing to do to one resource. Idempotent: it may be given again after a crash.
struct StepOrder {
    StepId id;
    ZoneName zone;
    ProviderName provider;
    ResourceId resource;
    Lever lever = Lever::power_off;
};

// The provider's answer to an order: taken, or why not. Never a proof that the resource stopped.
struct StepReport {
    StepId id;
    bool accepted = false;
    std::string problem;  // empty if accepted
};

enum class Observed : std::uint8_t {
    gone,     // not there, or there and not billed: what a stop wants
    running,  // executes, or is billed
    frozen,   // state kept, executes nothing
    unknown,  // could not be seen; never taken for gone
};

struct Observation {
    ProviderName provider;
    ResourceId resource;
    Observed observed = Observed::unknown;
    std::string problem;
};

enum class RehearsalAnswer : std::uint8_t { ready, refused, no_answer };

// Could this lever be pulled now? Answered without effect.
struct RehearsalLine {
    Lever lever = Lever::power_off;
    RehearsalAnswer answer = RehearsalAnswer::no_answer;
    std::string detail;
};

struct Rehearsal {
    ProviderName provider;
    std::vector<RehearsalLine> lines;
};

const char* to_text(Observed observed);
const char* to_text(RehearsalAnswer answer);

// A provider as the path sees it. Every call may block and is made on a thread of its own: read() on the
// provider's look thread, the others on its act thread, so both may run at once. Nothing here may throw but for
// bugs; the loop catches that too and takes it for absent, refused or unknown.
class Provider {
public:
    virtual ~Provider() = default;
    virtual Look read() = 0;  // taken_at is set by the caller
    virtual StepReport carry_out(const StepOrder& order) = 0;
    virtual Observation observe(const ResourceId& resource) = 0;
    virtual Rehearsal rehearse(const std::vector<Lever>& levers) = 0;
};

}  // namespace noodstop::core
