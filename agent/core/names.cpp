// The words of every enum of the core but facts'.
#include "agent/core/name_table.hpp"
#include "agent/core/order.hpp"
#include "agent/core/snapshot.hpp"

namespace noodstop::core {
namespace {

constexpr auto activities = std::to_array<NamedValue<Activity>>({
    {Activity::running, "running"},
    {Activity::billed_idle, "billed_idle"},
    {Activity::frozen, "frozen"},
    {Activity::stopped, "stopped"},
    {Activity::unknown, "unknown"},
});
static_assert(is_in_order(activities));

constexpr auto classes = std::to_array<NamedValue<ResourceClass>>({
    {ResourceClass::protected_, "protected"},
    {ResourceClass::baseline, "baseline"},
    {ResourceClass::unknown, "unknown"},
});
static_assert(is_in_order(classes));

constexpr auto qualities = std::to_array<NamedValue<LookQuality>>({
    {LookQuality::good, "good"},
    {LookQuality::partial, "partial"},
    {LookQuality::absent, "absent"},
});
static_assert(is_in_order(qualities));

constexpr auto lever_words = std::to_array<NamedValue<Lever>>({
    {Lever::power_off, "power_off"},
    {Lever::shut_down, "shut_down"},
    {Lever::suspend, "suspend"},
    {Lever::resume, "resume"},
    {Lever::start, "start"},
});
static_assert(is_in_order(lever_words));

constexpr auto observed_words = std::to_array<NamedValue<Observed>>({
    {Observed::gone, "gone"},
    {Observed::running, "running"},
    {Observed::frozen, "frozen"},
    {Observed::unknown, "unknown"},
});
static_assert(is_in_order(observed_words));

constexpr auto rehearsal_answers = std::to_array<NamedValue<RehearsalAnswer>>({
    {RehearsalAnswer::ready, "ready"},
    {RehearsalAnswer::refused, "refused"},
    {RehearsalAnswer::no_answer, "no_answer"},
});
static_assert(is_in_order(rehearsal_answers));

constexpr auto zone_modes = std::to_array<NamedValue<ZoneMode>>({
    {ZoneMode::disarmed, "disarmed"},
    {ZoneMode::observing, "observing"},
    {ZoneMode::armed, "armed"},
});
static_assert(is_in_order(zone_modes));

constexpr auto limit_kinds = std::to_array<NamedValue<LimitKind>>({
    {LimitKind::spend, "spend"},
    {LimitKind::rate, "rate"},
    {LimitKind::count, "count"},
    {LimitKind::allow, "allow"},
});
static_assert(is_in_order(limit_kinds));

constexpr auto stages = std::to_array<NamedValue<Stage>>({
    {Stage::warn, "warn"},
    {Stage::hold, "hold"},
    {Stage::stop, "stop"},
});
static_assert(is_in_order(stages));

constexpr auto window_kinds = std::to_array<NamedValue<WindowKind>>({
    {WindowKind::rolling, "rolling"},
    {WindowKind::day, "day"},
    {WindowKind::month, "month"},
});
static_assert(is_in_order(window_kinds));

constexpr auto counted_things = std::to_array<NamedValue<Counted>>({
    {Counted::resources, "resources"},
    {Counted::vcpus, "vcpus"},
    {Counted::gpus, "gpus"},
});
static_assert(is_in_order(counted_things));

constexpr auto order_kinds = std::to_array<NamedValue<OrderKind>>({
    {OrderKind::trip, "trip"},
    {OrderKind::reset, "reset"},
    {OrderKind::raise, "raise"},
    {OrderKind::disarm, "disarm"},
    {OrderKind::arm, "arm"},
    {OrderKind::observe, "observe"},
    {OrderKind::acknowledge_prices, "acknowledge_prices"},
    {OrderKind::restore, "restore"},
});
static_assert(is_in_order(order_kinds));

constexpr auto breaker_states = std::to_array<NamedValue<BreakerState>>({
    {BreakerState::disarmed, "disarmed"},
    {BreakerState::observing, "observing"},
    {BreakerState::armed, "armed"},
    {BreakerState::tripped, "tripped"},
    {BreakerState::latched, "latched"},
});
static_assert(is_in_order(breaker_states));

}  // namespace

std::optional<Metric> metric_from_name(std::string_view name) {
    for (std::size_t index = 0; index < metric_definitions.size(); ++index)
        if (metric_definitions[index].name == name)
            return static_cast<Metric>(index);
    return std::nullopt;
}

std::optional<Lever> lever_from_name(std::string_view name) {
    return value_in(lever_words, name);
}
std::optional<OrderKind> order_kind_from_name(std::string_view name) {
    return value_in(order_kinds, name);
}

const char* to_text(Activity activity) {
    return name_in(activities, activity);
}
const char* to_text(ResourceClass value) {
    return name_in(classes, value);
}
const char* to_text(LookQuality quality) {
    return name_in(qualities, quality);
}
const char* to_text(Lever lever) {
    return name_in(lever_words, lever);
}
const char* to_text(Observed observed) {
    return name_in(observed_words, observed);
}
const char* to_text(RehearsalAnswer answer) {
    return name_in(rehearsal_answers, answer);
}
const char* to_text(ZoneMode mode) {
    return name_in(zone_modes, mode);
}
const char* to_text(LimitKind kind) {
    return name_in(limit_kinds, kind);
}
const char* to_text(Stage stage) {
    return name_in(stages, stage);
}
const char* to_text(WindowKind kind) {
    return name_in(window_kinds, kind);
}
const char* to_text(Counted counted) {
    return name_in(counted_things, counted);
}
const char* to_text(OrderKind kind) {
    return name_in(order_kinds, kind);
}
const char* to_text(BreakerState state) {
    return name_in(breaker_states, state);
}

}  // namespace noodstop::core
