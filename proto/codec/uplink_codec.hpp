// Requests and responses of UplinkService as bytes. Callers see no generated type.
#pragma once

#include "agent/core/snapshot.hpp"
#include "agent/core/uplink.hpp"
#include "proto/codec/decoded.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace noodstop::codec {

namespace path {
inline constexpr const char* push = "/noodstop.v1.UplinkService/Push";
}  // namespace path

struct Push {
    std::string agent;
    core::SpoolBatch batch;  // its number does not travel
    std::optional<core::Snapshot> status;
};

std::string encode_push(const Push& push);
// Every number by itself in its range; whether runs are in order is the hub's to see.
Decoded<Push> decode_push(std::string_view bytes);
std::string encode_hub_answer(const core::HubAnswer& answer);
Decoded<core::HubAnswer> decode_hub_answer(std::string_view bytes);

}  // namespace noodstop::codec
