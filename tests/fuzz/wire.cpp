// Protobuf messages: what clients, the doors process and the path, agents and hubs send each other. What is accepted
// keeps the promises of the types and survives being sent on.
#include "proto/codec/hub_codec.hpp"
#include "proto/codec/link_codec.hpp"
#include "proto/codec/service_codec.hpp"
#include "proto/codec/text.hpp"
#include "proto/codec/uplink_codec.hpp"
#include "tests/fuzz/support.hpp"

using namespace noodstop;
using fuzz::claim;

namespace {

template <class Value>
void claim_answered(const codec::Decoded<Value>& decoded) {
    claim(decoded.value.has_value() == decoded.problem.empty(), "there is a value or a problem, never both");
}

// What was accepted, encoded: read again it must give the same bytes, so that nothing is lost or changed on the way.
template <class Decode, class Encode>
void send_on(std::string_view bytes, Decode decode, Encode encode) {
    auto first = decode(bytes);
    claim_answered(first);
    if (!first)
        return;
    const std::string sent = encode(*first);
    auto second = decode(sent);
    claim(second.value.has_value(), "what was accepted is accepted again");
    claim(encode(*second) == sent, "what is sent on arrives as it was");
}

void claim_name(const std::string& text) {
    claim(text.size() <= codec::name_size_max && codec::is_plain_text(text), "a name is short and plain");
}

void claim_order(const core::Order& order) {
    claim_name(order.zone.text);
    claim_name(order.limit.text);
    claim(!order.reason.empty() && order.reason.size() <= codec::reason_size_max, "an order has a reason");
    claim(codec::is_plain_text(order.reason), "a reason holds nothing that a terminal could obey");
    claim(order.given_by.empty(), "nobody says on the wire who gave an order");
    claim(!order.raise_to || order.raise_to->micros >= 0, "no limit is raised below nothing");
}

void claim_query(const codec::FactQuery& query) {
    claim_name(query.tenant.text);
    claim_name(query.zone.text);
    claim(query.most >= 1 && query.most <= codec::facts_asked_max, "a query asks for a bounded number of facts");
}

void read_requests(std::string_view bytes) {
    claim_answered(codec::decode_empty_request(bytes));
    if (auto order = codec::decode_order(bytes))
        claim_order(*order);
    if (auto order = codec::decode_trip(bytes)) {
        claim_order(*order);
        claim(order->kind == core::OrderKind::trip, "a trip is a trip");
    }
    if (auto zone = codec::decode_rehearse(bytes))
        claim_name(zone->text);
    if (auto query = codec::decode_fact_query(bytes))
        claim_query(*query);
    if (auto query = codec::decode_watch_query(bytes))
        claim_query(*query);
    send_on(bytes, codec::decode_order, codec::encode_order);
    send_on(bytes, codec::decode_trip, codec::encode_trip);
    send_on(bytes, codec::decode_rehearse, codec::encode_rehearse);
    send_on(bytes, codec::decode_fact_query, codec::encode_fact_query);
    send_on(bytes, codec::decode_watch_query, codec::encode_watch_query);
    if (auto push = codec::decode_push(bytes))
        claim_name(push->agent);
    send_on(bytes, codec::decode_push, codec::encode_push);
    claim_answered(codec::decode_agents_request(bytes));
    if (auto id = codec::decode_agent_request(bytes))
        claim_name(*id);
    send_on(bytes, codec::decode_agent_request, codec::encode_agent_request);
}

void read_answers(std::string_view bytes) {
    send_on(bytes, codec::decode_status, codec::encode_status);
    send_on(bytes, codec::decode_resources, codec::encode_resources);
    send_on(bytes, codec::decode_facts, codec::encode_facts);
    send_on(bytes, codec::decode_watched, codec::encode_watched);
    send_on(bytes, codec::decode_answer, codec::encode_answer);
    send_on(bytes, codec::decode_hub_answer, codec::encode_hub_answer);
    send_on(bytes, codec::decode_agents, codec::encode_agents);
    send_on(bytes, codec::decode_agent, codec::encode_agent);
}

void claim_request(const codec::LinkRequest& request) {
    if (const auto* order = std::get_if<core::Order>(&request.content))
        claim_order(*order);
    else if (const auto* zone = std::get_if<core::ZoneName>(&request.content))
        claim_name(zone->text);
    else if (const auto* query = std::get_if<codec::FactQuery>(&request.content))
        claim_query(*query);
}

void read_link(std::string_view bytes) {
    if (auto request = codec::decode_link_request(bytes))
        claim_request(*request);
    send_on(bytes, codec::decode_link_request, codec::encode_link_request);
    send_on(bytes, codec::decode_link_report, [](const codec::LinkReport& report) {
        return std::visit([](const auto& content) { return codec::encode_link_report(content); }, report);
    });
}

core::Order any_order(fuzz::Input& input) {
    core::Order order;
    order.kind = static_cast<core::OrderKind>(input.below(8));
    order.zone.text = codec::printable_text(std::string(input.text(20)));
    order.reason = "because " + codec::printable_text(std::string(input.text(40)));
    if (input.yes()) {
        order.limit.text = "limit " + codec::printable_text(std::string(input.text(20)));
        order.raise_to = core::Money{input.number() & INT64_MAX};
    }
    return order;
}

bool same(const core::Order& left, const core::Order& right) {
    return left.kind == right.kind && left.zone == right.zone && left.limit == right.limit &&
           left.raise_to == right.raise_to && left.reason == right.reason;
}

core::RecordedFact any_fact(fuzz::Input& input) {
    const auto text = [&input] { return codec::valid_text(std::string(input.text(12))); };
    core::RecordedFact recorded;
    recorded.sequence = static_cast<std::uint64_t>(input.number());
    recorded.fact.kind = static_cast<core::FactKind>(input.below(static_cast<int>(core::last_fact_kind)));
    recorded.fact.at.since_origin = core::Duration(input.number());
    recorded.fact.wall.since_epoch = core::Duration(input.number());
    recorded.fact.tenant.text = text();
    recorded.fact.zone.text = text();
    recorded.fact.provider.text = text();
    recorded.fact.resource.text = text();
    recorded.fact.limit.text = text();
    for (std::size_t count = input.below(4); count > 0; --count) {
        std::string name = text();
        recorded.fact.fields.push_back({std::move(name), text()});
    }
    return recorded;
}

core::ResourceStatus any_resource(fuzz::Input& input) {
    const auto text = [&input] { return codec::valid_text(std::string(input.text(12))); };
    core::ResourceStatus status;
    status.provider.text = text();
    status.id.text = text();
    status.sku = text();
    status.region = text();
    status.kind = text();
    status.activity = static_cast<core::Activity>(input.below(5));
    status.class_ = static_cast<core::ResourceClass>(input.below(3));
    status.rate.micros_per_hour = input.number();
    status.price_known = input.yes();
    status.accrued.micros = input.number();
    for (std::size_t count = input.below(3); count > 0; --count)
        status.zones.push_back({text()});
    return status;
}

bool same(const core::ResourceStatus& left, const core::ResourceStatus& right) {
    return left.provider == right.provider && left.id == right.id && left.sku == right.sku &&
           left.region == right.region && left.kind == right.kind && left.activity == right.activity &&
           left.class_ == right.class_ && left.rate == right.rate && left.price_known == right.price_known &&
           left.accrued == right.accrued && left.zones == right.zones;
}

// What is made here, sent and read is the same, field by field.
void send_any(fuzz::Input& input) {
    const core::Order order = any_order(input);
    auto got = codec::decode_order(codec::encode_order(order));
    claim(got.value.has_value() && same(*got, order), "an order arrives as it was");
    const core::RecordedFact fact = any_fact(input);
    auto facts = codec::decode_watched(codec::encode_watched({{fact}, 7}));
    claim(facts.value.has_value() && facts->facts.size() == 1 && facts->facts[0].sequence == fact.sequence &&
              facts->facts[0].fact == fact.fact && facts->missed_count == 7,
          "a fact arrives as it was");
    const core::ResourceStatus resource = any_resource(input);
    auto resources = codec::decode_resources(codec::encode_resources({resource, resource}));
    claim(resources.value.has_value() && resources->size() == 2 && same((*resources)[1], resource),
          "a resource arrives as it was");
}

void read_text(const std::string& text) {
    const std::string valid = codec::valid_text(text);
    const std::string printable = codec::printable_text(text);
    claim(codec::valid_text(valid) == valid, "what was made valid is valid");
    claim(codec::is_plain_text(printable), "what was made printable is plain");
    claim(codec::printable_text(printable) == printable, "what is printable stays as it is");
    claim(valid.size() <= 4 * text.size() && printable.size() <= 4 * text.size(), "no text grows beyond four times");
    const std::string lines = codec::printable_lines(text);
    claim(text.empty() || lines.ends_with('\n'), "the last line ends");
    claim(codec::count_characters(printable) <= printable.size(), "no character is shorter than a byte");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.below(5)) {
        case 0:
            read_requests(input.rest());
            break;
        case 1:
            read_answers(input.rest());
            break;
        case 2:
            read_link(input.rest());
            break;
        case 3:
            send_any(input);
            break;
        default:
            read_text(std::string(input.rest()));
    }
    return 0;
}
