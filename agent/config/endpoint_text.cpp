#include "agent/config/endpoint_text.hpp"

#include "agent/config/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <optional>

namespace noodstop::config {
namespace {

constexpr std::size_t host_length_max = 253;
constexpr std::size_t label_length_max = 63;
constexpr std::size_t url_length_max = 2'048;

using Bytes = std::array<unsigned char, 16>;

std::optional<Bytes> address_of(int family, std::string_view text) {
    Bytes bytes{};
    const bool whole = text.find('\0') == std::string_view::npos;
    return whole && ::inet_pton(family, std::string(text).c_str(), bytes.data()) == 1 ? std::optional(bytes)
                                                                                      : std::nullopt;
}

bool is_label(std::string_view label) {
    const auto fits = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
    };
    return !label.empty() && label.size() <= label_length_max && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), fits);
}

// What looks like an address and is none ("10.0.0.300") is no name either: no top level consists of digits.
bool is_host_name(std::string_view text) {
    if (text.empty() || text.size() > host_length_max)
        return false;
    std::string_view label;
    for (std::size_t at = 0; at <= text.size(); at += label.size() + 1) {
        label = text.substr(at, text.find('.', at) - at);
        if (!is_label(label))
            return false;
    }
    return !std::all_of(label.begin(), label.end(), [](char letter) { return letter >= '0' && letter <= '9'; });
}

Misread wrong_url(std::string_view text, std::string_view why) {
    return {fmt::format("{} {}", in_quotes(text), why), "Write it as \"https://host:port/path\"."};
}

std::optional<std::uint16_t> read_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && port > 0 ? std::optional(port) : std::nullopt;
}

// "host", "host:port", "[::1]:port". False if it is none of them.
bool read_authority(std::string_view text, Url& url) {
    const bool bracketed = text.starts_with('[');
    const auto end = bracketed ? text.find(']') : text.find(':');
    if (bracketed && end == std::string_view::npos)
        return false;
    url.host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
    if (bracketed ? !address_of(AF_INET6, url.host) : !is_host(url.host))
        return false;
    const auto rest = end == std::string_view::npos ? std::string_view() : text.substr(end + (bracketed ? 1 : 0));
    if (rest.empty())
        return true;
    const auto port = rest.starts_with(':') ? read_port(rest.substr(1)) : std::nullopt;
    url.port = port.value_or(0);
    return port.has_value();
}

bool is_this_machine(const std::string& host) {
    return host == "localhost" || is_loopback_address(host);
}

}  // namespace

bool is_address(std::string_view text) {
    return address_of(AF_INET, text) || address_of(AF_INET6, text);
}

bool is_loopback_address(std::string_view text) {
    if (const auto four = address_of(AF_INET, text))
        return four->front() == 127;
    const auto six = address_of(AF_INET6, text);
    return six && *six == Bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
}

bool is_host(std::string_view text) {
    return is_address(text) || is_host_name(text);
}

std::variant<Url, Misread> read_url(std::string_view text) {
    constexpr std::string_view secure = "https://";
    constexpr std::string_view plain = "http://";
    Url url;
    url.encrypted = text.starts_with(secure);
    if (!url.encrypted && !text.starts_with(plain))
        return wrong_url(text, "does not begin with https://.");
    if (text.size() > url_length_max ||
        !std::all_of(text.begin(), text.end(), [](char letter) { return letter > ' ' && letter < 0x7f; }))
        return wrong_url(text, "has characters that no URL has, or too many of them.");
    url.port = url.encrypted ? 443 : 80;
    const auto rest = text.substr(url.encrypted ? secure.size() : plain.size());
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    const auto target = rest.substr(authority.size());
    if (target.find('#') != std::string_view::npos || authority.find('@') != std::string_view::npos)
        return wrong_url(text, "has a user or a fragment, which are never sent.");
    if (!read_authority(authority, url))
        return wrong_url(text, "does not name a host and, if any, a port from 1 to 65535.");
    url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
    if (!url.encrypted && !is_this_machine(url.host))
        return Misread{fmt::format("{} is not encrypted and leaves this machine.", in_quotes(text)),
                       "Write https:// and `authorities`; http:// is for \"localhost\" and loopback addresses only."};
    return url;
}

}  // namespace noodstop::config
