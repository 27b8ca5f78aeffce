// The gRPC client's session against the server's, in memory, and against servers that break the rules.
#include "platform/rpc/grpc_client_session.hpp"

#include "platform/rpc/base64.hpp"
#include "platform/rpc/envelope.hpp"
#include "platform/rpc/grpc.hpp"
#include "platform/rpc/http2_server_session.hpp"
#include "tests/rpc/frames.hpp"

#include <doctest/doctest.h>
#include <nghttp2/nghttp2.h>

using namespace noodstop::platform;
using namespace noodstop::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* some_path = "/a.B/C";

GrpcRequest request_of(const std::string& message) {
    GrpcRequest request;
    request.path = some_path;
    request.message = message;
    return request;
}

// Both ends, and the bytes carried between them.
struct Pair {
    explicit Pair(const GrpcClientOptions& options = {}) : client(options, now), server({}, now) {}

    void carry() {
        for (bool moved = true; moved;) {
            const std::string there = client.take_output(now);
            const std::string back = server.take_output(now);
            server.receive(there, now);
            client.receive(back, now);
            moved = !there.empty() || !back.empty();
        }
        for (auto& event : server.take_events())
            events.push_back(std::move(event));
    }
    GrpcCallId start(const GrpcRequest& request) {
        const auto started = client.start(request, now);
        REQUIRE(std::holds_alternative<GrpcCallId>(started));
        carry();
        return std::get<GrpcCallId>(started);
    }
    void answer(GrpcCallId call, const std::string& message, const HttpHeaders& trailers = {{"grpc-status", "0"}}) {
        server.begin_stream(call, {200, {{"content-type", "application/grpc"}}, {}});
        server.end_stream(call, {message, trailers});
        carry();
    }
    GrpcResult result() {
        auto answers = client.take_answers();
        REQUIRE(answers.size() == 1);
        return answers[0].result;
    }
    RpcError error() {
        const GrpcResult got = result();
        REQUIRE(std::holds_alternative<RpcError>(got));
        return std::get<RpcError>(got);
    }

    Http2Session::Time now{1h};
    GrpcClientSession client;
    Http2ServerSession server;
    std::vector<Http2Event> events;
};

}  // namespace

TEST_CASE("a call carries path, metadata, timeout and message, and brings the answer back") {
    Pair pair;
    GrpcRequest request = request_of("question");
    request.metadata = {{"x-word", "a word"}, {"x-bytes-bin", std::string("\0\xff", 2)}};
    request.timeout = 5s;
    const GrpcCallId call = pair.start(request);
    REQUIRE(pair.events.size() >= 1);
    const HttpRequest& seen = pair.events[0].request;
    CHECK(seen.target == some_path);
    CHECK(find_header(seen.headers, "te") == "trailers");
    CHECK(find_header(seen.headers, "grpc-timeout") == "5000m");
    CHECK(find_header(seen.headers, "x-word") == "a word");
    CHECK(find_header(seen.headers, "x-bytes-bin") == unpadded_base64_of(std::string("\0\xff", 2)));
    CHECK(pair.server.take_body(call) == envelope(0, "question"));
    pair.answer(call, envelope(0, "answer"));
    CHECK(std::get<std::string>(pair.result()) == "answer");
    CHECK(!pair.client.is_over());
}

