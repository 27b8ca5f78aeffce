#include "agent/doors/exporters/otlp_codec.hpp"
#include "agent/doors/exporters/otlp_wire.hpp"
#include "proto/codec/text.hpp"

namespace noodstop::exporters {
namespace {

namespace v1 = foreign::v1;

// What endangers the path itself is an error; what a person must know at once is a warning.
v1::OtlpSeverity severity_of(core::FactKind kind) {
    using core::FactKind;
    const bool is_danger = kind == FactKind::tripped || kind == FactKind::overdue || kind == FactKind::state_lost ||
                           kind == FactKind::durability_lost || kind == FactKind::impaired ||
                           kind == FactKind::step_failed;
    if (is_danger)
        return v1::OTLP_SEVERITY_ERROR;
    return core::is_alert(kind) ? v1::OTLP_SEVERITY_WARN : v1::OTLP_SEVERITY_INFO;
}

const char* severity_word(v1::OtlpSeverity severity) {
    if (severity == v1::OTLP_SEVERITY_ERROR)
        return "ERROR";
    return severity == v1::OTLP_SEVERITY_WARN ? "WARN" : "INFO";
}

void add_names(const core::Fact& fact, OtlpAttributes& attributes) {
    add_attribute(attributes, "noodstop.tenant", fact.tenant.text);
    add_attribute(attributes, "noodstop.zone", fact.zone.text);
    add_attribute(attributes, "noodstop.limit", fact.limit.text);
    add_attribute(attributes, "noodstop.provider", fact.provider.text);
    add_attribute(attributes, "noodstop.resource", fact.resource.text);
}

void set_record(const core::RecordedFact& recorded, v1::OtlpLogRecord& record) {
    const core::Fact& fact = recorded.fact;
    record.set_unix_nanos(unix_nanos(fact.wall));
    record.set_observed_unix_nanos(unix_nanos(fact.wall));
    record.set_severity(severity_of(fact.kind));
    record.set_severity_text(severity_word(record.severity()));
    record.set_event_name(std::string("noodstop.") + core::to_text(fact.kind));
    record.mutable_body()->set_text(codec::valid_text(core::to_text(fact)));
    OtlpAttributes& attributes = *record.mutable_attributes();
    add_attribute(attributes, "noodstop.sequence", static_cast<std::int64_t>(recorded.sequence));
    add_names(fact, attributes);
    for (const core::FactField& field : fact.fields)
        add_attribute(attributes, "noodstop.field." + field.name, field.value);
}

// What is missing has no time: that of the fact that follows it, or of the last one before; zero if there is none.
core::WallTime time_near(const core::Gap& gap, const std::vector<core::RecordedFact>& facts) {
    for (const core::RecordedFact& fact : facts)
        if (fact.sequence > gap.last)
            return fact.fact.wall;
    return facts.empty() ? core::WallTime() : facts.back().fact.wall;
}

void set_record(const core::Gap& gap, core::WallTime at, v1::OtlpLogRecord& record) {
    record.set_unix_nanos(unix_nanos(at));
    record.set_observed_unix_nanos(unix_nanos(at));
    record.set_severity(v1::OTLP_SEVERITY_ERROR);
    record.set_severity_text(severity_word(record.severity()));
    record.set_event_name("noodstop.facts_missing");
    record.mutable_body()->set_text("facts " + std::to_string(gap.first) + " to " + std::to_string(gap.last) +
                                    " are missing: " + core::to_text(gap.reason));
}

}  // namespace

OtlpMessage encode_otlp_logs(const ExportBatch& batch, const PushOrigin& origin) {
    v1::OtlpLogsRequest request;
    v1::OtlpResourceLogs& of_resource = *request.add_resource_logs();
    set_resource(*of_resource.mutable_resource(), origin);
    v1::OtlpScopeLogs& of_scope = *of_resource.add_scope_logs();
    set_scope(*of_scope.mutable_scope(), origin);
    for (const core::RecordedFact& fact : batch.facts)
        set_record(fact, *of_scope.add_records());
    for (const core::Gap& gap : batch.gaps)
        set_record(gap, time_near(gap, batch.facts), *of_scope.add_records());
    return {request.SerializeAsString(), batch.facts.size() + batch.gaps.size()};
}

OtlpRefusal decode_otlp_answer(const std::string& body) {
    v1::OtlpAnswer answer;
    if (!answer.ParseFromString(body))
        return {0, "the answer is not OTLP's"};
    const v1::OtlpPartialSuccess& partial = answer.partial_success();
    const std::int64_t count = partial.rejected_count();
    return {count > 0 ? static_cast<std::uint64_t>(count) : 0, partial.message()};
}

std::string decode_otlp_problem(const std::string& body) {
    v1::OtlpProblem problem;
    return problem.ParseFromString(body) && !problem.message().empty() ? problem.message() : body;
}

}  // namespace noodstop::exporters
