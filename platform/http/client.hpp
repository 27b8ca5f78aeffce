// A small blocking HTTP/1.1 client for a server on a unix socket. One request at a time.
#pragma once

#include "platform/http/http.hpp"
#include "platform/unix_socket/unix_socket.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace noodstop::platform {

struct HttpClientOptions {
    std::string socket_path;
    std::chrono::milliseconds connect_deadline = std::chrono::seconds(2);
    std::uint64_t body_size_max = 64 * 1024 * 1024;  // not for streamed bodies
};

struct HttpCall {
    HttpRequest request;
    // For the whole answer; of a streamed one for its head only, and then nothing limits the time.
    std::chrono::milliseconds deadline = std::chrono::seconds(30);
    // Called with each piece of a body of status 200, as it comes; false ends the call. Without it the body is in the
    // response.
    std::function<bool(std::string_view piece)> on_piece;
};

// An error with number ECONNREFUSED, ENOENT or EACCES means that nobody could be reached at all.
Result<HttpResponse> call_http(const HttpClientOptions& options, const HttpCall& call);

}  // namespace noodstop::platform
