// Messages between the path and the doors process as bytes (proto/noodstop/v1/link.proto).
#pragma once

#include "agent/core/uplink.hpp"
#include "proto/codec/service_codec.hpp"

#include <variant>

namespace noodstop::codec {

struct ResourceQuery {};

using core::BatchAnswer;
using core::BatchFound;
using core::BatchQuery;
using core::BatchTaken;

// Something that the doors process saw and the journal shall hold. The path takes few kinds, and not many.
struct Notice {
    core::FactKind kind = core::FactKind::call_refused;
    std::vector<core::FactField> fields;  // notice_fields_max at most
};
struct NoticeTaken {};

inline constexpr std::size_t notice_fields_max = 8;
inline constexpr std::size_t notice_value_size_max = 500;

// From doors. What an order says of who gave it never crosses the link.
struct LinkRequest {
    std::uint64_t number = 0;
    // A ZoneName asks for a rehearsal.
    std::variant<core::Order, core::ZoneName, FactQuery, ResourceQuery, BatchQuery, BatchAnswer, Notice> content;
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
    std::variant<core::OrderAnswer, FactsAnswer, std::vector<core::ResourceStatus>, Refusal, BatchFound, BatchTaken,
                 NoticeTaken>
        content;
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
