// Prometheus remote-write 1.0: samples as protobuf in a snappy block. Facts are not for it.
//
// Answers, by the specification: 5xx and 429 are tried again, no other 4xx is. A receiver refuses a whole request for
// one sample that is too old or out of order. What it refuses is made good by the next sample of the same counter,
// since counters are cumulative.
#pragma once

#include "agent/doors/exporters/push_format.hpp"

namespace noodstop::exporters {

class RemoteWrite : public PushFormat {
public:
    explicit RemoteWrite(PushOrigin origin) : origin_(std::move(origin)) {}
    platform::Result<std::optional<PushBody>> encode(const ExportBatch& batch) const override;
    Judgement judge(const platform::HttpResponse& response) const override;

private:
    PushOrigin origin_;
};

}  // namespace noodstop::exporters
