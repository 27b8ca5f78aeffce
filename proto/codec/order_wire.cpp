#include "proto/codec/enums.hpp"
#include "proto/codec/service_codec.hpp"
#include "proto/codec/text.hpp"

#include <fmt/format.h>

namespace noodstop::codec {
std::string checked_text(const std::string& text, std::size_t size_max, const char* field, Problem& problem) {
    if (text.size() > size_max)
        problem.tell(fmt::format("{} is longer than {} bytes", field, size_max));
    else if (!is_plain_text(text))
        problem.tell(fmt::format("{} holds control characters or is not UTF-8", field));
    return text;
}

void to_wire(const core::Order& order, v1::Order& wire) {
    wire.set_kind(to_wire(order.kind));
    wire.set_zone(valid_text(order.zone.text));
    wire.set_limit(valid_text(order.limit.text));
    if (order.raise_to)
        wire.set_raise_to_micros(order.raise_to->micros);
    wire.set_reason(valid_text(order.reason));
}

core::Order from_wire(const v1::Order& wire, Problem& problem) {
    core::Order order;
    order.kind = from_wire(wire.kind(), problem);
    order.zone.text = checked_text(wire.zone(), name_size_max, "zone", problem);
    order.limit.text = checked_text(wire.limit(), name_size_max, "limit", problem);
    order.reason = checked_text(wire.reason(), reason_size_max, "reason", problem);
    if (order.reason.empty())
        problem.tell("an order needs a reason");
    if (wire.has_raise_to_micros())
        order.raise_to = core::Money{wire.raise_to_micros()};
    if (order.raise_to && order.raise_to->micros < 0)
        problem.tell("a limit can't be raised to less than nothing");
    if (order.raise_to.has_value() == order.limit.empty())
        problem.tell("a limit and the amount it is raised to go together");
    return order;
}

void to_wire(const core::OrderAnswer& answer, v1::OrderAnswer& wire) {
    wire.set_accepted(answer.accepted);
    wire.set_message(valid_text(answer.message));
}

core::OrderAnswer from_wire(const v1::OrderAnswer& wire) {
    return {wire.accepted(), wire.message()};
}

}  // namespace noodstop::codec
