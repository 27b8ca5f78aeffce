#include "platform/http/message_text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

namespace noodstop::platform {
namespace {

namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

// Takes off the front of `bytes` what the parser uses. There may be no memory for a body as long as was announced.
template <class Parser>
ErrorCode put_into(Parser& parser, std::string& bytes) try {
    ErrorCode error;
    std::size_t used = 0;
    while (used < bytes.size() && !parser.is_done() && !error)
        used += parser.put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), error);
    bytes.erase(0, used);
    if (error == http::error::need_more)
        error = {};
    return error;
} catch (const std::exception&) {
    return http::make_error_code(http::error::buffer_overflow);
}

template <class Message>
HttpHeaders headers_of(const Message& message) {
    HttpHeaders headers;
    for (const auto& field : message)
        headers.push_back({std::string(field.name_string()), std::string(field.value())});
    return headers;
}

unsigned status_for(const ErrorCode& error) {
    return error == http::error::header_limit ? 431 : 400;
}

// A line break in a name or a value would begin another header.
std::string on_one_line(std::string_view text) {
    std::string line(text);
    for (char& letter : line)
        if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F)
            letter = ' ';
    return line;
}

void append_headers(std::string& text, const HttpHeaders& headers) {
    for (const HttpHeader& header : headers)
        text += fmt::format("{}: {}\r\n", on_one_line(header.name), on_one_line(header.value));
}

std::string head_text(const HttpResponse& response) {
    const auto reason = http::obsolete_reason(http::int_to_status(response.status));
    std::string text =
        fmt::format("HTTP/1.1 {} {}\r\n", response.status, std::string_view(reason.data(), reason.size()));
    append_headers(text, response.headers);
    return text;
}

}  // namespace

struct HttpRequestReader::Impl {
    explicit Impl(const HttpMessageLimits& limits) {
        parser.header_limit(limits.header_size_max);
        parser.body_limit(limits.body_size_max);
        parser.eager(true);
    }

    http::request_parser<http::string_body> parser;
    HttpResponse refusal;
    bool is_body_too_large = false;
};

HttpRequestReader::HttpRequestReader(const HttpMessageLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
HttpRequestReader::~HttpRequestReader() = default;
HttpRequestReader::HttpRequestReader(HttpRequestReader&& other) noexcept = default;
HttpRequestReader& HttpRequestReader::operator=(HttpRequestReader&& other) noexcept = default;

ReadState HttpRequestReader::put(std::string& bytes) {
    const ErrorCode error = put_into(impl_->parser, bytes);
    if (error == http::error::body_limit) {
        impl_->is_body_too_large = true;
        return ReadState::done;
    }
    if (error) {
        impl_->refusal = {status_for(error), {{"Content-Type", "text/plain"}}, error.message() + "\n"};
        return ReadState::refused;
    }
    return impl_->parser.is_done() ? ReadState::done : ReadState::wants_more;
}

HttpRequest HttpRequestReader::take_request() {
    auto& message = impl_->parser.get();
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.headers = headers_of(message);
    request.is_body_too_large = impl_->is_body_too_large;
    if (!request.is_body_too_large)
        request.body = std::move(message.body());
    return request;
}

bool HttpRequestReader::keeps_alive() const {
    // The answer to HEAD must have no body, which only the end of the connection makes harmless here.
    return !impl_->is_body_too_large && impl_->parser.keep_alive() && impl_->parser.get().method() != http::verb::head;
}

HttpResponse HttpRequestReader::refusal() const {
    return impl_->refusal;
}

struct HttpResponseReader::Impl {
    explicit Impl(const HttpMessageLimits& limits) {
        parser.header_limit(limits.header_size_max);
        parser.body_limit(limits.body_size_max);
        parser.eager(true);
    }

    ReadState state_after(const ErrorCode& error) {
        if (!error)
            return parser.is_done() ? ReadState::done : ReadState::wants_more;
        problem = error == http::error::partial_message ? "the answer ends in the middle"
                                                        : "the answer is broken: " + error.message();
        return ReadState::refused;
    }

    http::response_parser<http::string_body> parser;
    std::string problem;
};

HttpResponseReader::HttpResponseReader(const HttpMessageLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
HttpResponseReader::~HttpResponseReader() = default;
HttpResponseReader::HttpResponseReader(HttpResponseReader&& other) noexcept = default;
HttpResponseReader& HttpResponseReader::operator=(HttpResponseReader&& other) noexcept = default;

ReadState HttpResponseReader::put(std::string& bytes) {
    return impl_->state_after(put_into(impl_->parser, bytes));
}

ReadState HttpResponseReader::put_end() {
    if (!impl_->parser.got_some()) {  // the parser takes an end only after a beginning
        impl_->problem = "the connection was closed without an answer";
        return ReadState::refused;
    }
    ErrorCode error;
    impl_->parser.put_eof(error);
    if (!error && !impl_->parser.is_done())
        error = http::error::partial_message;
    return impl_->state_after(error);
}

bool HttpResponseReader::has_begun() const {
    return impl_->parser.got_some();
}

bool HttpResponseReader::is_head_done() const {
    return impl_->parser.is_header_done();
}

unsigned HttpResponseReader::status() const {
    return impl_->parser.get().result_int();
}

std::string HttpResponseReader::take_piece() {
    return std::exchange(impl_->parser.get().body(), {});
}

HttpResponse HttpResponseReader::take_response() {
    auto& message = impl_->parser.get();
    return {message.result_int(), headers_of(message), std::move(message.body())};
}

bool HttpResponseReader::keeps_alive() const {
    return impl_->parser.is_done() && impl_->parser.keep_alive();
}

const std::string& HttpResponseReader::problem() const {
    return impl_->problem;
}

std::string response_text(const HttpResponse& response, bool keep_alive) {
    std::string text = head_text(response);
    if (!keep_alive)
        text += "Connection: close\r\n";
    constexpr unsigned no_content = 204;  // has no length either
    if (response.status != no_content)
        text += fmt::format("Content-Length: {}\r\n", response.body.size());
    return text += "\r\n" + response.body;
}

std::string stream_head_text(const HttpResponse& head) {
    return head_text(head) + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
}

std::string chunk_text(const std::string& content) {
    return fmt::format("{:x}\r\n{}\r\n", content.size(), content);
}

std::string last_chunk_text() {
    return "0\r\n\r\n";
}

std::string request_text(const HttpRequest& request, const RequestTextOptions& options) {
    std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", on_one_line(request.method),
                                   on_one_line(request.target), on_one_line(options.host));
    append_headers(text, request.headers);
    if (!options.keep_alive)
        text += "Connection: close\r\n";
    if (!request.body.empty() || request.method != "GET")
        text += fmt::format("Content-Length: {}\r\n", request.body.size());
    return text + "\r\n" + request.body;
}

}  // namespace noodstop::platform
