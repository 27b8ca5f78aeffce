// Messages between the path and the doors process as bytes (proto/noodstop/v1/link.proto).
#pragma once

#include "proto/codec/service_codec.hpp"

#include <variant>

namespace noodstop::codec {

struct ResourceQuery {};

// From doors. What an order says of who gave it never crosses the link.
struct LinkRequest {
    std::uint64_t number = 0;
    std::variant<core::Order, core::ZoneName, FactQuery, ResourceQuery> content;  // a ZoneName asks for a rehearsal
};

enum class RefusalKind : std::uint8_t { forbidden, too_large };

struct Refusal {
    RefusalKind kind = RefusalKind::forbidden;
    std::string message;
};

struct FactsAnswer {
    std::vector<core::RecordedFact> facts;
    std::string problem;  // why the store could not give them; empty if it did
};

struct LinkAnswer {
    std::uint64_t number = 0;
    std::variant<core::OrderAnswer, FactsAnswer, std::vector<core::ResourceStatus>, Refusal> content;
};

// From the path.
using LinkReport = std::variant<core::Snapshot, std::vector<core::RecordedFact>, LinkAnswer>;

std::string encode_link_request(const LinkRequest& request);
Decoded<LinkRequest> decode_link_request(std::string_view bytes);

// A report is made of one of these; encoded without a copy of it.
std::string encode_link_report(const core::Snapshot& snapshot);
std::string encode_link_report(const std::vector<core::RecordedFact>& facts);
std::string encode_link_report(const LinkAnswer& answer);
Decoded<LinkReport> decode_link_report(std::string_view bytes);

}  // namespace noodstop::codec
