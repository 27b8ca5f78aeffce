#include "platform/rpc/code.hpp"

#include <charconv>

namespace noodstop::platform {
namespace {

struct CodeRow {
    RpcCode code;
    const char* name;
    unsigned http_status;
};

// In the order of gRPC's numbers, which begin with 1.
constexpr CodeRow code_rows[] = {
    {RpcCode::canceled, "canceled", 499},
    {RpcCode::unknown, "unknown", 500},
    {RpcCode::invalid_argument, "invalid_argument", 400},
    {RpcCode::deadline_exceeded, "deadline_exceeded", 504},
    {RpcCode::not_found, "not_found", 404},
    {RpcCode::already_exists, "already_exists", 409},
    {RpcCode::permission_denied, "permission_denied", 403},
    {RpcCode::resource_exhausted, "resource_exhausted", 429},
    {RpcCode::failed_precondition, "failed_precondition", 400},
    {RpcCode::aborted, "aborted", 409},
    {RpcCode::out_of_range, "out_of_range", 400},
    {RpcCode::unimplemented, "unimplemented", 501},
    {RpcCode::internal, "internal", 500},
    {RpcCode::unavailable, "unavailable", 503},
    {RpcCode::data_loss, "data_loss", 500},
    {RpcCode::unauthenticated, "unauthenticated", 401},
};

const CodeRow& row_of(RpcCode code) {
    return code_rows[static_cast<std::size_t>(code)];
}

}  // namespace

const char* to_text(RpcCode code) {
    return row_of(code).name;
}

std::optional<RpcCode> rpc_code_from_name(std::string_view name) {
    for (const CodeRow& row : code_rows)
        if (name == row.name)
            return row.code;
    return std::nullopt;
}

unsigned http_status_of(RpcCode code) {
    return row_of(code).http_status;
}

RpcCode rpc_code_of_http(unsigned status) {
    switch (status) {
        case 400:
            return RpcCode::internal;
        case 401:
            return RpcCode::unauthenticated;
        case 403:
            return RpcCode::permission_denied;
        case 404:
            return RpcCode::unimplemented;
        case 429:
        case 502:
        case 503:
        case 504:
            return RpcCode::unavailable;
        default:
            return RpcCode::unknown;
    }
}

unsigned grpc_status_of(RpcCode code) {
    return static_cast<unsigned>(code) + 1;
}

std::optional<RpcCode> rpc_code_of_grpc(std::string_view status) {
    unsigned number = 0;
    const auto read = std::from_chars(status.data(), status.data() + status.size(), number);
    if (read.ec != std::errc() || read.ptr != status.data() + status.size() || number > std::size(code_rows))
        return RpcCode::unknown;
    if (number == 0)
        return std::nullopt;
    return code_rows[number - 1].code;
}

}  // namespace noodstop::platform
