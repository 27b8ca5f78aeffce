// OTLP/HTTP: samples to /v1/metrics and facts to /v1/logs, as protobuf packed with gzip. Each is an exporter of its own
// with a cursor of its own.
//
// Answers, by the specification: 429, 502, 503 and 504 are tried again, nothing else is. A partial success is counted
// and told; what it refused is not sent again.
#pragma once

#include "agent/doors/exporters/push_format.hpp"

namespace noodstop::exporters {

class OtlpMetrics : public PushFormat {
public:
    explicit OtlpMetrics(PushOrigin origin) : origin_(std::move(origin)) {}
    platform::Result<std::optional<PushBody>> encode(const ExportBatch& batch) const override;
    Judgement judge(const platform::HttpResponse& response) const override;

private:
    PushOrigin origin_;
};

class OtlpLogs : public PushFormat {
public:
    explicit OtlpLogs(PushOrigin origin) : origin_(std::move(origin)) {}
    platform::Result<std::optional<PushBody>> encode(const ExportBatch& batch) const override;
    Judgement judge(const platform::HttpResponse& response) const override;

private:
    PushOrigin origin_;
};

}  // namespace noodstop::exporters
