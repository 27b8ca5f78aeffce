// How people write where something listens or is reached: addresses, host names, URLs. Nothing here asks the network.
#pragma once

#include "agent/config/value_text.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace noodstop::config {

bool is_address(std::string_view text);           // "192.0.2.1", "::1"
bool is_loopback_address(std::string_view text);  // 127.0.0.0/8 and ::1
bool is_host(std::string_view text);              // a name of the domain name system, or an address

// Where an exporter sends to.
struct Url {
    bool encrypted = true;
    std::string host;  // an address of version 6 without its brackets
    std::uint16_t port = 443;
    std::string target = "/";  // path and query
};

// "https://host[:port][/path][?query]"; "http://" only where the host is this machine.
std::variant<Url, Misread> read_url(std::string_view text);

}  // namespace noodstop::config
