// The beginning and the end of an alert as CloudEvents 1.0, JSON in structured mode (github.com/cloudevents/spec).
#pragma once

#include "tools/hub/alerts/alert.hpp"

namespace noodstop::alerts {

struct CloudEventOptions {
    std::string source = "/noodstop-hub";  // a URI reference; "/agents/NAME" is added
    std::string type_prefix = "noodstop.v1.";
};

// Source and id tell events apart: the same change of an alert has the same two, however often it is sent.
struct CloudEvent {
    std::string id;
    std::string body;
};

inline constexpr const char* cloud_event_type = "application/cloudevents+json; charset=utf-8";

CloudEvent encode_cloud_event(const Alert& change, const CloudEventOptions& options);

}  // namespace noodstop::alerts
