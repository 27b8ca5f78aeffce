// What the sessions of this folder have in common: the time and chance that they are told, and the steps that they want
// done.
#pragma once

#include "agent/core/units.hpp"
#include "platform/http/http.hpp"
#include "platform/http/retry.hpp"

namespace noodstop::alerts {

struct SendMoment {
    core::Instant now;
    core::WallTime wall;
    platform::Dice dice;
};

struct SendRequest {
    std::uint64_t number = 0;  // comes back with the answer
    platform::HttpRequest request;
    core::Duration deadline{0};
};

struct RestUntil {
    std::optional<core::Instant> at;  // call next() again then, or after an input; none: only after an input
};

struct SendOptions {
    std::string target;                         // "/api/v2/alerts"
    std::vector<platform::HttpHeader> headers;  // further ones: Authorization
    std::string user_agent = "noodstop-hub";
    platform::Backoff backoff;
    core::Duration retry_after_max = std::chrono::hours(1);
    core::Duration response_deadline = std::chrono::seconds(30);
};

struct SendStatus {
    std::uint64_t accepted = 0;         // alerts or events
    std::uint64_t refused = 0;          // for good
    std::uint64_t failed_requests = 0;  // tried again since
    std::string problem;                // of the last answer; empty if it was a success
};

platform::HttpRequest make_post(const SendOptions& options, const char* content_type, std::string body);

// "HTTP 503: the start of the body"
std::string told(const platform::HttpResponse& response);

// What Retry-After asks for, within the options' maximum; zero where it asks for nothing.
core::Duration wanted_delay(const platform::HttpResponse& response, const SendOptions& options, core::WallTime wall);

}  // namespace noodstop::alerts