TEST_CASE("a message that is compressed is announced and shorter") {
    Pair pair;
    GrpcRequest request = request_of(std::string(10'000, 'x'));
    request.is_compressed = true;
    const GrpcCallId call = pair.start(request);
    CHECK(find_header(pair.events[0].request.headers, "grpc-encoding") == "gzip");
    CHECK(pair.server.take_body(call).size() < 1000);
}

TEST_CASE("a large message goes out as the windows allow") {
    Pair pair;
    const GrpcCallId call = pair.start(request_of(std::string(300'000, 'x')));
    std::string body;
    for (int round = 0; round < 100 && !pair.server.is_body_whole(call); ++round) {
        body += pair.server.take_body(call);
        pair.carry();
    }
    CHECK(body == envelope(0, std::string(300'000, 'x')));
}

TEST_CASE("an error is told with its code, message and details") {
    Pair pair;
    const RpcError error{RpcCode::aborted, "100 % \xc3\xbc\n", {{"a.Detail", "bytes"}}};
    const GrpcCallId call = pair.start(request_of(""));
    pair.answer(call, {}, grpc::trailers_for(&error, {}));
    const RpcError got = pair.error();
    CHECK(got.code == error.code);
    CHECK(got.message == error.message);
    CHECK(got.details == error.details);
}

TEST_CASE("an error may come in headers alone, and before the request is whole") {
    Pair pair;
    const GrpcCallId call = pair.start(request_of(std::string(200'000, 'x')));
    HttpResponse response{200, {{"content-type", "application/grpc"}}, {}};
    response.headers.push_back({"grpc-status", "7"});
    pair.server.respond(call, response);
    pair.carry();
    CHECK(pair.error().code == RpcCode::permission_denied);
    CHECK(pair.client.takes_calls());
}

TEST_CASE("an answer that is none is an error, whatever it is") {
    struct Row {
        const char* what;
        HttpResponse head;
        std::string body;
        HttpHeaders trailers;
        RpcCode code;
    };
    const HttpHeaders type{{"content-type", "application/grpc"}};
    const HttpHeaders good{{"grpc-status", "0"}};
    const std::vector<Row> rows{
        {"no message", {200, type, {}}, "", good, RpcCode::internal},
        {"two messages", {200, type, {}}, envelope(0, "a") + envelope(0, "b"), good, RpcCode::internal},
        {"no status", {200, type, {}}, envelope(0, "a"), {{"x", "y"}}, RpcCode::unknown},
        {"a status that nobody knows", {200, type, {}}, envelope(0, "a"), {{"grpc-status", "99"}}, RpcCode::unknown},
        {"a proxy's page", {200, {{"content-type", "text/html"}}, {}}, "<html>", {}, RpcCode::unknown},
        {"a proxy's refusal", {503, {{"content-type", "text/html"}}, {}}, "<html>", {}, RpcCode::unavailable},
        {"compressed unasked", {200, type, {}}, envelope(1, "a"), good, RpcCode::internal},
        {"too large",
         {200, type, {}},
         envelope(0, std::string(5'000'000, 'x')).substr(0, 100),
         good,
         RpcCode::resource_exhausted},
    };
    for (const Row& row : rows) {
        Pair pair;
        const GrpcCallId call = pair.start(request_of("question"));
        pair.server.begin_stream(call, row.head);
        pair.server.end_stream(call, {row.body, row.trailers});
        pair.carry();
        CHECK_MESSAGE(pair.error().code == row.code, std::string(row.what));
        CHECK_MESSAGE(pair.client.takes_calls(), std::string(row.what));
    }
}

TEST_CASE("a reset is told as gRPC maps it") {
    const std::pair<std::uint32_t, RpcCode> rows[] = {{NGHTTP2_REFUSED_STREAM, RpcCode::unavailable},
                                                      {NGHTTP2_CANCEL, RpcCode::canceled},
                                                      {NGHTTP2_ENHANCE_YOUR_CALM, RpcCode::resource_exhausted},
                                                      {NGHTTP2_INADEQUATE_SECURITY, RpcCode::permission_denied},
                                                      {NGHTTP2_INTERNAL_ERROR, RpcCode::internal}};
    for (const auto& [reset, code] : rows) {
        Pair pair;
        const GrpcCallId call = pair.start(request_of("question"));
        pair.client.receive(bytes_of({FrameType::reset, 0, static_cast<std::uint32_t>(call), number_of(reset)}),
                            pair.now);
        CHECK(pair.error().code == code);
    }
}

TEST_CASE("a call ends at its deadline and the server learns of it") {
    Pair pair;
    GrpcRequest request = request_of("question");
    request.timeout = 3s;
    pair.start(request);
    CHECK(pair.client.deadline() == pair.now + 3s);
    pair.now += 3s;
    pair.client.expire(pair.now);
    CHECK(pair.error().code == RpcCode::deadline_exceeded);
    pair.carry();
    CHECK(pair.events.back().kind == Http2EventKind::gone);
    CHECK(pair.client.deadline() == Http2Session::Time::max());
}

TEST_CASE("a call that is canceled is answered once, whatever comes after it") {
    Pair pair;
    const GrpcCallId call = pair.start(request_of("question"));
    pair.client.cancel(call);
    CHECK(pair.error().code == RpcCode::canceled);
    pair.answer(call, envelope(0, "too late"));
    pair.client.cancel(call);
    CHECK(pair.client.take_answers().empty());
}

TEST_CASE("a server that goes answers what it has, and takes no more calls") {
    Pair pair;
    const GrpcCallId call = pair.start(request_of("question"));
    pair.server.shut_down();
    pair.carry();
    CHECK(!pair.client.takes_calls());
    CHECK(std::get<RpcError>(pair.client.start(request_of("late"), pair.now)).code == RpcCode::unavailable);
    CHECK(!pair.client.is_over());
    pair.answer(call, envelope(0, "answer"));
    CHECK(std::get<std::string>(pair.result()) == "answer");
    CHECK(pair.client.is_over());
}

TEST_CASE("a call that a server going away has not begun is unavailable") {
    Pair pair;
    pair.carry();
    REQUIRE(std::holds_alternative<GrpcCallId>(pair.client.start(request_of("question"), pair.now)));
    pair.server.shut_down();
    pair.client.receive(pair.server.take_output(pair.now), pair.now);  // before our request has gone out
    pair.carry();
    CHECK(pair.error().code == RpcCode::unavailable);
}

TEST_CASE("all calls of a connection that is lost are unavailable") {
    Pair pair;
    pair.start(request_of("one"));
    pair.start(request_of("two"));
    pair.client.lose("the cable was cut");
    const auto answers = pair.client.take_answers();
    REQUIRE(answers.size() == 2);
    for (const GrpcAnswer& answer : answers) {
        CHECK(std::get<RpcError>(answer.result).code == RpcCode::unavailable);
        CHECK(std::get<RpcError>(answer.result).message == "the cable was cut");
    }
    CHECK(pair.client.is_over());
}

TEST_CASE("a client that shuts down is over when its calls are answered") {
    Pair pair;
    const GrpcCallId call = pair.start(request_of("question"));
    pair.client.shut_down();
    pair.carry();
    CHECK(!pair.client.is_over());
    pair.answer(call, envelope(0, "answer"));
    CHECK(std::get<std::string>(pair.result()) == "answer");
    CHECK(pair.client.is_over());
}

TEST_CASE("no more calls than allowed are under way") {
    GrpcClientOptions options;
    options.calls_max = 2;
    Pair pair(options);
    pair.start(request_of("one"));
    pair.start(request_of("two"));
    CHECK(std::get<RpcError>(pair.client.start(request_of("three"), pair.now)).code == RpcCode::resource_exhausted);
}

TEST_CASE("calls beyond what the server allows at once wait for their turn") {
    GrpcClientOptions options;
    options.calls_max = 100;
    Pair pair(options);
    pair.carry();
    for (int count = 0; count < 40; ++count)
        pair.start(request_of("question"));
    std::size_t answered = 0;
    for (int round = 0; round < 100 && answered < 40; ++round) {
        for (const Http2Event& event : std::exchange(pair.events, {}))
            if (event.kind == Http2EventKind::request)
                pair.answer(event.stream, envelope(0, "answer"));
        for (const GrpcAnswer& answer : pair.client.take_answers())
            answered += std::holds_alternative<std::string>(answer.result) ? 1 : 0;
    }
    CHECK(answered == 40);
}

TEST_CASE("a server that is none, says nothing, or floods, is left") {
    Pair nonsense;
    nonsense.start(request_of("question"));
    nonsense.client.receive("HTTP/1.1 400 Bad Request\r\nContent-Length: 1000\r\n\r\n", nonsense.now);
    (void)nonsense.client.take_output(nonsense.now);
    CHECK(nonsense.error().code == RpcCode::unavailable);
    CHECK(nonsense.client.is_over());

    GrpcClientSession silent({}, {});
    REQUIRE(std::holds_alternative<GrpcCallId>(silent.start(request_of("question"), {})));
    silent.expire(silent.deadline());
    CHECK(silent.take_answers().size() == 1);
    CHECK(silent.is_over());

    Pair flood;
    flood.start(request_of("question"));
    for (int count = 0; count < 5000 && flood.client.takes_calls(); ++count) {
        flood.client.receive(bytes_of({FrameType::ping, 0, 0, "12345678"}), flood.now);
        (void)flood.client.take_output(flood.now);
    }
    CHECK(flood.error().code == RpcCode::unavailable);
    CHECK(flood.client.is_over());
}

TEST_CASE("headers without end are not collected") {
    GrpcClientOptions options;
    options.http2.header_list_size_max = 500;
    Pair pair(options);
    const GrpcCallId call = pair.start(request_of("question"));
    HttpResponse head{200, {{"content-type", "application/grpc"}}, {}};
    for (int count = 0; count < 10; ++count)
        head.headers.push_back({"x-" + std::to_string(count), std::string(100, 'x')});
    pair.server.begin_stream(call, head);
    pair.carry();
    CHECK(pair.error().code == RpcCode::resource_exhausted);
}
