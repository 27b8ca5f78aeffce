// An exporter between a played path and a real receiver, for the tests of exporters.
#pragma once

#include "agent/doors/doors_clock.hpp"
#include "agent/doors/exporter_tasks.hpp"
#include "noodstop/foreign/v1/remote_write.pb.h"
#include "platform/snappy/snappy.hpp"
#include "tests/doors/played_path.hpp"
#include "tests/doors/tls_servers.hpp"

#include <doctest/doctest.h>

#include <cmath>

namespace noodstop::doors {

inline const std::string consumer = "exporter/one";

inline core::ExporterPolicy exporter_towards(std::uint16_t port,
                                             core::ExporterKind kind = core::ExporterKind::remote_write) {
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

inline core::AgentPolicy agent_with(std::vector<core::ExporterPolicy> exporters) {
    core::AgentPolicy policy;
    policy.name = "a1";
    policy.channel.exporters = std::move(exporters);
    return policy;
}

inline ExporterTimes hasty() {
    ExporterTimes times;
    times.backoff = {std::chrono::milliseconds(10), std::chrono::milliseconds(50)};
    times.rest = std::chrono::milliseconds(10);
    times.beat_interval = std::chrono::milliseconds(10);
    times.repeat_interval = std::chrono::hours(1);
    return times;
}

inline core::Counter zone_spend(std::int64_t micros, core::WallTime at) {
    core::Counter counter;
    counter.name.tenant = {"acme"};
    counter.name.zone = {"dev"};
    counter.name.currency = "EUR";
    counter.value = {micros};
    counter.at = at;
    return counter;
}

inline core::SpoolBatch batch_with_spend(std::uint64_t sequence, std::int64_t micros,
                                         core::Duration age = core::Duration(0)) {
    const core::WallTime at = wall_now() - age;
    core::SpoolBatch batch;
    batch.samples.epoch = 7;
    batch.samples.last = sequence;
    batch.samples.samples = {{sequence, at, {zone_spend(micros, at)}}};
    return batch;
}

// {millionths of the zone's spend} in the order in which they were posted.
inline std::vector<std::int64_t> spends_at(const TlsReceiver& receiver) {
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

inline std::string header(const platform::HttpRequest& request, const char* name) {
    return platform::find_header(request.headers, name).value_or("");
}

inline std::string value_in(const codec::Notice& notice, const std::string& name) {
    for (const core::FactField& field : notice.fields)
        if (field.name == name)
            return field.value;
    return {};
}

}  // namespace noodstop::doors
