// Exporters as they run: a real link to a played path, real TLS to a real HTTP server.
#include "agent/doors/doors_clock.hpp"
#include "agent/doors/exporter_tasks.hpp"
#include "noodstop/foreign/v1/remote_write.pb.h"
#include "platform/gzip/gzip.hpp"
#include "platform/snappy/snappy.hpp"
#include "tests/doors/played_path.hpp"
#include "tests/doors/samples.hpp"
#include "tests/doors/tls_servers.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <fstream>

using namespace noodstop;
using namespace noodstop::doors;
using namespace std::chrono_literals;

namespace {

const std::string consumer = "exporter/one";

core::ExporterPolicy exporter_towards(std::uint16_t port, core::ExporterKind kind = core::ExporterKind::remote_write) {
    const auto files = testing::files_of("operator");
    core::ExporterPolicy policy;
    policy.name = "one";
    policy.kind = kind;
    policy.host = "localhost";
    policy.port = port;
    policy.target = "/api/v1/write";
    policy.tls = {files.certificate, files.key, files.authorities};
    return policy;
}

core::AgentPolicy agent_with(std::vector<core::ExporterPolicy> exporters) {
    core::AgentPolicy policy;
    policy.name = "a1";
    policy.channel.exporters = std::move(exporters);
    return policy;
}

ExporterTimes hasty() {
    ExporterTimes times;
    times.backoff = {10ms, 50ms};
    times.rest = 10ms;
    times.beat_interval = 10ms;
    times.repeat_interval = 1h;
    return times;
}

core::Counter zone_spend(std::int64_t micros, core::WallTime at) {
    core::Counter counter;
    counter.name.tenant = {"acme"};
    counter.name.zone = {"dev"};
    counter.name.currency = "EUR";
    counter.value = {micros};
    counter.at = at;
    return counter;
}

core::SpoolBatch batch_with_spend(std::uint64_t sequence, std::int64_t micros, core::Duration age = 0s) {
    const core::WallTime at = wall_now() - age;
    core::SpoolBatch batch;
    batch.samples.epoch = 7;
    batch.samples.last = sequence;
    batch.samples.samples = {{sequence, at, {zone_spend(micros, at)}}};
    return batch;
}

// {millionths of the zone's spend} in the order in which they were posted.
std::vector<std::int64_t> spends_at(const TlsReceiver& receiver) {
    std::vector<std::int64_t> spends;
    for (const platform::HttpRequest& posted : receiver.requests) {
        foreign::v1::RemoteWriteRequest request;
        REQUIRE(request.ParseFromString(platform::snappy_decompress(posted.body, 1 << 20).value()));
        for (const auto& series : request.series())
            for (const auto& label : series.labels())
                if (label.value() == "noodstop_zone_cost_total")
                    spends.push_back(std::llround(series.samples(0).value() * 1e6));
    }
    return spends;
}

std::string header(const platform::HttpRequest& request, const char* name) {
    return platform::find_header(request.headers, name).value_or("");
}

std::string value_in(const codec::Notice& notice, const std::string& name) {
    for (const core::FactField& field : notice.fields)
        if (field.name == name)
            return field.value;
    return {};
}

// A file of one word, readable for its owner only.
struct TokenFile {
    explicit TokenFile(const std::string& word) { write(word); }
    ~TokenFile() { std::filesystem::remove(path); }
    void write(const std::string& word) const {
        std::ofstream(path) << word << "\n";
        ::chmod(path.c_str(), 0600);
    }
    std::string path = testing::certificate_folder() + "/token";
};

}  // namespace

TEST_CASE("what lies in the spool is posted once, in order, and then acknowledged") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io);
    for (std::uint64_t sequence : {1, 2, 3})
        path.lay_ready(consumer, batch_with_spend(sequence, static_cast<std::int64_t>(sequence) * 1'000'000));
    core::ExporterPolicy policy = exporter_towards(receiver.port());
    policy.scope = "team-7";
    ExporterTasks tasks(io, path.client, agent_with({policy}), hasty());
    REQUIRE(run_until(io, [&] { return path.has_given_all(consumer); }));
    CHECK(spends_at(receiver) == std::vector<std::int64_t>{1'000'000, 2'000'000, 3'000'000});
    CHECK(receiver.connection_count == 1);
    const platform::HttpRequest& first = receiver.requests.front();
    CHECK(first.method == "POST");
    CHECK(first.target == "/api/v1/write");
    CHECK(header(first, "Host") == "localhost:" + std::to_string(receiver.port()));
    CHECK(header(first, "X-Scope-OrgID") == "team-7");
    CHECK(header(first, "User-Agent").starts_with("noodstop/"));
    CHECK(header(first, "Authorization").empty());
    CHECK(!path.answers.front().hub);
}

