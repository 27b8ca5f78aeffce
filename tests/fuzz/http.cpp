// HTTP requests and the framing of Connect, gRPC and gRPC-Web as bytes, without a socket: however the bytes are cut
// into pieces on their way, the same must be read from them.
#include "platform/http/message_text.hpp"
#include "platform/rpc/base64.hpp"
#include "platform/rpc/connect.hpp"
#include "platform/rpc/grpc.hpp"
#include "platform/rpc/message_reader.hpp"
#include "tests/fuzz/support.hpp"

#include <algorithm>
#include <vector>

using namespace noodstop;
using namespace noodstop::platform;
using fuzz::claim;

namespace {

struct Parsed {
    std::optional<HttpRequest> request;
    unsigned refused_with = 0;
};

// `first` bytes, then all: as they come from a socket.
Parsed parse(std::string_view bytes, std::size_t first) {
    const HttpMessageLimits limits;
    HttpRequestReader reader(limits);
    std::string waiting(bytes.substr(0, first));
    ReadState state = reader.put(waiting);
    if (state == ReadState::wants_more) {
        waiting += bytes.substr(first);
        state = reader.put(waiting);
    }
    if (state == ReadState::wants_more)
        return {};
    if (state == ReadState::refused)
        return {{}, reader.refusal().status};
    Parsed parsed{reader.take_request(), 0};
    claim(parsed.request->body.size() <= limits.body_size_max, "no body is longer than allowed");
    claim(!parsed.request->is_body_too_large || parsed.request->body.empty(), "nothing is left of a body too large");
    return parsed;
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
    EnvelopeReader whole(size_max);
    EnvelopeReader pieces(size_max);
    whole.put(bytes);
    pieces.put(bytes.substr(0, bytes.size() * share / 255));
    std::vector<EnvelopeReader::Envelope> early;
    while (auto next = pieces.take())
        early.push_back(std::move(*next));
    pieces.put(bytes.substr(bytes.size() * share / 255));
    std::size_t taken = 0;
    for (; auto next = whole.take(); ++taken) {
        auto other = taken < early.size() ? std::optional(early[taken]) : pieces.take();
        claim(other && other->flags == next->flags && other->message == next->message,
              "messages in pieces are the same messages");
        claim(next->message.size() <= size_max, "no message is longer than allowed");
    }
    claim(taken >= early.size() && !pieces.take() && whole.is_broken() == pieces.is_broken(),
          "a stream in pieces ends in the same way");
}

// What is read of a body, one entry for each message, and the reason where it ended badly.
std::vector<std::string> messages_in(const MessageReaderOptions& options, std::string_view body, std::size_t first) {
    MessageReader reader(options);
    std::vector<std::string> seen;
    const auto take_all = [&] {
        for (auto taken = reader.take(); taken.index() != 0; taken = reader.take()) {
            if (const auto* error = std::get_if<RpcError>(&taken)) {
                seen.push_back(std::string("error: ") + to_text(error->code));
                return false;
            }
            seen.push_back("message: " + std::get<std::string>(taken));
            claim(std::get<std::string>(taken).size() <= options.message_size_max, "no message is longer than allowed");
        }
        return true;
    };
    reader.put(body.substr(0, first));
    if (!take_all())
        return seen;
    reader.put(body.substr(first));
    if (!take_all())
        return seen;
    reader.finish();
    (void)take_all();
    return seen;
}

void read_messages(fuzz::Input& input) {
    MessageReaderOptions options;
    options.form = static_cast<BodyForm>(input.below(3));
    options.is_compressed = input.yes();
    options.message_size_max = 1'000;
    const std::size_t share = input.byte();
    const std::string_view body = input.rest();
    const auto whole = messages_in(options, body, body.size());
    claim(whole == messages_in(options, body, body.size() * share / 255), "a body in pieces has the same messages");
}

void read_timeout(std::string_view header) {
    if (const auto timeout = connect::timeout_in(header))
        claim(timeout->count() >= 0, "no timeout lies in the past");
    if (const auto timeout = grpc::timeout_in(header))
        claim(timeout->count() >= 0, "no timeout lies in the past");
}

void read_question(std::string_view query) {
    const auto question = connect::question_in(query);
    if (const auto* asked = std::get_if<connect::Question>(&question))
        claim(asked->message.size() <= query.size(), "a question is no longer than its query");
}

// Status, message and details survive trailers; metadata survives its coding.
void tell_status(fuzz::Input& input) {
    RpcError error{static_cast<RpcCode>(input.below(16)), std::string(input.text()), {}};
    if (input.yes())
        error.details.push_back({std::string(input.text(20)), std::string(input.text())});
    const HttpHeaders metadata{{"x-bytes-bin", std::string(input.text())}};
    const HttpHeaders trailers = grpc::trailers_for(&error, metadata);
    for (const HttpHeader& trailer : trailers)
        claim(trailer.value.find_first_of("\r\n") == std::string::npos, "a trailer is one line");
    const auto read = grpc::error_in_trailers(trailers);
    claim(read && read->code == error.code && read->message == error.message, "trailers hold code and message");
    const auto back = grpc::metadata_in(trailers);
    const auto* entries = std::get_if<HttpHeaders>(&back);
    claim(entries != nullptr, "our own metadata can be read");
    claim(metadata[0].value.empty() || *entries == metadata, "metadata survives");
}

void read_trailers(std::string_view text) {
    (void)grpc::error_in_trailers({{"grpc-status", std::string(text)}});
    (void)grpc::error_in_trailers({{"grpc-status", "5"}, {"grpc-message", std::string(text)}});
    (void)grpc::error_in_trailers({{"grpc-status", "5"}, {"grpc-status-details-bin", base64_of(text)}});
    (void)grpc::metadata_in({{"x-bin", std::string(text)}});
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
    switch (input.below(9)) {
        case 0:
            read_envelopes(input);
            break;
        case 1:
            read_messages(input);
            break;
        case 2:
            tell_error(input);
            break;
        case 3:
            read_json(input.rest());
            break;
        case 4:
            tell_status(input);
            break;
        case 5:
            read_trailers(input.rest());
            break;
        case 6:
            read_question(input.rest());
            read_timeout(input.rest());
            break;
        default:
            read_request(input);
    }
    return 0;
}
