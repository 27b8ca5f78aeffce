// OTLP as its specification wants it. That another project's definitions read it is shown by
// tests/integration/receivers_test.py.
#include "agent/doors/exporters/otlp.hpp"

#include "noodstop/foreign/v1/otlp.pb.h"
#include "platform/gzip/gzip.hpp"
#include "tests/doors/exporters/samples.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace noodstop;
using namespace noodstop::exporters;

namespace {

namespace v1 = foreign::v1;

const PushOrigin origin{"noodstop", "box", "0.1.0"};
const OtlpMetrics metrics_format(origin);
const OtlpLogs logs_format(origin);
constexpr std::uint64_t noon_nanos = 1'764'936'000'000'000'000;

template <class Request>
Request decoded(const PushFormat& format, const ExportBatch& batch) {
    const auto body = format.encode(batch);
    REQUIRE((body.ok() && body->has_value()));
    Request request;
    REQUIRE(request.ParseFromString(platform::gunzip((*body)->bytes, 1'000'000).value()));
    return request;
}

ExportBatch batch_with(std::vector<Reading> readings) {
    ExportBatch batch;
    batch.number = 1;
    batch.readings = std::move(readings);
    return batch;
}

ExportBatch batch_with_facts(std::vector<core::RecordedFact> facts, std::vector<core::Gap> gaps = {}) {
    ExportBatch batch;
    batch.number = 1;
    batch.facts = std::move(facts);
    batch.gaps = std::move(gaps);
    return batch;
}

std::map<std::string, std::string> texts_of(const google::protobuf::RepeatedPtrField<v1::OtlpAttribute>& attributes) {
    std::map<std::string, std::string> texts;
    for (const auto& attribute : attributes)
        texts[attribute.key()] =
            attribute.value().has_whole() ? std::to_string(attribute.value().whole()) : attribute.value().text();
    return texts;
}

const v1::OtlpMetric& only_metric(const v1::OtlpMetricsRequest& request) {
    REQUIRE(request.resource_metrics_size() == 1);
    REQUIRE(request.resource_metrics(0).scope_metrics_size() == 1);
    REQUIRE(request.resource_metrics(0).scope_metrics(0).metrics_size() == 1);
    return request.resource_metrics(0).scope_metrics(0).metrics(0);
}

std::string answer_of(std::int64_t rejected, const std::string& message) {
    v1::OtlpAnswer answer;
    answer.mutable_partial_success()->set_rejected_count(rejected);
    answer.mutable_partial_success()->set_message(message);
    return answer.SerializeAsString();
}

}  // namespace

TEST_CASE("a counter is a cumulative monotonic sum that knows when it began") {
    const auto request = decoded<v1::OtlpMetricsRequest>(
        metrics_format, batch_with({reading_of(zone_counter("dev", 51'200'000, noon))}));
    const v1::OtlpMetric& metric = only_metric(request);
    CHECK(metric.name() == "noodstop.zone.cost");
    CHECK(metric.unit() == "{currency}");
    REQUIRE(metric.has_sum());
    CHECK(metric.sum().is_monotonic());
    CHECK(metric.sum().temporality() == v1::OTLP_TEMPORALITY_CUMULATIVE);
    const v1::OtlpPoint& point = metric.sum().points(0);
    CHECK(point.real() == 51.2);
    CHECK(point.unix_nanos() == noon_nanos);
    CHECK(point.start_unix_nanos() == noon_nanos - 7'200'000'000'000);
    const std::map<std::string, std::string> wanted{
        {"noodstop.tenant", "acme"}, {"noodstop.zone", "dev"}, {"noodstop.currency", "EUR"}};
    CHECK(texts_of(point.attributes()) == wanted);
}

TEST_CASE("the resource says which service and which agent it is") {
    const auto request =
        decoded<v1::OtlpMetricsRequest>(metrics_format, batch_with({reading_of(zone_counter("dev", 1, noon))}));
    const std::map<std::string, std::string> wanted{
        {"service.name", "noodstop"}, {"service.instance.id", "box"}, {"service.version", "0.1.0"}};
    CHECK(texts_of(request.resource_metrics(0).resource().attributes()) == wanted);
}

TEST_CASE("numbers of things are whole, states are gauges with an attribute named like the metric") {
    const auto request = decoded<v1::OtlpMetricsRequest>(
        metrics_format,
        batch_with({make_reading({Figure::zone_state, noon, 1}, {{"noodstop_zone_state", "armed"}, {"zone", "dev"}})}));
    const v1::OtlpMetric& metric = only_metric(request);
    REQUIRE(metric.has_gauge());
    CHECK(metric.gauge().points(0).whole() == 1);
    const std::map<std::string, std::string> wanted{{"noodstop.zone.state", "armed"}, {"noodstop.zone", "dev"}};
    CHECK(texts_of(metric.gauge().points(0).attributes()) == wanted);
}

TEST_CASE("all points of a metric stand under one description, and info is left to the resource") {
    const auto request = decoded<v1::OtlpMetricsRequest>(
        metrics_format, batch_with({make_reading({Figure::agent, noon, 1}, {{"agent", "box"}}),
                                    reading_of(zone_counter("dev", 1, noon)), reading_of(zone_counter("test", 2, noon)),
                                    reading_of(zone_counter("dev", 3, noon + std::chrono::seconds(1)))}));
    CHECK(only_metric(request).sum().points_size() == 3);
}

