// Requests and responses of StatusService and ControlService as bytes. Callers see no generated type.
#pragma once

#include "agent/core/order.hpp"
#include "agent/core/record.hpp"
#include "agent/core/snapshot.hpp"
#include "proto/codec/decoded.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace noodstop::codec {

// Where each procedure is posted to.
namespace path {
inline constexpr const char* get_status = "/noodstop.v1.StatusService/GetStatus";
inline constexpr const char* list_resources = "/noodstop.v1.StatusService/ListResources";
inline constexpr const char* list_facts = "/noodstop.v1.StatusService/ListFacts";
inline constexpr const char* watch_facts = "/noodstop.v1.StatusService/WatchFacts";
inline constexpr const char* watch_status = "/noodstop.v1.StatusService/WatchStatus";
inline constexpr const char* trip = "/noodstop.v1.ControlService/Trip";
inline constexpr const char* submit_order = "/noodstop.v1.ControlService/SubmitOrder";
inline constexpr const char* rehearse = "/noodstop.v1.ControlService/Rehearse";
}  // namespace path

inline constexpr std::uint32_t facts_asked_max = 10'000;
inline constexpr std::size_t reason_size_max = 500;  // bytes
inline constexpr std::size_t name_size_max = 200;

// Of the journal, and (without `most`) of what a watcher wants to see.
struct FactQuery {
    core::TenantName tenant;  // empty: any
    core::ZoneName zone;      // empty: any
    std::uint64_t after = 0;  // only facts with a higher sequence
    std::uint32_t most = 1000;
};

// GetStatus and WatchStatus.
struct StatusAnswer {
    core::Snapshot snapshot;
    core::Duration age{0};  // since the path gave it
};

// One message of WatchFacts.
struct WatchedFacts {
    std::vector<core::RecordedFact> facts;
    std::uint64_t missed_count = 0;  // facts before these that were not sent
};

// Requests without content (GetStatus, ListResources, WatchStatus): only checked.
Decoded<bool> decode_empty_request(std::string_view bytes);

std::string encode_fact_query(const FactQuery& query);  // ListFacts
Decoded<FactQuery> decode_fact_query(std::string_view bytes);
std::string encode_watch_query(const FactQuery& query);  // WatchFacts
Decoded<FactQuery> decode_watch_query(std::string_view bytes);

std::string encode_trip(const core::Order& order);  // zone and reason of it
Decoded<core::Order> decode_trip(std::string_view bytes);
std::string encode_order(const core::Order& order);  // SubmitOrder; given_by does not travel
Decoded<core::Order> decode_order(std::string_view bytes);
std::string encode_rehearse(const core::ZoneName& zone);
Decoded<core::ZoneName> decode_rehearse(std::string_view bytes);

std::string encode_status(const StatusAnswer& answer);
Decoded<StatusAnswer> decode_status(std::string_view bytes);
std::string encode_resources(const std::vector<core::ResourceStatus>& resources);
Decoded<std::vector<core::ResourceStatus>> decode_resources(std::string_view bytes);
std::string encode_facts(const std::vector<core::RecordedFact>& facts);
Decoded<std::vector<core::RecordedFact>> decode_facts(std::string_view bytes);
std::string encode_watched(const WatchedFacts& watched);
Decoded<WatchedFacts> decode_watched(std::string_view bytes);
std::string encode_answer(const core::OrderAnswer& answer);  // of Trip, SubmitOrder and Rehearse alike
Decoded<core::OrderAnswer> decode_answer(std::string_view bytes);

}  // namespace noodstop::codec
