// Between Beast's messages and ours, and the chunks of a stream. Only connection.hpp includes it: Beast compiles
// slowly.
#pragma once

#include "platform/http/http.hpp"

#include <boost/beast/http.hpp>

#include <cstdio>
#include <sstream>

namespace noodstop::platform::http_server {

namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

inline std::string last_chunk() {
    return "0\r\n\r\n";
}

inline std::string chunk_of(const std::string& content) {
    char size[32];
    const int length = std::snprintf(size, sizeof size, "%zx\r\n", content.size());
    return std::string(size, static_cast<std::size_t>(length)) + content + "\r\n";
}

inline unsigned status_for(const ErrorCode& error) {
    if (error == http::error::header_limit)
        return 431;
    if (error == http::error::body_limit)
        return 413;
    return 400;
}

inline HttpRequest plain(http::request<http::string_body>&& message) {
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message)
        request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    request.body = std::move(message.body());
    return request;
}

template <class Body>
void copy_head(const HttpResponse& from, http::response<Body>& to) {
    to.version(11);
    to.result(from.status);
    for (const HttpHeader& header : from.headers)
        to.insert(header.name, header.value);
}

}  // namespace noodstop::platform::http_server
