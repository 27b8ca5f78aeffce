// An HTTP/1.1 client on a connected stream of any kind: one request at a time, the connection kept where the server
// keeps it.
#pragma once

#include "platform/http/http.hpp"
#include "platform/net/byte_stream.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace noodstop::platform {

struct HttpClientConnectionOptions {
    std::string host = "localhost";  // and port, as the Host header has it
    std::uint32_t header_size_max = 16 * 1024;
    std::uint64_t body_size_max = 1024 * 1024;  // of an answer
};

class HttpClientConnection {
public:
    // An error with ETIMEDOUT: no answer within the deadline; EPROTO: the answer is no HTTP, too large or cut off;
    // ECONNRESET: the connection ended without one. After an error the connection is not usable any more.
    using Answered = std::function<void(Result<HttpResponse> response)>;

    HttpClientConnection(std::unique_ptr<ByteStream> stream, HttpClientConnectionOptions options);
    ~HttpClientConnection();  // closes; a request that is not answered never is
    HttpClientConnection(const HttpClientConnection&) = delete;
    HttpClientConnection& operator=(const HttpClientConnection&) = delete;

    // Only when is_usable(). Never answers from within this.
    void send(const HttpRequest& request, std::chrono::milliseconds deadline, Answered answered);
    bool is_usable() const;  // connected, and no request is under way

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace noodstop::platform
