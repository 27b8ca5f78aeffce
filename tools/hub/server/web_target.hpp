// Where alerts are posted to.
#pragma once

#include "platform/result.hpp"

#include <cstdint>
#include <string>

namespace noodstop::hub {

struct WebTarget {
    std::string url;  // as it was given
    bool encrypted = true;
    std::string host;  // a name or an address, without brackets
    std::uint16_t port = 443;
    std::string path = "/";
};

// "https://host[:port][/path]", or "http://" to this machine itself. An error says in one sentence what is wrong and
// what helps.
platform::Result<WebTarget> parse_web_target(const std::string& url);

// "host:port" or "[address]:port", as the Host header has it.
std::string authority_of(const WebTarget& target);

struct HostAndPort {
    std::string host;
    std::uint16_t port = 0;
};

// "host:port" or "[address]:port".
platform::Result<HostAndPort> parse_host_and_port(const std::string& text);

}  // namespace noodstop::hub