TEST_CASE("facts go to logs and samples do not") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io);
    core::SpoolBatch batch;
    batch.facts.epoch = 7;
    batch.facts.last = 5;
    batch.facts.facts = {sample_fact(5)};
    path.lay_ready(consumer, batch);
    ExporterTasks tasks(io, path.client, agent_with({exporter_towards(receiver.port(), core::ExporterKind::otlp_logs)}),
                        hasty());
    REQUIRE(run_until(io, [&] { return path.has_given_all(consumer); }));
    REQUIRE(receiver.requests.size() == 1);
    CHECK(header(receiver.requests[0], "Content-Encoding") == "gzip");
    const auto body = platform::gunzip(receiver.requests[0].body, 1 << 20);
    REQUIRE(body.ok());
    CHECK(body->find(core::to_text(sample_fact(5).fact.kind)) != std::string::npos);
}

TEST_CASE("a receiver that has closed what it kept gets the next batch over a new connection, and nothing failed") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io, {.idle_deadline = 50ms});
    path.lay_ready(consumer, batch_with_spend(1, 1));
    ExporterTasks tasks(io, path.client, agent_with({exporter_towards(receiver.port())}), hasty());
    REQUIRE(run_until(io, [&] { return path.has_given_all(consumer) && receiver.open_count() == 0; }));
    path.lay_ready(consumer, batch_with_spend(2, 2));
    REQUIRE(run_until(io, [&] { return path.has_given_all(consumer); }));
    CHECK(spends_at(receiver) == std::vector<std::int64_t>{1, 2});
    CHECK(receiver.connection_count == 2);
    for (const exporters::Reading& reading : tasks.readings_of_exporters(wall_now()))
        if (reading.figure == exporters::Figure::export_failures)
            CHECK(reading.raw == 0);
}

TEST_CASE("a receiver that fails gets the same again, byte for byte, until it takes it") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io);
    receiver.response = {503, {}, "not yet"};
    path.lay_ready(consumer, batch_with_spend(1, 1));
    ExporterTasks tasks(io, path.client, agent_with({exporter_towards(receiver.port())}), hasty());
    REQUIRE(run_until(io, [&] { return receiver.requests.size() >= 3; }));
    CHECK(!path.has_given_all(consumer));
    receiver.response = {204, {}, ""};
    REQUIRE(run_until(io, [&] { return path.has_given_all(consumer); }));
    for (const platform::HttpRequest& request : receiver.requests)
        CHECK(request.body == receiver.requests[0].body);
}

TEST_CASE("a receiver that fails for long is told once with the reason, and once when it takes something again") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io);
    receiver.response = {503, {}, "the disk is full"};
    path.lay_ready(consumer, batch_with_spend(1, 1));
    ExporterTimes times = hasty();
    times.failing_after = 50ms;
    ExporterTasks tasks(io, path.client, agent_with({exporter_towards(receiver.port())}), times);
    REQUIRE(run_until(io, [&] { return path.has_notice(core::FactKind::exporter_failing); }));
    CHECK(value_in(path.notices[0], "exporter") == "one");
    CHECK(value_in(path.notices[0], "receiver") == "localhost:" + std::to_string(receiver.port()));
    CHECK(value_in(path.notices[0], "problem") == "HTTP 503: the disk is full");
    const std::size_t asked = receiver.requests.size();
    REQUIRE(run_until(io, [&] { return receiver.requests.size() > asked + 2; }));
    CHECK(path.notices.size() == 1);
    receiver.response = {204, {}, ""};
    REQUIRE(run_until(io, [&] { return path.has_notice(core::FactKind::exporter_recovered); }));
    CHECK(path.notices.size() == 2);
}

TEST_CASE("the token is the one that lies in its file when the connection is made") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io);
    const TokenFile token("first");
    core::ExporterPolicy policy = exporter_towards(receiver.port());
    policy.token_file = token.path;
    path.lay_ready(consumer, batch_with_spend(1, 1));
    ExporterTasks tasks(io, path.client, agent_with({policy}), hasty());
    REQUIRE(run_until(io, [&] { return path.has_given_all(consumer); }));
    CHECK(header(receiver.requests.back(), "Authorization") == "Bearer first");
    token.write("second");
    receiver.response = {401, {}, ""};
    path.lay_ready(consumer, batch_with_spend(2, 2));
    REQUIRE(run_until(io, [&] { return path.has_given_all(consumer); }));
    receiver.response = {204, {}, ""};
    path.lay_ready(consumer, batch_with_spend(3, 3));
    REQUIRE(run_until(io, [&] { return path.has_given_all(consumer); }));
    CHECK(header(receiver.requests.back(), "Authorization") == "Bearer second");
}

