// HTTP requests and the Connect protocol as bytes, without a socket: however the bytes are cut into pieces on their
// way, the same must be read from them.
#include "platform/http/beast_text.hpp"
#include "platform/http/server.hpp"
#include "platform/rpc/connect.hpp"
#include "tests/fuzz/support.hpp"

#include <boost/asio/buffer.hpp>

using namespace noodstop;
using namespace noodstop::platform;
using fuzz::claim;

namespace {

namespace http = boost::beast::http;

struct Parsed {
    std::optional<HttpRequest> request;
    unsigned refused_with = 0;
};

// `first` bytes, then all: as the server's buffer fills.
Parsed parse(std::string_view bytes, std::size_t first) {
    const HttpLimits limits;
    http::request_parser<http::string_body> parser;
    parser.header_limit(limits.header_size_max);
    parser.body_limit(limits.body_size_max);
    parser.eager(true);
    boost::system::error_code error;
    std::size_t used = 0;
    for (const std::size_t end : {first, bytes.size()}) {
        if (parser.is_done())
            break;
        used += parser.put(boost::asio::buffer(bytes.data() + used, end - used), error);
        if (error && error != http::error::need_more)
            return {{}, http_server::status_for(error)};
    }
    if (!parser.is_done())
        return {};
    claim(parser.get().body().size() <= limits.body_size_max, "no body is longer than allowed");
    return {http_server::plain(parser.release()), 0};
}

bool same(const HttpRequest& left, const HttpRequest& right) {
    const auto same_header = [](const HttpHeader& one, const HttpHeader& other) {
        return one.name == other.name && one.value == other.value;
    };
    return left.method == right.method && left.target == right.target && left.body == right.body &&
           std::equal(left.headers.begin(), left.headers.end(), right.headers.begin(), right.headers.end(),
                      same_header);
}

void claim_sane(const HttpRequest& request) {
    for (const HttpHeader& header : request.headers) {
        claim(header.value.find_first_of("\r\n") == std::string::npos, "a header's value is one line");
        const auto found = find_header(request.headers, header.name);
        claim(found.has_value(), "a header is found by its name");
    }
}

void read_request(fuzz::Input& input) {
    const std::size_t share = input.byte();
    const std::string_view bytes = input.rest();
    const Parsed whole = parse(bytes, bytes.size());
    const Parsed pieces = parse(bytes, bytes.size() * share / 255);
    claim(whole.request.has_value() == pieces.request.has_value(), "a request in pieces is a request");
    if (whole.request) {
        claim(same(*whole.request, *pieces.request), "a request in pieces is the same request");
        claim_sane(*whole.request);
    }
}

void read_envelopes(fuzz::Input& input) {
    constexpr std::size_t size_max = 1'000;
    const std::size_t share = input.byte();
    const std::string_view bytes = input.rest();
    connect::EnvelopeReader whole(size_max);
    connect::EnvelopeReader pieces(size_max);
    whole.put(bytes);
    pieces.put(bytes.substr(0, bytes.size() * share / 255));
    std::vector<connect::EnvelopeReader::Envelope> early;
    while (auto envelope = pieces.take())
        early.push_back(std::move(*envelope));
    pieces.put(bytes.substr(bytes.size() * share / 255));
    std::size_t taken = 0;
    for (; auto envelope = whole.take(); ++taken) {
        auto other = taken < early.size() ? std::optional(early[taken]) : pieces.take();
        claim(other && other->flags == envelope->flags && other->message == envelope->message,
              "messages in pieces are the same messages");
        claim(envelope->message.size() <= size_max, "no message is longer than allowed");
    }
    claim(taken >= early.size() && !pieces.take() && whole.is_broken() == pieces.is_broken(),
          "a stream in pieces ends in the same way");
}

void read_only_message(std::string_view body) {
    const auto message = connect::only_message(body);
    if (const auto* text = std::get_if<std::string>(&message))
        claim(connect::envelope(0, *text) == body, "the one message is the whole body");
    if (const auto timeout = connect::timeout_in(body))
        claim(timeout->count() >= 0, "no timeout lies in the past");
}

// What is told to a client in JSON is what it reads there, whatever it had sent us.
void tell_error(fuzz::Input& input) {
    const RpcError error{static_cast<RpcCode>(input.below(16)), std::string(input.rest())};
    const auto unary = connect::error_in_json(connect::error_json(error));
    const auto end = connect::error_in_end_json(connect::end_json(&error));
    claim(unary && unary->code == error.code, "an error text holds the code");
    claim(end && end->code == error.code && end->message == unary->message, "so does the end of a stream");
    claim(!connect::error_in_end_json(connect::end_json(nullptr)), "a good end holds no error");
    claim(connect::error_in_json(connect::error_json(*unary))->message == unary->message, "a message survives");
}

void read_json(std::string_view json) {
    (void)connect::error_in_json(json);
    (void)connect::error_in_end_json(json);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.below(6)) {
        case 0:
            read_envelopes(input);
            break;
        case 1:
            read_only_message(input.rest());
            break;
        case 2:
            tell_error(input);
            break;
        case 3:
            read_json(input.rest());
            break;
        default:
            read_request(input);
    }
    return 0;
}
