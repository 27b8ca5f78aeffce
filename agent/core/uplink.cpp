#include "agent/core/uplink.hpp"

#include "agent/core/name_table.hpp"

namespace noodstop::core {
namespace {

constexpr auto reason_names = std::to_array<NamedValue<GapReason>>({
    {GapReason::damaged, "damaged"},
    {GapReason::missing, "missing"},
});
static_assert(is_in_order(reason_names));

}  // namespace

const char* to_text(GapReason reason) {
    return name_in(reason_names, reason);
}

}  // namespace noodstop::core
