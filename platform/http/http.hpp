// What HTTP requests and responses are to the rest of the code: plain values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace noodstop::platform {

struct HttpHeader {
    std::string name;
    std::string value;
};

struct HttpRequest {
    std::string method;
    std::string target;
    std::vector<HttpHeader> headers;
    std::string body;
};

struct HttpResponse {
    unsigned status = 200;
    std::vector<HttpHeader> headers;  // without those of length, coding and connection
    std::string body;
};

// The value of a header, names compared without case; the first where there are several.
std::optional<std::string> find_header(const std::vector<HttpHeader>& headers, std::string_view name);

}  // namespace noodstop::platform
