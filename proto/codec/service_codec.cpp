#include "proto/codec/service_codec.hpp"

#include "proto/codec/wire.hpp"

namespace noodstop::codec {
namespace {

constexpr std::uint32_t facts_asked_default = 1000;

// The fields that ListFacts and WatchFacts share.
template <class Wire>
FactQuery query_from(const Wire& wire, Problem& problem) {
    FactQuery query;
    query.tenant.text = checked_text(wire.tenant(), name_size_max, "tenant", problem);
    query.zone.text = checked_text(wire.zone(), name_size_max, "zone", problem);
    query.after = wire.after();
    return query;
}

template <class Wire>
void query_to(const FactQuery& query, Wire& wire) {
    wire.set_tenant(query.tenant.text);
    wire.set_zone(query.zone.text);
    wire.set_after(query.after);
}

}  // namespace

Decoded<bool> decode_empty_request(std::string_view bytes) {
    return decode_as<v1::GetStatusRequest>(bytes, [](const v1::GetStatusRequest&, Problem&) { return true; });
}

std::string encode_fact_query(const FactQuery& query) {
    v1::ListFactsRequest wire;
    query_to(query, wire);
    wire.set_most(query.most);
    return wire.SerializeAsString();
}

Decoded<FactQuery> decode_fact_query(std::string_view bytes) {
    return decode_as<v1::ListFactsRequest>(bytes, [](const v1::ListFactsRequest& wire, Problem& problem) {
        FactQuery query = query_from(wire, problem);
        query.most = wire.most() == 0 ? facts_asked_default : wire.most();
        if (query.most > facts_asked_max)
            problem.tell("most is larger than " + std::to_string(facts_asked_max));
        return query;
    });
}

std::string encode_watch_query(const FactQuery& query) {
    v1::WatchFactsRequest wire;
    query_to(query, wire);
    return wire.SerializeAsString();
}

Decoded<FactQuery> decode_watch_query(std::string_view bytes) {
    return decode_as<v1::WatchFactsRequest>(
        bytes, [](const v1::WatchFactsRequest& wire, Problem& problem) { return query_from(wire, problem); });
}

std::string encode_trip(const core::Order& order) {
    v1::TripRequest wire;
    wire.set_zone(order.zone.text);
    wire.set_reason(order.reason);
    return wire.SerializeAsString();
}

Decoded<core::Order> decode_trip(std::string_view bytes) {
    return decode_as<v1::TripRequest>(bytes, [](const v1::TripRequest& wire, Problem& problem) {
        v1::Order order;
        order.set_kind(v1::ORDER_KIND_TRIP);
        order.set_zone(wire.zone());
        order.set_reason(wire.reason());
        return from_wire(order, problem);
    });
}

std::string encode_order(const core::Order& order) {
    v1::SubmitOrderRequest wire;
    to_wire(order, *wire.mutable_order());
    return wire.SerializeAsString();
}

Decoded<core::Order> decode_order(std::string_view bytes) {
    return decode_as<v1::SubmitOrderRequest>(
        bytes, [](const v1::SubmitOrderRequest& wire, Problem& problem) { return from_wire(wire.order(), problem); });
}

std::string encode_rehearse(const core::ZoneName& zone) {
    v1::RehearseRequest wire;
    wire.set_zone(zone.text);
    return wire.SerializeAsString();
}

Decoded<core::ZoneName> decode_rehearse(std::string_view bytes) {
    return decode_as<v1::RehearseRequest>(bytes, [](const v1::RehearseRequest& wire, Problem& problem) {
        return core::ZoneName{checked_text(wire.zone(), name_size_max, "zone", problem)};
    });
}

std::string encode_status(const StatusAnswer& answer) {
    v1::GetStatusResponse wire;
    to_wire(answer.snapshot, *wire.mutable_snapshot());
    wire.set_snapshot_age_micros(answer.age.count());
    return wire.SerializeAsString();
}

Decoded<StatusAnswer> decode_status(std::string_view bytes) {
    return decode_as<v1::GetStatusResponse>(bytes, [](const v1::GetStatusResponse& wire, Problem& problem) {
        if (!wire.has_snapshot())
            problem.tell("the answer holds no snapshot");
        return StatusAnswer{from_wire(wire.snapshot(), problem), core::Duration(wire.snapshot_age_micros())};
    });
}

std::string encode_resources(const std::vector<core::ResourceStatus>& resources) {
    v1::ListResourcesResponse wire;
    all_to_wire(resources, *wire.mutable_resources());
    return wire.SerializeAsString();
}

Decoded<std::vector<core::ResourceStatus>> decode_resources(std::string_view bytes) {
    return decode_as<v1::ListResourcesResponse>(bytes, [](const v1::ListResourcesResponse& wire, Problem& problem) {
        return all_from_wire(wire.resources(), problem);
    });
}

std::string encode_facts(const std::vector<core::RecordedFact>& facts) {
    v1::ListFactsResponse wire;
    all_to_wire(facts, *wire.mutable_facts());
    return wire.SerializeAsString();
}

Decoded<std::vector<core::RecordedFact>> decode_facts(std::string_view bytes) {
    return decode_as<v1::ListFactsResponse>(bytes, [](const v1::ListFactsResponse& wire, Problem& problem) {
        return all_from_wire(wire.facts(), problem);
    });
}

std::string encode_watched(const WatchedFacts& watched) {
    v1::WatchFactsResponse wire;
    all_to_wire(watched.facts, *wire.mutable_facts());
    wire.set_missed_count(watched.missed_count);
    return wire.SerializeAsString();
}

Decoded<WatchedFacts> decode_watched(std::string_view bytes) {
    return decode_as<v1::WatchFactsResponse>(bytes, [](const v1::WatchFactsResponse& wire, Problem& problem) {
        return WatchedFacts{all_from_wire(wire.facts(), problem), wire.missed_count()};
    });
}

std::string encode_answer(const core::OrderAnswer& answer) {
    v1::SubmitOrderResponse wire;
    to_wire(answer, *wire.mutable_answer());
    return wire.SerializeAsString();
}

Decoded<core::OrderAnswer> decode_answer(std::string_view bytes) {
    return decode_as<v1::SubmitOrderResponse>(bytes, [](const v1::SubmitOrderResponse& wire, Problem& problem) {
        if (!wire.has_answer())
            problem.tell("the response holds no answer");
        return from_wire(wire.answer());
    });
}

}  // namespace noodstop::codec
