#include "agent/doors/push_refusal.hpp"

#include "platform/rpc/proto_wire.hpp"
#include "proto/codec/text.hpp"

#include <string_view>

namespace noodstop::doors {
namespace {

constexpr std::string_view retry_info = "google.rpc.RetryInfo";
constexpr std::uint32_t retry_delay_field = 1;
constexpr std::uint32_t seconds_field = 1;
constexpr std::uint32_t nanos_field = 2;
constexpr std::uint64_t seconds_max = 365 * 24 * 3600;  // nobody means more
constexpr std::size_t message_size_max = 300;

std::optional<core::Duration> duration_in(std::string_view message) {
    std::uint64_t seconds = 0;
    std::uint64_t nanos = 0;
    platform::ProtoReader reader(message);
    while (const auto field = reader.next()) {
        if (field->number == seconds_field && !field->is_bytes)
            seconds = field->value;
        if (field->number == nanos_field && !field->is_bytes)
            nanos = field->value;
    }
    if (reader.is_broken() || seconds > seconds_max || nanos >= 1'000'000'000)
        return std::nullopt;
    return std::chrono::seconds(seconds) + std::chrono::microseconds(nanos / 1'000);
}

}  // namespace

PushRefusal push_refusal_of(platform::RpcCode code) {
    switch (code) {
        case platform::RpcCode::resource_exhausted:
            return PushRefusal::too_much;
        case platform::RpcCode::invalid_argument:
        case platform::RpcCode::not_found:
        case platform::RpcCode::already_exists:
        case platform::RpcCode::permission_denied:
        case platform::RpcCode::failed_precondition:
        case platform::RpcCode::out_of_range:
        case platform::RpcCode::unimplemented:
        case platform::RpcCode::unauthenticated:
            return PushRefusal::wrong;
        case platform::RpcCode::canceled:
        case platform::RpcCode::unknown:
        case platform::RpcCode::deadline_exceeded:
        case platform::RpcCode::aborted:
        case platform::RpcCode::internal:
        case platform::RpcCode::unavailable:
        case platform::RpcCode::data_loss:
            return PushRefusal::failed;
    }
    return PushRefusal::failed;
}

std::string problem_of(const platform::RpcError& error) {
    const std::string message = codec::printable_text(error.message.substr(0, message_size_max));
    return message.empty() ? platform::to_text(error.code) : platform::to_text(error.code) + (": " + message);
}

std::optional<core::Duration> retry_after_of(const platform::RpcError& error) {
    for (const platform::RpcErrorDetail& detail : error.details) {
        if (!detail.type.ends_with(retry_info))
            continue;
        platform::ProtoReader reader(detail.value);
        while (const auto field = reader.next())
            if (field->number == retry_delay_field && field->is_bytes)
                return duration_in(field->bytes);
    }
    return std::nullopt;
}

}  // namespace noodstop::doors
