#include "agent/config/schema.hpp"

// A table reads as rows; clang-format would give each cell a line.
// clang-format off

namespace noodstop::config {
namespace {

Section remote_section() {
    return {.name = "remote",
            .form = Form::single,
            .meaning = "The port on which status is read from outside, by gRPC, gRPC-Web and Connect over mutual TLS. "
                "Left out: closed.",
            .keys = {
                {.name = "address", .type = Type::text, .standard = "\"0.0.0.0\"",
                 .meaning = "Numeric address on which it listens."},
                {.name = "port", .type = Type::integer, .standard = "8443", .least = "1", .most = "65535",
                 .meaning = "TCP."},
                {.name = "certificate", .type = Type::path, .required = true,
                 .meaning = "PEM file with the certificate that clients see and those above it. Read again when it "
                     "changes."},
                {.name = "key", .type = Type::path, .required = true,
                 .meaning = "PEM file with its key. The doors user must be able to read it, and nobody else."},
                {.name = "authorities", .type = Type::path, .required = true,
                 .meaning = "PEM file with the authorities whose certificates let a client in."},
                {.name = "connections_max", .type = Type::integer, .standard = "128", .least = "1", .most = "4096",
                 .meaning = "More clients than this at a time are turned away."},
            },
            .optional = true};
}

Section uplink_section() {
    return {.name = "uplink",
            .form = Form::single,
            .meaning = "The hub to which facts and counters stream, over mutual TLS. Left out: none.",
            .keys = {
                {.name = "host", .type = Type::text, .required = true,
                 .meaning = "Host name or address; the hub's certificate must be for it."},
                {.name = "port", .type = Type::integer, .standard = "8444", .least = "1", .most = "65535",
                 .meaning = "TCP."},
                {.name = "certificate", .type = Type::path, .required = true,
                 .meaning = "PEM file with the agent's certificate, for the URI `noodstop:agent/` with the agent's "
                     "name behind it."},
                {.name = "key", .type = Type::path, .required = true,
                 .meaning = "PEM file with its key. The doors user must be able to read it, and nobody else."},
                {.name = "authorities", .type = Type::path, .required = true,
                 .meaning = "PEM file with the authorities by one of which the hub's certificate must be."},
                {.name = "missing_after", .type = Type::duration, .standard = "\"5m\"", .least = "5s", .most = "7d",
                 .meaning = "After this long without an answer the hub counts as missing, and people are told."},
            },
            .optional = true};
}

Section exporter_section() {
    return {.name = "exporters",
            .meaning = "Receivers of counters or facts beside the hub, each with its own place in the spool.",
            .keys = {
                {.name = "kind", .type = Type::choice, .required = true,
                 .words = {"remote_write", "otlp_metrics", "otlp_logs"},
                 .meaning = "`remote_write`: counters to Prometheus and what takes its remote write 1.0. "
                     "`otlp_metrics`, `otlp_logs`: counters, or facts, by OTLP over HTTP."},
                {.name = "url", .type = Type::text, .required = true,
                 .meaning = "\"https://HOST:PORT/PATH\"; \"http://\" to this machine only."},
                {.name = "authorities", .type = Type::path,
                 .meaning = "PEM file with the authorities by one of which the receiver's certificate must be. "
                     "Needed for https."},
                {.name = "certificate", .type = Type::path,
                 .meaning = "PEM file with a certificate to show, if the receiver wants one; with `key`."},
                {.name = "key", .type = Type::path,
                 .meaning = "PEM file with its key. The doors user must be able to read it, and nobody else."},
                {.name = "token_file", .type = Type::path,
                 .meaning = "File with a token that is sent as `Authorization: Bearer`."},
                {.name = "scope", .type = Type::text, .standard = "\"\"",
                 .meaning = "Sent as `X-Scope-OrgID`, where the receiver has tenants. Empty: not sent."},
            }};
}

Section metrics_section() {
    return {.name = "metrics",
            .form = Form::single,
            .meaning = "A page `/metrics` (OpenMetrics) for scrapers of this machine. Left out: none.",
            .keys = {
                {.name = "address", .type = Type::text, .standard = "\"127.0.0.1\"",
                 .meaning = "Numeric loopback address: the page is not encrypted."},
                {.name = "port", .type = Type::integer, .standard = "9464", .least = "1", .most = "65535",
                 .meaning = "TCP."},
            },
            .optional = true};
}

}  // namespace

std::vector<Section> channel_sections() {
    return {remote_section(), uplink_section(), exporter_section(), metrics_section()};
}

}  // namespace noodstop::config

// clang-format on
