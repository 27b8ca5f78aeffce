// The page of metrics over a real socket.
#include "agent/doors/metrics_page.hpp"

#include "agent/doors/doors_clock.hpp"
#include "platform/http/client_connection.hpp"
#include "platform/net/tcp.hpp"
#include "tests/doors/played_path.hpp"
#include "tests/doors/samples.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::doors;
using namespace std::chrono_literals;

namespace {

struct Page {
    explicit Page(bool has_uplink = false) {
        policy.name = "a1";
        policy.channel.metrics.emplace();
        if (has_uplink) {
            policy.channel.uplink.emplace();
            policy.channel.uplink->host = "127.0.0.1";
            policy.channel.uplink->port = 1;
            policy.channel.uplink->tls.authorities = "/nowhere/ca.pem";
            uplink = std::make_unique<UplinkTask>(io, path.client, policy);
        }
        tasks = std::make_unique<ExporterTasks>(io, path.client, policy);
        auto listener = platform::listen_tcp({});
        REQUIRE(listener.ok());
        port = *platform::port_of(listener->number());
        page = std::make_unique<MetricsPage>(io, std::move(*listener), *tasks, uplink.get());
    }

    platform::HttpResponse ask(const std::string& target, const std::string& method = "GET",
                               const std::string& accept = "") {
        std::unique_ptr<platform::HttpClientConnection> connection;
        std::optional<platform::Result<platform::HttpResponse>> answer;
        platform::ConnectTcpOptions options;
        options.endpoint.port = port;
        platform::async_connect_tcp(
            io.get_executor(), options, [&](platform::Result<std::unique_ptr<platform::ByteStream>> stream) {
                REQUIRE(stream.ok());
                connection = std::make_unique<platform::HttpClientConnection>(std::move(*stream),
                                                                              platform::HttpClientConnectionOptions{});
                platform::HttpRequest request;
                request.method = method;
                request.target = target;
                if (!accept.empty())
                    request.headers.push_back({"Accept", accept});
                connection->send(request, 30s, [&](platform::Result<platform::HttpResponse> response) {
                    answer.emplace(std::move(response));
                });
            });
        REQUIRE(run_until(io, [&] { return answer.has_value(); }));
        REQUIRE(answer->ok());
        return **answer;
    }

    boost::asio::io_context io;
    PlayedPath path{io};
    core::AgentPolicy policy;
    std::unique_ptr<UplinkTask> uplink;
    std::unique_ptr<ExporterTasks> tasks;
    std::uint16_t port = 0;
    std::unique_ptr<MetricsPage> page;
};

bool has(const platform::HttpResponse& response, const std::string& text) {
    return response.body.find(text) != std::string::npos;
}

std::string type_of(const platform::HttpResponse& response) {
    return platform::find_header(response.headers, "Content-Type").value_or("");
}

core::SpoolBatch batch_with(core::CounterKind kind, const std::string& limit, std::int64_t micros) {
    core::Counter counter;
    counter.name = {kind, {"acme"}, {}, {limit}, {}, {}, "EUR"};
    counter.value = {micros};
    counter.at = wall_now();
    core::SpoolBatch batch;
    batch.samples.epoch = 7;
    batch.samples.last = 1;
    batch.samples.samples = {{1, counter.at, {counter}}};
    return batch;
}

}  // namespace

TEST_CASE("before the path has reported there is no page") {
    Page page;
    CHECK(page.ask("/metrics").status == 503);
}

TEST_CASE("the page shows what the snapshot shows, as plain text to those who ask for nothing else") {
    Page page;
    page.tasks->snapshot_came(sample_snapshot());
    const auto response = page.ask("/metrics?name=ignored");
    CHECK(response.status == 200);
    CHECK(type_of(response) == "text/plain; version=0.0.4; charset=utf-8");
    CHECK(has(response, "noodstop_agent_info{agent=\"" + sample_snapshot().agent + "\","));
    CHECK(!has(response, "# EOF"));
    CHECK(!has(response, "noodstop_uplink"));
}

TEST_CASE("who asks for OpenMetrics gets it") {
    Page page;
    page.tasks->snapshot_came(sample_snapshot());
    const auto response = page.ask("/metrics", "GET", "application/openmetrics-text; version=1.0.0");
    CHECK(type_of(response).starts_with("application/openmetrics-text"));
    CHECK(response.body.ends_with("# EOF\n"));
}

TEST_CASE("there is nothing else, and nothing can be done but reading") {
    Page page;
    page.tasks->snapshot_came(sample_snapshot());
    CHECK(page.ask("/").status == 404);
    CHECK(page.ask("/metricsandmore").status == 404);
    const auto response = page.ask("/metrics", "POST");
    CHECK(response.status == 405);
    CHECK(platform::find_header(response.headers, "Allow") == "GET");
}

TEST_CASE("counters of the spool are on the page, and a limit's use has one source") {
    Page page;
    page.path.lay_ready(metrics_consumer, batch_with(core::CounterKind::limit_used, "monthly", 5'000'000));
    core::Snapshot snapshot = sample_snapshot();
    snapshot.limits[0].kind = core::LimitKind::spend;
    page.tasks->snapshot_came(snapshot);
    REQUIRE(run_until(page.io, [&] { return page.path.has_given_all(metrics_consumer); }));
    const auto response = page.ask("/metrics");
    CHECK(has(response, "noodstop_limit_used_cost{currency=\"EUR\",limit=\"monthly\",tenant=\"acme\"} 5\n"));
    CHECK(!has(response, "noodstop_limit_used_cost{currency=\"EUR\",limit=\"daily\""));
}

TEST_CASE("the page says whether the hub is reached") {
    Page page(true);
    page.tasks->snapshot_came(sample_snapshot());
    CHECK(has(page.ask("/metrics"), "noodstop_uplink_connected 0\n"));
}
