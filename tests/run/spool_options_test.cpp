#include "agent/run/spool_options.hpp"

#include <doctest/doctest.h>

using namespace noodstop;

namespace {

core::ExporterPolicy exporter(const std::string& name, core::ExporterKind kind) {
    core::ExporterPolicy policy;
    policy.name = name;
    policy.kind = kind;
    return policy;
}

}  // namespace

TEST_CASE("without a channel nobody follows the spool") {
    CHECK(run::consumers_of({}).empty());
    CHECK(!core::wants_samples({}));
}

TEST_CASE("the hub takes everything, exporters by their names what they are for") {
    core::ChannelPolicy channel;
    channel.uplink.emplace();
    channel.exporters = {exporter("vm", core::ExporterKind::remote_write),
                         exporter("otel", core::ExporterKind::otlp_metrics),
                         exporter("logs", core::ExporterKind::otlp_logs)};
    channel.metrics.emplace();
    channel.spool_bytes_max = 7 << 20;
    const auto consumers = run::consumers_of(channel);
    CHECK(consumers == std::vector<journal::Consumer>{{"hub", true, true, true},
                                                      {"exporter/vm", false, true, false},
                                                      {"exporter/otel", false, true, false},
                                                      {"exporter/logs", true, false, false}});
    CHECK(core::wants_samples(channel));
    CHECK(run::spool_options(channel).bytes_max == 7 << 20);
}

TEST_CASE("the page for scrapers takes samples where nobody else does") {
    core::ChannelPolicy channel;
    channel.exporters = {exporter("logs", core::ExporterKind::otlp_logs)};
    CHECK(!core::wants_samples(channel));
    channel.metrics.emplace();
    CHECK(core::wants_samples(channel));
    REQUIRE(run::consumers_of(channel).size() == 2);
    CHECK(run::consumers_of(channel)[1] == journal::Consumer{"metrics", false, true, false});
}

TEST_CASE("the page for scrapers does not wait for the hub") {
    core::ChannelPolicy channel;
    channel.uplink.emplace();
    channel.metrics.emplace();
    const auto consumers = run::consumers_of(channel);
    REQUIRE(consumers.size() == 2);
    CHECK(consumers[1] == journal::Consumer{"metrics", false, true, false});
}

TEST_CASE("epochs are drawn from the kernel") {
    const journal::SpoolOptions options = run::spool_options({});
    CHECK(options.draw() != options.draw());
}
