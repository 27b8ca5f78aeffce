// Exporters as they run: a real link to a played path, real TLS to a real HTTP server.
#include "agent/doors/exporter_tasks.hpp"
#include "platform/gzip/gzip.hpp"
#include "tests/doors/exporter_scene.hpp"
#include "tests/doors/samples.hpp"

using namespace noodstop;
using namespace noodstop::doors;
using namespace std::chrono_literals;

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
