#include "agent/config/build_policy.hpp"
#include "agent/config/endpoint_text.hpp"

namespace noodstop::config {
namespace {

std::uint16_t port_of(const Entry& entry) {
    return static_cast<std::uint16_t>(count_of(entry, "port"));
}

core::TlsFiles files_of(const Entry& entry) {
    return {entry.text("certificate"), entry.text("key"), entry.text("authorities")};
}

core::ExporterKind kind_of(const Entry& entry) {
    if (entry.text("kind") == "otlp_metrics")
        return core::ExporterKind::otlp_metrics;
    return entry.text("kind") == "otlp_logs" ? core::ExporterKind::otlp_logs : core::ExporterKind::remote_write;
}

core::ExporterPolicy build_exporter(const Entry& entry) {
    const auto url = std::get<Url>(read_url(entry.text("url")));
    core::ExporterPolicy exporter;
    exporter.name = entry.name();
    exporter.kind = kind_of(entry);
    exporter.encrypted = url.encrypted;
    exporter.host = url.host;
    exporter.port = url.port;
    exporter.target = url.target;
    exporter.tls = files_of(entry);
    exporter.token_file = entry.text("token_file");
    exporter.scope = entry.text("scope");
    return exporter;
}

}  // namespace

void build_channel(const Draft& draft, core::ChannelPolicy& channel) {
    for (const auto& entry : draft.all("remote"))
        channel.remote = {entry.text("address"), port_of(entry), files_of(entry), count_of(entry, "connections_max")};
    for (const auto& entry : draft.all("uplink"))
        channel.uplink = {entry.text("host"), port_of(entry), files_of(entry), duration_of(entry, "missing_after")};
    for (const auto& entry : draft.all("exporters"))
        channel.exporters.push_back(build_exporter(entry));
    for (const auto& entry : draft.all("metrics"))
        channel.metrics = {entry.text("address"), port_of(entry)};
}

}  // namespace noodstop::config
