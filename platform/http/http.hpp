// What HTTP requests and responses are to the rest of the code: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace noodstop::platform {

struct HttpHeader {
    std::string name;
    std::string value;
    bool operator==(const HttpHeader& other) const = default;
};

using HttpHeaders = std::vector<HttpHeader>;

enum class HttpVersion : std::uint8_t {
    one,  // HTTP/1.1 and its elders
    two,
};

struct HttpRequest {
    HttpVersion version = HttpVersion::one;
    std::string method;
    std::string target;
    HttpHeaders headers;  // of HTTP/2: all but those that begin with a colon
    std::string body;
    bool is_whole = true;            // false: the exchange gives the rest of the body
    bool is_body_too_large = false;  // then the body is missing
};

struct HttpResponse {
    unsigned status = 200;
    HttpHeaders headers;  // without those of length, coding and connection
    std::string body;
};

// The value of a header, names compared without case; the first where there are several.
std::optional<std::string> find_header(const HttpHeaders& headers, std::string_view name);

std::string in_lower_case(std::string_view text);

// The media type of Content-Type without parameters, in lower case; empty where there is none.
std::string media_type_of(const HttpHeaders& headers);

// Does a list like "gzip;q=0.5, identity" name this?
bool list_names(std::string_view list, std::string_view name);

}  // namespace noodstop::platform
