#include "proto/codec/enums.hpp"

#include <fmt/format.h>

#include <cctype>

namespace noodstop::codec {
namespace {

template <class Ours, class Wire>
struct Pair {
    Ours ours;
    Wire wire;
};

template <class Ours, class Wire, std::size_t size>
Wire find_wire(const Pair<Ours, Wire> (&pairs)[size], Ours ours) {
    for (const auto& pair : pairs)
        if (pair.ours == ours)
            return pair.wire;
    return static_cast<Wire>(0);  // unspecified: the reader refuses it
}

template <class Ours, class Wire, std::size_t size>
Ours find_ours(const Pair<Ours, Wire> (&pairs)[size], Wire wire, const char* what, Problem& problem) {
    for (const auto& pair : pairs)
        if (pair.wire == wire)
            return pair.ours;
    problem.tell(fmt::format("{} is not a known {}", static_cast<int>(wire), what));
    return pairs[0].ours;
}

constexpr Pair<core::BreakerState, v1::BreakerState> breaker_states[] = {
    {core::BreakerState::disarmed, v1::BREAKER_STATE_DISARMED},
    {core::BreakerState::observing, v1::BREAKER_STATE_OBSERVING},
    {core::BreakerState::armed, v1::BREAKER_STATE_ARMED},
    {core::BreakerState::tripped, v1::BREAKER_STATE_TRIPPED},
    {core::BreakerState::latched, v1::BREAKER_STATE_LATCHED},
};

constexpr Pair<core::LimitKind, v1::LimitKind> limit_kinds[] = {
    {core::LimitKind::spend, v1::LIMIT_KIND_SPEND},
    {core::LimitKind::rate, v1::LIMIT_KIND_RATE},
    {core::LimitKind::count, v1::LIMIT_KIND_COUNT},
    {core::LimitKind::allow, v1::LIMIT_KIND_ALLOW},
};

constexpr Pair<core::WindowKind, v1::WindowKind> window_kinds[] = {
    {core::WindowKind::rolling, v1::WINDOW_KIND_ROLLING},
    {core::WindowKind::day, v1::WINDOW_KIND_DAY},
    {core::WindowKind::month, v1::WINDOW_KIND_MONTH},
};

constexpr Pair<core::Lever, v1::Lever> levers[] = {
    {core::Lever::power_off, v1::LEVER_POWER_OFF}, {core::Lever::shut_down, v1::LEVER_SHUT_DOWN},
    {core::Lever::suspend, v1::LEVER_SUSPEND},     {core::Lever::resume, v1::LEVER_RESUME},
    {core::Lever::start, v1::LEVER_START},
};

constexpr Pair<core::RehearsalAnswer, v1::RehearsalAnswer> rehearsal_answers[] = {
    {core::RehearsalAnswer::ready, v1::REHEARSAL_ANSWER_READY},
    {core::RehearsalAnswer::refused, v1::REHEARSAL_ANSWER_REFUSED},
    {core::RehearsalAnswer::no_answer, v1::REHEARSAL_ANSWER_NO_ANSWER},
};

constexpr Pair<core::Activity, v1::Activity> activities[] = {
    {core::Activity::running, v1::ACTIVITY_RUNNING},    {core::Activity::billed_idle, v1::ACTIVITY_BILLED_IDLE},
    {core::Activity::frozen, v1::ACTIVITY_FROZEN},      {core::Activity::stopped, v1::ACTIVITY_STOPPED},
    {core::Activity::unknown, v1::ACTIVITY_UNREADABLE},
};

constexpr Pair<core::ResourceClass, v1::ResourceClass> resource_classes[] = {
    {core::ResourceClass::protected_, v1::RESOURCE_CLASS_PROTECTED},
    {core::ResourceClass::baseline, v1::RESOURCE_CLASS_BASELINE},
    {core::ResourceClass::unknown, v1::RESOURCE_CLASS_UNLISTED},
};

constexpr Pair<core::OrderKind, v1::OrderKind> order_kinds[] = {
    {core::OrderKind::trip, v1::ORDER_KIND_TRIP},
    {core::OrderKind::reset, v1::ORDER_KIND_RESET},
    {core::OrderKind::raise, v1::ORDER_KIND_RAISE},
    {core::OrderKind::disarm, v1::ORDER_KIND_DISARM},
    {core::OrderKind::arm, v1::ORDER_KIND_ARM},
    {core::OrderKind::observe, v1::ORDER_KIND_OBSERVE},
    {core::OrderKind::acknowledge_prices, v1::ORDER_KIND_ACKNOWLEDGE_PRICES},
    {core::OrderKind::restore, v1::ORDER_KIND_RESTORE},
};

constexpr Pair<core::CounterKind, v1::CounterKind> counter_kinds[] = {
    {core::CounterKind::zone_spend, v1::COUNTER_KIND_ZONE_SPEND},
    {core::CounterKind::limit_used, v1::COUNTER_KIND_LIMIT_USED},
    {core::CounterKind::resource_spend, v1::COUNTER_KIND_RESOURCE_SPEND},
};

constexpr Pair<core::GapReason, v1::GapReason> gap_reasons[] = {
    {core::GapReason::damaged, v1::GAP_REASON_DAMAGED},
    {core::GapReason::missing, v1::GAP_REASON_MISSING},
};

constexpr std::string_view fact_kind_prefix = "FACT_KIND_";

}  // namespace

// Fact kinds have the same names on both sides, so that the names are the table.
v1::FactKind to_wire(core::FactKind kind) {
    std::string name(fact_kind_prefix);
    for (const char* letter = core::to_text(kind); *letter != '\0'; ++letter)
        name += static_cast<char>(std::toupper(static_cast<unsigned char>(*letter)));
    v1::FactKind wire = v1::FACT_KIND_UNSPECIFIED;
    v1::FactKind_Parse(name, &wire);
    return wire;
}

core::FactKind from_wire(v1::FactKind wire, Problem& problem) {
    std::string name = v1::FactKind_Name(wire);
    name.erase(0, std::min(name.size(), fact_kind_prefix.size()));
    for (char& letter : name)
        letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    if (const auto kind = core::fact_kind_from_name(name))
        return *kind;
    problem.tell(fmt::format("{} is not a known kind of fact", static_cast<int>(wire)));
    return core::FactKind::agent_started;
}

v1::BreakerState to_wire(core::BreakerState state) {
    return find_wire(breaker_states, state);
}
core::BreakerState from_wire(v1::BreakerState wire, Problem& problem) {
    return find_ours(breaker_states, wire, "breaker state", problem);
}

v1::LimitKind to_wire(core::LimitKind kind) {
    return find_wire(limit_kinds, kind);
}
core::LimitKind from_wire(v1::LimitKind wire, Problem& problem) {
    return find_ours(limit_kinds, wire, "kind of limit", problem);
}

v1::WindowKind to_wire(core::WindowKind kind) {
    return find_wire(window_kinds, kind);
}
core::WindowKind from_wire(v1::WindowKind wire, Problem& problem) {
    return find_ours(window_kinds, wire, "kind of window", problem);
}

v1::Lever to_wire(core::Lever lever) {
    return find_wire(levers, lever);
}
core::Lever from_wire(v1::Lever wire, Problem& problem) {
    return find_ours(levers, wire, "lever", problem);
}

v1::RehearsalAnswer to_wire(core::RehearsalAnswer answer) {
    return find_wire(rehearsal_answers, answer);
}
core::RehearsalAnswer from_wire(v1::RehearsalAnswer wire, Problem& problem) {
    return find_ours(rehearsal_answers, wire, "answer to a rehearsal", problem);
}

v1::Activity to_wire(core::Activity activity) {
    return find_wire(activities, activity);
}
core::Activity from_wire(v1::Activity wire, Problem& problem) {
    return find_ours(activities, wire, "activity", problem);
}

v1::ResourceClass to_wire(core::ResourceClass value) {
    return find_wire(resource_classes, value);
}
core::ResourceClass from_wire(v1::ResourceClass wire, Problem& problem) {
    return find_ours(resource_classes, wire, "class of resource", problem);
}

v1::OrderKind to_wire(core::OrderKind kind) {
    return find_wire(order_kinds, kind);
}
core::OrderKind from_wire(v1::OrderKind wire, Problem& problem) {
    return find_ours(order_kinds, wire, "kind of order", problem);
}

v1::CounterKind to_wire(core::CounterKind kind) {
    return find_wire(counter_kinds, kind);
}
core::CounterKind from_wire(v1::CounterKind wire, Problem& problem) {
    return find_ours(counter_kinds, wire, "kind of counter", problem);
}

v1::GapReason to_wire(core::GapReason reason) {
    return find_wire(gap_reasons, reason);
}
core::GapReason from_wire(v1::GapReason wire, Problem& problem) {
    return find_ours(gap_reasons, wire, "reason of a gap", problem);
}

}  // namespace noodstop::codec
