// What people tell the engine to do. Orders are inputs like any other; the engine decides and records.
#pragma once

#include "agent/core/units.hpp"

#include <optional>
#include <vector>

namespace noodstop::core {

enum class OrderKind : std::uint8_t {
    trip,                // works in every state whose mandate grants a stop
    reset,               // tripped or latched -> armed; loosening
    raise,               // raises a stop threshold; loosening
    disarm,              // loosening
    arm,                 // tightening: disarmed or observing -> armed
    observe,             // leave armed for observing; loosening
    acknowledge_prices,  // changed prices decide from now on
    restore,             // starts what was baseline
};

struct Order {
    OrderKind kind = OrderKind::trip;
    ZoneName zone;                   // not for acknowledge_prices; for raise of a tenant's limit: empty
    LimitName limit;                 // raise, or a reset that raises
    std::optional<Money> raise_to;   // in the unit of the limit's stop threshold
    std::vector<Identity> given_by;  // distinct identities; loosening needs the mandate's quorum of them
    std::string reason;              // required
};

struct OrderAnswer {
    bool accepted = false;
    std::string message;  // what was done or why it was refused, a sentence
};

const char* to_text(OrderKind kind);
std::optional<OrderKind> order_kind_from_name(std::string_view name);

}  // namespace noodstop::core
