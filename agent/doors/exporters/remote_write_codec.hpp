// Readings as the protobuf message of remote-write 1.0. The only file beside its .cpp that knows those types.
#pragma once

#include "agent/doors/exporters/push_format.hpp"

namespace noodstop::exporters {

struct EncodedSamples {
    std::string bytes;
    std::uint64_t sample_count = 0;
};

// Labels by name, samples by time, at most one of a series in each millisecond; a series that ended gets Prometheus'
// stale marker.
EncodedSamples encode_remote_write(const std::vector<Reading>& readings, const PushOrigin& origin);

}  // namespace noodstop::exporters
