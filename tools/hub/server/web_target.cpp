#include "tools/hub/server/web_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>

namespace noodstop::hub {
namespace {

using platform::Error;
using platform::Result;

constexpr std::string_view with_tls = "https://";
constexpr std::string_view without_tls = "http://";
constexpr std::size_t host_length_max = 253;

std::optional<std::uint16_t> port_in(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0)
        return std::nullopt;
    return port;
}

bool is_host(std::string_view host) {
    return !host.empty() && host.size() <= host_length_max && std::all_of(host.begin(), host.end(), [](char letter) {
        const bool is_digit = letter >= '0' && letter <= '9';
        const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
        return is_digit || is_letter || letter == '.' || letter == '-' || letter == ':' || letter == '_';
    });
}

struct Authority {
    std::string_view host;
    std::string_view port;  // empty: none is said
};

Authority split(std::string_view authority) {
    if (authority.starts_with('[')) {
        const std::size_t end = std::min(authority.find(']'), authority.size());
        const std::string_view rest = authority.substr(std::min(end + 1, authority.size()));
        return {authority.substr(1, end - 1), rest.starts_with(':') ? rest.substr(1) : rest};
    }
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    return {authority.substr(0, colon), authority.substr(std::min(colon + 1, authority.size()))};
}

bool is_this_machine(std::string_view host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Error wrong_url(const std::string& url, const char* why) {
    return {EINVAL, fmt::format("\"{}\" {}. Cure: https://HOST[:PORT][/PATH], or http://127.0.0.1:PORT on this machine",
                                url, why)};
}

}  // namespace

Result<WebTarget> parse_web_target(const std::string& url) {
    WebTarget target;
    target.url = url;
    target.encrypted = url.starts_with(with_tls);
    if (!target.encrypted && !url.starts_with(without_tls))
        return wrong_url(url, "is no URL of HTTP");
    const std::string_view rest = std::string_view(url).substr((target.encrypted ? with_tls : without_tls).size());
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const Authority authority = split(rest.substr(0, slash));
    if (!is_host(authority.host))
        return wrong_url(url, "names no host");
    if (rest.find_first_of(" #\r\n\t") != std::string_view::npos)
        return wrong_url(url, "has a blank or a fragment");
    const auto port =
        authority.port.empty() ? std::optional<std::uint16_t>(target.encrypted ? 443 : 80) : port_in(authority.port);
    if (!port)
        return wrong_url(url, "has a port that is none");
    if (!target.encrypted && !is_this_machine(authority.host))
        return wrong_url(url, "is another machine, and nothing goes there unencrypted");
    target.host = std::string(authority.host);
    target.port = *port;
    if (slash < rest.size())
        target.path = std::string(rest.substr(slash));
    return target;
}

std::string authority_of(const WebTarget& target) {
    const bool is_six = target.host.find(':') != std::string::npos;
    return is_six ? fmt::format("[{}]:{}", target.host, target.port) : fmt::format("{}:{}", target.host, target.port);
}

Result<HostAndPort> parse_host_and_port(const std::string& text) {
    const Authority authority = split(text);
    const auto port = port_in(authority.port);
    if (!is_host(authority.host) || !port)
        return Error{EINVAL,
                     fmt::format("\"{}\" is no ADDRESS:PORT. Cure: for example 0.0.0.0:8444 or [::]:8444", text)};
    return HostAndPort{std::string(authority.host), *port};
}

}  // namespace noodstop::hub
