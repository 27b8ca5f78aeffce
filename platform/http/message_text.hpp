// HTTP/1.1 messages as bytes: read from pieces of any size within limits, and written. No I/O.
#pragma once

#include "platform/http/http.hpp"

#include <memory>
#include <string>

namespace noodstop::platform {

struct HttpMessageLimits {
    std::uint32_t header_size_max = 8 * 1024;
    std::uint64_t body_size_max = 64 * 1024;
};

enum class ReadState {
    wants_more,
    done,
    refused,  // malformed or too large
};

// Reads one request. Make a new one for the next.
class HttpRequestReader {
public:
    explicit HttpRequestReader(const HttpMessageLimits& limits);
    ~HttpRequestReader();
    HttpRequestReader(HttpRequestReader&& other) noexcept;
    HttpRequestReader& operator=(HttpRequestReader&& other) noexcept;

    // Takes off the front of `bytes` what it needs; the rest is to be given again, with more behind it.
    ReadState put(std::string& bytes);
    HttpRequest take_request();  // when done; a request whose body is too large is done without it
    bool keeps_alive() const;    // when done: whether the connection may serve another one after it
    HttpResponse refusal() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Reads one response, to a request other than HEAD.
class HttpResponseReader {
public:
    explicit HttpResponseReader(const HttpMessageLimits& limits);
    ~HttpResponseReader();
    HttpResponseReader(HttpResponseReader&& other) noexcept;
    HttpResponseReader& operator=(HttpResponseReader&& other) noexcept;

    ReadState put(std::string& bytes);
    ReadState put_end();  // the connection has ended
    bool has_begun() const;
    bool is_head_done() const;
    unsigned status() const;   // when the head is done
    std::string take_piece();  // of the body, as far as it was read
    HttpResponse take_response();
    bool keeps_alive() const;  // when done
    const std::string& problem() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

std::string response_text(const HttpResponse& response, bool keep_alive);  // whole, with its length
std::string stream_head_text(const HttpResponse& head);  // of a stream in chunks that ends the connection
std::string chunk_text(const std::string& content);      // of a content that is not empty
std::string last_chunk_text();

struct RequestTextOptions {
    std::string host = "localhost";
    bool keep_alive = false;
};
std::string request_text(const HttpRequest& request, const RequestTextOptions& options);

}  // namespace noodstop::platform
