// Between a test in Python, which has sockets, and what is sans-io here, which has none: a line of JSON in, a line of
// JSON out. Bodies travel in hexadecimal digits.
#pragma once

#include "platform/http/http.hpp"

#include <boost/json.hpp>

namespace noodstop::driver {

namespace json = boost::json;

inline std::string in_hex(const std::string& bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char character : bytes) {
        const auto byte = static_cast<unsigned char>(character);
        text.append({digits[byte >> 4], digits[byte & 15]});
    }
    return text;
}

inline json::object request_json(std::uint64_t number, const platform::HttpRequest& request) {
    json::object headers;
    for (const platform::HttpHeader& header : request.headers)
        headers[header.name] = header.value;
    return {{"step", "send"},           {"number", number},   {"method", request.method},
            {"target", request.target}, {"headers", headers}, {"body", in_hex(request.body)}};
}

inline platform::HttpResponse response_of(const json::object& command) {
    platform::HttpResponse response;
    response.status = static_cast<unsigned>(command.at("status").to_number<int>());
    for (const auto& header : command.at("headers").as_object())
        response.headers.push_back({std::string(header.key()), std::string(header.value().as_string())});
    response.body = std::string(command.at("body").as_string());
    return response;
}

// Answers each command until there are no more.
class Conversation {
public:
    virtual ~Conversation() = default;
    // `do` says what: "next" (with wall, in microseconds), "response", "failure", or what is the driver's own.
    virtual json::object answer(const json::object& command) = 0;
    void run();
};

}  // namespace noodstop::driver
