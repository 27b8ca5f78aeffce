#include "agent/doors/access.hpp"

#include "proto/codec/service_codec.hpp"

#include <algorithm>

namespace noodstop::doors {
namespace {

// Of callers from outside; each line includes those above it.
enum class Open : std::uint8_t {
    to_nobody,     // orders: signed ones may come from outside one day (DESIGN.md 8)
    to_operators,  // and owners, who see their part of it
    to_hubs,       // likewise, and what the other end of an uplink asks
};

struct Row {
    std::string_view method;
    Open open;
};

constexpr Row rows[] = {
    {codec::path::get_status, Open::to_hubs},
    {codec::path::list_resources, Open::to_operators},
    {codec::path::list_facts, Open::to_operators},
    {codec::path::watch_facts, Open::to_operators},
    {codec::path::watch_status, Open::to_operators},
    {codec::path::trip, Open::to_nobody},
    {codec::path::submit_order, Open::to_nobody},
    {codec::path::rehearse, Open::to_nobody},
    {"/grpc.health.v1.Health/Check", Open::to_hubs},
    {"/grpc.health.v1.Health/List", Open::to_hubs},
    {"/grpc.health.v1.Health/Watch", Open::to_hubs},
    {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Open::to_operators},
    {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Open::to_operators},
};

platform::RpcError denied(std::string message) {
    return {platform::RpcCode::permission_denied, std::move(message)};
}

bool is_open_to(CallerKind kind, Open open) {
    switch (kind) {
        case CallerKind::local:
            return true;
        case CallerKind::operator_:
        case CallerKind::owner:
            return open != Open::to_nobody;
        case CallerKind::hub:
            return open == Open::to_hubs;
        case CallerKind::stranger:
            return false;
    }
    return false;
}

}  // namespace

std::optional<platform::RpcError> refusal_of(const Caller& caller, std::string_view method) {
    if (!caller.is_outside())
        return std::nullopt;
    if (caller.kind == CallerKind::stranger)
        return denied(caller.problem);
    const auto* row =
        std::find_if(std::begin(rows), std::end(rows), [&](const Row& one) { return one.method == method; });
    const Open open = row == std::end(rows) ? Open::to_nobody : row->open;
    if (is_open_to(caller.kind, open))
        return std::nullopt;
    if (open == Open::to_nobody)
        return denied("from outside nobody may call this; orders are given on the machine itself");
    return denied(caller.name + " may not call this");
}

}  // namespace noodstop::doors
