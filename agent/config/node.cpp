#include "agent/config/node.hpp"

namespace noodstop::config {

const char* describe(NodeKind kind) {
    switch (kind) {
        case NodeKind::text:
            return "a text";
        case NodeKind::integer:
            return "a whole number";
        case NodeKind::boolean:
            return "true or false";
        case NodeKind::fraction:
            return "a number with a point";
        case NodeKind::moment:
            return "a date or time";
        case NodeKind::array:
            return "a list";
        case NodeKind::table:
            return "a table";
    }
    return "something else";
}

}  // namespace noodstop::config
