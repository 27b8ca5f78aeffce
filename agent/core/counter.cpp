#include "agent/core/counter.hpp"

#include "agent/core/name_table.hpp"

namespace noodstop::core {
namespace {

constexpr auto counter_names = std::to_array<NamedValue<CounterKind>>({
    {CounterKind::zone_spend, "zone_spend"},
    {CounterKind::limit_used, "limit_used"},
    {CounterKind::resource_spend, "resource_spend"},
});
static_assert(is_in_order(counter_names));

}  // namespace

const char* to_text(CounterKind kind) {
    return name_in(counter_names, kind);
}

}  // namespace noodstop::core