TEST_CASE("without its token nothing is sent, and the file is named") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io);
    core::ExporterPolicy policy = exporter_towards(receiver.port());
    for (const std::string word : {"", "two words", "evil\r\nX-Header: 1"}) {
        CAPTURE(word);
        const TokenFile token(word);
        policy.token_file = token.path;
        path.notices.clear();
        path.lay_ready(consumer, batch_with_spend(1, 1));
        ExporterTimes times = hasty();
        times.failing_after = 20ms;
        ExporterTasks tasks(io, path.client, agent_with({policy}), times);
        REQUIRE(run_until(io, [&] { return path.has_notice(core::FactKind::exporter_failing); }));
        CHECK(value_in(path.notices[0], "problem").find(token.path) != std::string::npos);
    }
    CHECK(receiver.requests.empty());
}

TEST_CASE("without TLS this machine is spoken to and no other") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io, {.encrypted = false});
    core::ExporterPolicy policy = exporter_towards(receiver.port());
    policy.encrypted = false;
    path.lay_ready(consumer, batch_with_spend(1, 1));
    {
        ExporterTasks tasks(io, path.client, agent_with({policy}), hasty());
        REQUIRE(run_until(io, [&] { return path.has_given_all(consumer); }));
    }
    policy.host = "192.0.2.1";
    path.lay_ready(consumer, batch_with_spend(2, 2));
    ExporterTimes times = hasty();
    times.failing_after = 20ms;
    ExporterTasks tasks(io, path.client, agent_with({policy}), times);
    REQUIRE(run_until(io, [&] { return path.has_notice(core::FactKind::exporter_failing); }));
    CHECK(value_in(path.notices[0], "problem").find("only this machine") != std::string::npos);
}

TEST_CASE("a receiver whose certificate is for another host gets nothing") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io, {.place = {.certificate = "elsewhere"}});
    path.lay_ready(consumer, batch_with_spend(1, 1));
    ExporterTimes times = hasty();
    times.failing_after = 20ms;
    ExporterTasks tasks(io, path.client, agent_with({exporter_towards(receiver.port())}), times);
    REQUIRE(run_until(io, [&] { return path.has_notice(core::FactKind::exporter_failing); }));
    CHECK(value_in(path.notices[0], "problem").find("another host") != std::string::npos);
    CHECK(receiver.requests.empty());
}

TEST_CASE("when all is quiet everything is sent as it stands, of whichever exporter it came") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io);
    TlsReceiver other(io);
    core::ExporterPolicy second = exporter_towards(other.port());
    second.name = "two";
    path.lay_ready(consumer, batch_with_spend(1, 42, 10min));
    ExporterTimes times = hasty();
    times.repeat_interval = 50ms;
    ExporterTasks tasks(io, path.client, agent_with({exporter_towards(receiver.port()), second}), times);
    core::Snapshot snapshot = sample_snapshot();
    snapshot.wall = wall_now();
    tasks.snapshot_came(snapshot);
    const auto has = [](const TlsReceiver& at, std::size_t count) { return spends_at(at).size() >= count; };
    REQUIRE(run_until(io, [&] { return has(receiver, 2) && has(other, 1); }));
    CHECK(spends_at(receiver)[1] == 42);
    CHECK(spends_at(other)[0] == 42);
}

TEST_CASE("where nobody else takes samples the page's own consumer feeds the board") {
    boost::asio::io_context io;
    PlayedPath path(io);
    core::AgentPolicy policy;
    policy.channel.metrics.emplace();
    path.lay_ready(metrics_consumer, batch_with_spend(1, 1));
    path.lay_ready(metrics_consumer, batch_with_spend(2, 2));
    ExporterTasks tasks(io, path.client, policy, hasty());
    REQUIRE(run_until(io, [&] { return path.has_given_all(metrics_consumer); }));
    REQUIRE(tasks.board().present().size() == 1);
    CHECK(tasks.board().present()[0].raw == 2);
    path.lay_ready(metrics_consumer, batch_with_spend(3, 3));
    CHECK(run_until(io, [&] { return tasks.board().present()[0].raw == 3; }));
}

TEST_CASE("where an exporter takes samples it feeds the board, and nobody else asks") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io);
    core::AgentPolicy policy = agent_with({exporter_towards(receiver.port())});
    policy.channel.metrics.emplace();
    path.lay_ready(consumer, batch_with_spend(1, 1));
    ExporterTasks tasks(io, path.client, policy, hasty());
    REQUIRE(run_until(io, [&] { return path.has_given_all(consumer); }));
    CHECK(tasks.board().present().size() == 1);
    for (const core::BatchQuery& query : path.queries)
        CHECK(query.consumer == consumer);
}