TEST_CASE("a series that ended gets a point that has no value") {
    Reading gone = reading_of(resource_counter("miner-1", 5, noon));
    gone.ended = true;
    const auto request = decoded<v1::OtlpMetricsRequest>(metrics_format, batch_with({gone}));
    const v1::OtlpPoint& point = only_metric(request).sum().points(0);
    CHECK(point.flags() == 1);
    CHECK(point.value_case() == v1::OtlpPoint::VALUE_NOT_SET);
}

TEST_CASE("a fact is a log record with its kind as event and its parts as attributes") {
    const auto request =
        decoded<v1::OtlpLogsRequest>(logs_format, batch_with_facts({sample_fact(12, core::FactKind::tripped)}));
    const v1::OtlpLogRecord& record = request.resource_logs(0).scope_logs(0).records(0);
    CHECK(record.event_name() == "noodstop.tripped");
    CHECK(record.severity() == v1::OTLP_SEVERITY_ERROR);
    CHECK(record.severity_text() == "ERROR");
    CHECK(record.unix_nanos() == noon_nanos);
    CHECK(record.body().text() ==
          "tripped tenant=acme zone=dev limit=daily resource=lab/miner-1 exposure=51.20 stop=50.00");
    const std::map<std::string, std::string> wanted{
        {"noodstop.sequence", "12"},      {"noodstop.tenant", "acme"},         {"noodstop.zone", "dev"},
        {"noodstop.limit", "daily"},      {"noodstop.provider", "lab"},        {"noodstop.resource", "miner-1"},
        {"noodstop.field.stop", "50.00"}, {"noodstop.field.exposure", "51.20"}};
    CHECK(texts_of(record.attributes()) == wanted);
}

TEST_CASE("facts are graver the sooner a person must know them") {
    const auto request =
        decoded<v1::OtlpLogsRequest>(logs_format, batch_with_facts({sample_fact(1, core::FactKind::resource_appeared),
                                                                    sample_fact(2, core::FactKind::blind_began),
                                                                    sample_fact(3, core::FactKind::durability_lost)}));
    const auto& records = request.resource_logs(0).scope_logs(0).records();
    CHECK(records[0].severity_text() == "INFO");
    CHECK(records[1].severity_text() == "WARN");
    CHECK(records[2].severity_text() == "ERROR");
}

TEST_CASE("facts that are missing are told as missing") {
    const auto request = decoded<v1::OtlpLogsRequest>(
        logs_format, batch_with_facts({sample_fact(9, core::FactKind::armed)}, {{5, 8, core::GapReason::damaged}}));
    const auto& records = request.resource_logs(0).scope_logs(0).records();
    REQUIRE(records.size() == 2);
    CHECK(records[1].event_name() == "noodstop.facts_missing");
    CHECK(records[1].body().text() == "facts 5 to 8 are missing: damaged");
    CHECK(records[1].severity_text() == "ERROR");
}

TEST_CASE("text that is no UTF-8 does not spoil the request") {
    core::RecordedFact fact = sample_fact(1, core::FactKind::resource_appeared);
    fact.fact.resource = {"\xff\xfe"};
    fact.fact.fields = {{"na\xffme", "\xc0"}};
    const auto request = decoded<v1::OtlpLogsRequest>(logs_format, batch_with_facts({fact}));
    const auto attributes = texts_of(request.resource_logs(0).scope_logs(0).records(0).attributes());
    CHECK(attributes.at("noodstop.resource") == "\\xff\\xfe");
    CHECK(attributes.at("noodstop.field.na\\xffme") == "\\xc0");
}

TEST_CASE("what is for the other signal is nothing for this one") {
    CHECK(!metrics_format.encode(batch_with_facts({sample_fact(1, core::FactKind::armed)})).value().has_value());
    CHECK(!logs_format.encode(batch_with({reading_of(zone_counter("dev", 1, noon))})).value().has_value());
}

TEST_CASE("only 429, 502, 503 and 504 are tried again") {
    for (const unsigned status : {429U, 502U, 503U, 504U})
        CHECK(metrics_format.judge({status, {}, ""}).verdict == Verdict::retry);
    for (const unsigned status : {400U, 401U, 404U, 408U, 500U, 501U, 505U})
        CHECK(logs_format.judge({status, {}, ""}).verdict == Verdict::set_aside);
    CHECK(logs_format.judge({413, {}, ""}).verdict == Verdict::too_large);
}

TEST_CASE("a partial success is taken, counted and told; a full one says nothing") {
    const Judgement full = metrics_format.judge({200, {}, ""});
    CHECK(full.verdict == Verdict::accepted);
    CHECK((full.refused_count == 0 && full.message.empty()));
    const Judgement partial = metrics_format.judge({200, {}, answer_of(3, "too old")});
    CHECK(partial.verdict == Verdict::accepted);
    CHECK(partial.refused_count == 3);
    CHECK(partial.message == "too old");
    CHECK(logs_format.judge({200, {}, answer_of(0, "soon gone")}).message == "soon gone");
    CHECK(logs_format.judge({200, {}, answer_of(-5, "")}).refused_count == 0);
}

TEST_CASE("what a receiver or a proxy answers as a problem is told in a line") {
    v1::OtlpProblem problem;
    problem.set_code(3);
    problem.set_message("bad data\nsecond line");
    CHECK(metrics_format.judge({400, {}, problem.SerializeAsString()}).message == "bad data");
    CHECK(metrics_format.judge({502, {}, "<html>Bad Gateway"}).message == "<html>Bad Gateway");
    CHECK(metrics_format.judge({200, {}, "<html>"}).message == "the answer is not OTLP's");
}
