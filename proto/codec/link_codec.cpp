#include "proto/codec/link_codec.hpp"

#include "proto/codec/enums.hpp"
#include "proto/codec/text.hpp"
#include "proto/codec/wire.hpp"

namespace noodstop::codec {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

v1::LinkRefusal::Kind to_wire(RefusalKind kind) {
    return kind == RefusalKind::forbidden ? v1::LinkRefusal::KIND_FORBIDDEN : v1::LinkRefusal::KIND_TOO_LARGE;
}

RefusalKind from_wire(v1::LinkRefusal::Kind kind, Problem& problem) {
    if (kind != v1::LinkRefusal::KIND_FORBIDDEN && kind != v1::LinkRefusal::KIND_TOO_LARGE)
        problem.tell("unknown kind of refusal");
    return kind == v1::LinkRefusal::KIND_FORBIDDEN ? RefusalKind::forbidden : RefusalKind::too_large;
}

FactQuery query_from(const v1::LinkFactQuery& wire, Problem& problem) {
    FactQuery query;
    query.tenant.text = checked_text(wire.tenant(), name_size_max, "tenant", problem);
    query.zone.text = checked_text(wire.zone(), name_size_max, "zone", problem);
    query.after = wire.after();
    query.most = wire.most();
    if (query.most == 0 || query.most > facts_asked_max)
        problem.tell("a fact query must ask for 1 to " + std::to_string(facts_asked_max) + " facts");
    return query;
}

BatchQuery query_from(const v1::LinkBatchQuery& wire, Problem& problem) {
    return {checked_text(wire.consumer(), name_size_max, "consumer", problem), wire.facts_max(), wire.counters_max(),
            wire.bytes_max()};
}

BatchAnswer answer_from(const v1::LinkBatchAnswer& wire, Problem& problem) {
    BatchAnswer answer{checked_text(wire.consumer(), name_size_max, "consumer", problem), wire.batch(), std::nullopt};
    if (wire.has_hub())
        answer.hub = codec::from_wire(wire.hub());
    return answer;
}

Notice notice_from(const v1::LinkNotice& wire, Problem& problem) {
    Notice notice{codec::from_wire(wire.kind(), problem), {}};
    if (static_cast<std::size_t>(wire.fields_size()) > notice_fields_max)
        problem.tell("a notice has at most " + std::to_string(notice_fields_max) + " fields");
    for (const v1::FactField& field : wire.fields())
        notice.fields.push_back({checked_text(field.name(), name_size_max, "name of a field", problem),
                                 checked_text(field.value(), notice_value_size_max, "value of a field", problem)});
    return notice;
}

LinkRequest request_from(const v1::LinkRequest& wire, Problem& problem) {
    LinkRequest request;
    request.number = wire.number();
    if (wire.has_order())
        request.content = codec::from_wire(wire.order(), problem);
    else if (wire.has_rehearsal())
        request.content = core::ZoneName{checked_text(wire.rehearsal().zone(), name_size_max, "zone", problem)};
    else if (wire.has_fact_query())
        request.content = query_from(wire.fact_query(), problem);
    else if (wire.has_resource_query())
        request.content = ResourceQuery{};
    else if (wire.has_batch_query())
        request.content = query_from(wire.batch_query(), problem);
    else if (wire.has_batch_answer())
        request.content = answer_from(wire.batch_answer(), problem);
    else if (wire.has_notice())
        request.content = notice_from(wire.notice(), problem);
    else
        problem.tell("a request of no kind");
    return request;
}

// As the other end takes it: what a stranger wrote is readable text here, and no longer than it may be.
void notice_to(const Notice& notice, v1::LinkNotice& wire) {
    wire.set_kind(codec::to_wire(notice.kind));
    for (const core::FactField& field : notice.fields) {
        if (static_cast<std::size_t>(wire.fields_size()) == notice_fields_max)
            break;
        v1::FactField& wire_field = *wire.add_fields();
        wire_field.set_name(field.name);
        wire_field.set_value(shortened_text(printable_text(field.value), notice_value_size_max));
    }
}

void batch_to(const BatchFound& found, v1::LinkBatch& wire) {
    wire.set_number(found.batch.number);
    codec::to_wire(found.batch.facts, *wire.mutable_facts());
    codec::to_wire(found.batch.samples, *wire.mutable_samples());
    if (found.batch.newest_fact)
        codec::to_wire(*found.batch.newest_fact, *wire.mutable_newest_fact());
    if (found.batch.newest_sample)
        codec::to_wire(*found.batch.newest_sample, *wire.mutable_newest_sample());
    wire.mutable_spool()->set_facts_waiting(found.spool.facts_waiting);
    wire.mutable_spool()->set_samples_waiting(found.spool.samples_waiting);
    wire.mutable_spool()->set_bytes(found.spool.bytes);
    wire.mutable_spool()->set_thinned(found.spool.thinned);
    wire.mutable_spool()->set_damaged(found.spool.damaged);
    wire.set_problem(valid_text(found.problem));
}

BatchFound batch_from(const v1::LinkBatch& wire, Problem& problem) {
    BatchFound found;
    found.batch.number = wire.number();
    found.batch.facts = codec::from_wire(wire.facts(), problem);
    found.batch.samples = codec::from_wire(wire.samples(), problem);
    if (wire.has_newest_fact())
        found.batch.newest_fact = codec::from_wire(wire.newest_fact());
    if (wire.has_newest_sample())
        found.batch.newest_sample = codec::from_wire(wire.newest_sample());
    found.spool = {wire.spool().facts_waiting(), wire.spool().samples_waiting(), wire.spool().bytes(),
                   wire.spool().thinned(), wire.spool().damaged()};
    found.problem = wire.problem();
    return found;
}

void answer_to(const LinkAnswer& answer, v1::LinkAnswer& wire) {
    wire.set_number(answer.number);
    std::visit(Overloaded{
                   [&](const core::OrderAnswer& order) { codec::to_wire(order, *wire.mutable_order()); },
                   [&](const FactsAnswer& facts) {
                       all_to_wire(facts.facts, *wire.mutable_facts()->mutable_facts());
                       wire.mutable_facts()->set_problem(valid_text(facts.problem));
                   },
                   [&](const std::vector<core::ResourceStatus>& resources) {
                       all_to_wire(resources, *wire.mutable_resources()->mutable_resources());
                   },
                   [&](const Refusal& refusal) {
                       wire.mutable_refusal()->set_kind(to_wire(refusal.kind));
                       wire.mutable_refusal()->set_message(valid_text(refusal.message));
                   },
                   [&](const BatchFound& found) { batch_to(found, *wire.mutable_batch()); },
                   [&](const BatchTaken& taken) {
                       wire.mutable_batch_taken()->set_taken(taken.taken);
                       wire.mutable_batch_taken()->set_problem(valid_text(taken.problem));
                   },
                   [&](const NoticeTaken&) { wire.mutable_notice_taken(); },
               },
               answer.content);
}

LinkAnswer answer_from(const v1::LinkAnswer& wire, Problem& problem) {
    LinkAnswer answer;
    answer.number = wire.number();
    if (wire.has_order())
        answer.content = codec::from_wire(wire.order());
    else if (wire.has_facts())
        answer.content = FactsAnswer{all_from_wire(wire.facts().facts(), problem), wire.facts().problem()};
    else if (wire.has_resources())
        answer.content = all_from_wire(wire.resources().resources(), problem);
    else if (wire.has_refusal())
        answer.content = Refusal{from_wire(wire.refusal().kind(), problem), wire.refusal().message()};
    else if (wire.has_batch())
        answer.content = batch_from(wire.batch(), problem);
    else if (wire.has_batch_taken())
        answer.content = BatchTaken{wire.batch_taken().taken(), wire.batch_taken().problem()};
    else if (wire.has_notice_taken())
        answer.content = NoticeTaken{};
    else
        problem.tell("an answer of no kind");
    return answer;
}

LinkReport report_from(const v1::LinkReport& wire, Problem& problem) {
    if (wire.has_snapshot())
        return codec::from_wire(wire.snapshot(), problem);
    if (wire.has_facts())
        return all_from_wire(wire.facts().facts(), problem);
    if (wire.has_answer())
        return answer_from(wire.answer(), problem);
    problem.tell("a report of no kind");
    return LinkReport{};
}

}  // namespace

