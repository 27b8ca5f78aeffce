#include "tools/hub/alerts/send_step.hpp"

#include "proto/codec/text.hpp"

#include <algorithm>

namespace noodstop::alerts {
namespace {

constexpr std::size_t told_size_max = 200;

}  // namespace

platform::HttpRequest make_post(const SendOptions& options, const char* content_type, std::string body) {
    platform::HttpRequest request;
    request.method = "POST";
    request.target = options.target;
    request.headers = {{"User-Agent", options.user_agent}, {"Content-Type", content_type}};
    request.headers.insert(request.headers.end(), options.headers.begin(), options.headers.end());
    request.body = std::move(body);
    return request;
}

std::string told(const platform::HttpResponse& response) {
    const std::string text = "HTTP " + std::to_string(response.status);
    const std::string line = response.body.substr(0, std::min(response.body.find_first_of("\r\n"), told_size_max));
    return line.empty() ? text : text + ": " + codec::printable_text(line);
}

core::Duration wanted_delay(const platform::HttpResponse& response, const SendOptions& options, core::WallTime wall) {
    const auto header = platform::find_header(response.headers, "Retry-After");
    const auto wanted = header ? platform::parse_retry_after(*header, wall.since_epoch) : std::nullopt;
    return wanted ? std::min<core::Duration>(*wanted, options.retry_after_max) : core::Duration(0);
}

}  // namespace noodstop::alerts
