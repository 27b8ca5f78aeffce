// Remote-write 1.0 as its specification wants it. That real receivers take it is shown by
// tests/integration/receivers_test.py.
#include "agent/doors/exporters/remote_write.hpp"

#include "noodstop/foreign/v1/remote_write.pb.h"
#include "platform/snappy/snappy.hpp"
#include "tests/doors/exporters/samples.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>

using namespace noodstop;
using namespace noodstop::exporters;

namespace {

const RemoteWrite format({"noodstop", "box", "0.1.0"});

ExportBatch batch_with(std::vector<Reading> readings) {
    ExportBatch batch;
    batch.number = 1;
    batch.readings = std::move(readings);
    return batch;
}

foreign::v1::RemoteWriteRequest decoded(const ExportBatch& batch) {
    const auto body = format.encode(batch);
    REQUIRE((body.ok() && body->has_value()));
    foreign::v1::RemoteWriteRequest request;
    REQUIRE(request.ParseFromString(platform::snappy_decompress((*body)->bytes, 1'000'000).value()));
    return request;
}

std::vector<std::pair<std::string, std::string>> labels_of(const foreign::v1::RemoteWriteSeries& series) {
    std::vector<std::pair<std::string, std::string>> labels;
    for (const auto& label : series.labels())
        labels.emplace_back(label.name(), label.value());
    return labels;
}

Judgement judged(unsigned status, const std::string& body = "") {
    return format.judge({status, {}, body});
}

}  // namespace

TEST_CASE("a counter becomes a series whose labels are sorted and say what, whose and which agent") {
    const auto request = decoded(batch_with({reading_of(zone_counter("dev", 51'200'000, noon))}));
    REQUIRE(request.series_size() == 1);
    const std::vector<std::pair<std::string, std::string>> wanted{{"__name__", "noodstop_zone_cost_total"},
                                                                  {"currency", "EUR"},
                                                                  {"instance", "box"},
                                                                  {"job", "noodstop"},
                                                                  {"tenant", "acme"},
                                                                  {"zone", "dev"}};
    CHECK(labels_of(request.series(0)) == wanted);
    REQUIRE(request.series(0).samples_size() == 1);
    CHECK(request.series(0).samples(0).value() == 51.2);
    CHECK(request.series(0).samples(0).unix_millis() == 1'764'936'000'000);
}

TEST_CASE("samples of a series are in the order of time, one in each millisecond") {
    using std::chrono::microseconds;
    const auto request = decoded(
        batch_with({reading_of(zone_counter("dev", 3'000'000, noon + microseconds(2000))),
                    reading_of(zone_counter("dev", 1'000'000, noon)), reading_of(zone_counter("test", 9'000'000, noon)),
                    reading_of(zone_counter("dev", 2'000'000, noon + microseconds(999)))}));
    REQUIRE(request.series_size() == 2);
    const auto& samples = request.series(0).samples();
    REQUIRE(samples.size() == 2);
    CHECK(samples[0].value() == 2);  // the later of two in one millisecond
    CHECK(samples[1].value() == 3);
    CHECK(samples[0].unix_millis() < samples[1].unix_millis());
}

TEST_CASE("a series that ended gets the marker that means it, bit for bit") {
    Reading gone = reading_of(resource_counter("miner-1", 5, noon));
    gone.ended = true;
    const auto request = decoded(batch_with({gone}));
    CHECK(std::bit_cast<std::uint64_t>(request.series(0).samples(0).value()) == 0x7ff0000000000002);
}

TEST_CASE("the body is named as the specification wants") {
    const auto body = format.encode(batch_with({reading_of(zone_counter("dev", 1, noon))})).value().value();
    const std::vector<platform::HttpHeader>& headers = body.headers;
    CHECK(platform::find_header(headers, "Content-Type") == "application/x-protobuf");
    CHECK(platform::find_header(headers, "Content-Encoding") == "snappy");
    CHECK(platform::find_header(headers, "X-Prometheus-Remote-Write-Version") == "0.1.0");
    CHECK(body.item_count == 1);
}

TEST_CASE("facts alone are nothing for remote-write") {
    ExportBatch batch;
    batch.number = 1;
    batch.facts = {sample_fact(1, core::FactKind::tripped)};
    const auto body = format.encode(batch);
    REQUIRE(body.ok());
    CHECK(!body->has_value());
}

TEST_CASE("5xx and 429 are tried again, other 4xx never, and what is told is kept") {
    CHECK(judged(200).verdict == Verdict::accepted);
    CHECK(judged(204).verdict == Verdict::accepted);
    for (const unsigned status : {429U, 500U, 501U, 503U, 599U})
        CHECK(judged(status).verdict == Verdict::retry);
    for (const unsigned status : {400U, 401U, 403U, 404U, 408U, 409U, 415U, 422U, 499U})
        CHECK(judged(status).verdict == Verdict::set_aside);
    CHECK(judged(413).verdict == Verdict::too_large);
    for (const unsigned status : {301U, 302U, 307U})
        CHECK(judged(status).verdict == Verdict::retry);
    CHECK(judged(400, "out of order sample\nand more").message == "out of order sample");
    CHECK(judged(500, "\x1b[31mred").message == "\\x1b[31mred");
}
