// What of the configuration is for the doors process: whom it lets in, whom it tells, and with which credentials. The
// engine decides nothing by it; it is here so that one policy is in force as a whole.
#pragma once

#include "agent/core/units.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace noodstop::core {

// Paths of PEM files. The doors process reads them as its own user, again whenever they change.
struct TlsFiles {
    std::string certificate;  // empty, with `key`: we show none (exporters only)
    std::string key;
    std::string authorities;  // whom we trust
    bool operator==(const TlsFiles&) const = default;
};

// The port on which status is read from outside. Client certificates are always required.
struct RemotePolicy {
    std::string address = "0.0.0.0";
    std::uint16_t port = 8443;
    TlsFiles tls;
    std::uint32_t connections_max = 128;
    bool operator==(const RemotePolicy&) const = default;
};

struct UplinkPolicy {
    std::string host;  // a name or an address, and for this the hub's certificate must be
    std::uint16_t port = 8444;
    TlsFiles tls;
    Duration missing_after = std::chrono::minutes(5);  // without an answer the hub counts as missing
    bool operator==(const UplinkPolicy&) const = default;
};

enum class ExporterKind : std::uint8_t { remote_write, otlp_metrics, otlp_logs };

struct ExporterPolicy {
    std::string name;  // of its cursor in the spool
    ExporterKind kind = ExporterKind::remote_write;
    bool encrypted = true;  // false (http://): to this machine only
    std::string host;
    std::uint16_t port = 443;
    std::string target = "/";
    TlsFiles tls;
    std::string token_file;  // sent as "Authorization: Bearer"; empty: none
    std::string scope;       // sent as X-Scope-OrgID (Mimir, Cortex); empty: none
    bool operator==(const ExporterPolicy&) const = default;
};

// The page for scrapers, without encryption: on a loopback address only.
struct MetricsPolicy {
    std::string address = "127.0.0.1";
    std::uint16_t port = 9464;
    bool operator==(const MetricsPolicy&) const = default;
};

struct ChannelPolicy {
    std::optional<RemotePolicy> remote;  // none: closed, as the three below
    std::optional<UplinkPolicy> uplink;
    std::vector<ExporterPolicy> exporters;
    std::optional<MetricsPolicy> metrics;
    std::uint64_t spool_bytes_max = 64 << 20;
    bool operator==(const ChannelPolicy&) const = default;
};

// Whether anybody is told how counters change: else nobody need keep or record them.
inline bool wants_samples(const ChannelPolicy& channel) {
    return channel.uplink || channel.metrics ||
           std::any_of(channel.exporters.begin(), channel.exporters.end(),
                       [](const ExporterPolicy& exporter) { return exporter.kind != ExporterKind::otlp_logs; });
}

}  // namespace noodstop::core
