// Messages between the path and the doors process as bytes (proto/noodstop/v1/link.proto).
#pragma once

#include "agent/core/uplink.hpp"
#include "proto/codec/service_codec.hpp"

#include <variant>

namespace noodstop::codec {

struct ResourceQuery {};

// Asks for the next batch of the spool for one of those who follow it; zeros: for an empty one, that says only where
// it stands.
struct BatchQuery {
    std::string consumer;
    std::uint32_t facts_max = 0;
    std::uint32_t counters_max = 0;
    std::uint32_t bytes_max = 0;
};

// What came of a batch.
struct BatchAnswer {
    std::string consumer;
    std::uint64_t batch = 0;
    std::optional<core::HubAnswer> hub;  // none: another consumer has taken it
};

// From doors. What an order says of who gave it never crosses the link.
struct LinkRequest {
    std::uint64_t number = 0;
    // A ZoneName asks for a rehearsal.
    std::variant<core::Order, core::ZoneName, FactQuery, ResourceQuery, BatchQuery, BatchAnswer> content;
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

struct BatchFound {
    core::SpoolBatch batch;  // its number is 0 if there is none
    core::SpoolState spool;
    std::string problem;  // why there is none
};

struct BatchTaken {
    bool taken = false;  // false: that batch was not out
    std::string problem;
};

struct LinkAnswer {
    std::uint64_t number = 0;
    std::variant<core::OrderAnswer, FactsAnswer, std::vector<core::ResourceStatus>, Refusal, BatchFound, BatchTaken>
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