std::string encode_link_request(const LinkRequest& request) {
    v1::LinkRequest wire;
    wire.set_number(request.number);
    std::visit(Overloaded{
                   [&](const core::Order& order) { codec::to_wire(order, *wire.mutable_order()); },
                   [&](const core::ZoneName& zone) { wire.mutable_rehearsal()->set_zone(zone.text); },
                   [&](const FactQuery& query) {
                       v1::LinkFactQuery& content = *wire.mutable_fact_query();
                       content.set_tenant(query.tenant.text);
                       content.set_zone(query.zone.text);
                       content.set_after(query.after);
                       content.set_most(query.most);
                   },
                   [&](const ResourceQuery&) { wire.mutable_resource_query(); },
                   [&](const BatchQuery& query) {
                       v1::LinkBatchQuery& content = *wire.mutable_batch_query();
                       content.set_consumer(query.consumer);
                       content.set_facts_max(query.facts_max);
                       content.set_counters_max(query.counters_max);
                       content.set_bytes_max(query.bytes_max);
                   },
                   [&](const BatchAnswer& answer) {
                       v1::LinkBatchAnswer& content = *wire.mutable_batch_answer();
                       content.set_consumer(answer.consumer);
                       content.set_batch(answer.batch);
                       if (answer.hub)
                           codec::to_wire(*answer.hub, *content.mutable_hub());
                   },
                   [&](const Notice& notice) { notice_to(notice, *wire.mutable_notice()); },
               },
               request.content);
    return wire.SerializeAsString();
}

Decoded<LinkRequest> decode_link_request(std::string_view bytes) {
    return decode_as<v1::LinkRequest>(bytes, request_from);
}

std::string encode_link_report(const core::Snapshot& snapshot) {
    v1::LinkReport wire;
    codec::to_wire(snapshot, *wire.mutable_snapshot());
    return wire.SerializeAsString();
}

std::string encode_link_report(const std::vector<core::RecordedFact>& facts) {
    v1::LinkReport wire;
    all_to_wire(facts, *wire.mutable_facts()->mutable_facts());
    return wire.SerializeAsString();
}

std::string encode_link_report(const LinkAnswer& answer) {
    v1::LinkReport wire;
    answer_to(answer, *wire.mutable_answer());
    return wire.SerializeAsString();
}

Decoded<LinkReport> decode_link_report(std::string_view bytes) {
    return decode_as<v1::LinkReport>(bytes, report_from);
}

}  // namespace noodstop::codec
