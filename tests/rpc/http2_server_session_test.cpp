// The server's HTTP/2 session as bytes in and bytes out, against clients that keep the rules and clients that don't.
#include "platform/rpc/http2_server_session.hpp"

#include "tests/rpc/frames.hpp"

#include <doctest/doctest.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>

using namespace noodstop::platform;
using namespace noodstop::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* some_path = "/a.B/C";

// A session and its client in one: what is sent is received at once.
struct Talk {
    explicit Talk(const Http2Limits& limits = {}, bool acknowledges = true) : session(limits, now) {
        send(client_beginning());
        if (acknowledges)
            send({FrameType::settings, acknowledgement, 0, {}});
    }

    void send(std::string_view bytes) {
        session.receive(bytes, now);
        for (auto& event : session.take_events())
            events.push_back(std::move(event));
        for (std::string output = session.take_output(now); !output.empty(); output = session.take_output(now))
            answers += output;
        for (auto& event : session.take_events())
            events.push_back(std::move(event));
    }
    void send(const Frame& frame) { send(bytes_of(frame)); }
    void flush() { send(std::string_view()); }

    void request(std::uint32_t stream, std::uint8_t flags = end_stream) {
        send({FrameType::headers, static_cast<std::uint8_t>(end_headers | flags), stream,
              header_block(request_headers(some_path))});
    }
    void pass(std::chrono::milliseconds time) {
        now += time;
        session.expire(now);
        flush();
    }
    std::size_t count(Http2EventKind kind) const {
        return static_cast<std::size_t>(
            std::count_if(events.begin(), events.end(), [&](const Http2Event& event) { return event.kind == kind; }));
    }
    std::string data_of(std::uint32_t stream) const {
        std::string data;
        for (const Frame& frame : frames_in(answers))
            if (frame.type == FrameType::data && frame.stream == stream)
                data += frame.payload;
        return data;
    }

    Http2ServerSession::Time now{1h};
    Http2ServerSession session;
    std::vector<Http2Event> events;
    std::string answers;
};

void give_window(Talk& talk, std::uint32_t stream, std::uint32_t size) {
    talk.send({FrameType::window, 0, stream, number_of(size)});
    talk.send({FrameType::window, 0, 0, number_of(size)});
}

}  // namespace

TEST_CASE("a request is told with its head, and its body as it comes") {
    Talk talk;
    talk.request(1, 0);
    REQUIRE(talk.events.size() == 1);
    const HttpRequest& request = talk.events[0].request;
    CHECK(request.version == HttpVersion::two);
    CHECK(request.method == "POST");
    CHECK(request.target == some_path);
    CHECK(find_header(request.headers, "content-type") == "application/grpc");
    CHECK(!find_header(request.headers, ":method").has_value());
    CHECK(!request.is_whole);
    talk.send({FrameType::data, 0, 1, "one "});
    talk.send({FrameType::data, 0, 1, "two"});
    CHECK(talk.count(Http2EventKind::body) == 1);  // nobody has taken the first one yet
    CHECK(talk.session.take_body(1) == "one two");
    CHECK(!talk.session.is_body_whole(1));
    talk.send({FrameType::data, end_stream, 1, ""});
    CHECK(talk.count(Http2EventKind::body) == 2);
    CHECK(talk.session.is_body_whole(1));
}

TEST_CASE("a request cut anywhere is the same request") {
    const std::string bytes = client_beginning() +
                              bytes_of({FrameType::headers, end_headers, 1, header_block(request_headers(some_path))}) +
                              bytes_of({FrameType::data, end_stream, 1, "body"});
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        Http2ServerSession session({}, {});
        std::string body;
        std::size_t requests = 0;
        for (const std::string& part : {bytes.substr(0, cut), bytes.substr(cut)}) {
            session.receive(part, {});
            for (const Http2Event& event : session.take_events())
                requests += event.kind == Http2EventKind::request && event.request.target == some_path ? 1 : 0;
            body += session.take_body(1);
        }
        CHECK(requests == 1);
        CHECK(body == "body");
        CHECK(session.is_body_whole(1));
    }
}

TEST_CASE("an answer has its head, its chunks and its trailers in this order") {
    Talk talk;
    talk.request(1);
    talk.session.begin_stream(1, {200, {{"Content-Type", "text/plain"}, {"Connection", "close"}}, {}});
    CHECK(talk.session.send(1, "one "));
    talk.session.end_stream(1, {"two", {{"grpc-status", "0"}}});
    CHECK(!talk.session.is_answerable(1));
    talk.flush();
    CHECK(talk.data_of(1) == "one two");
    const auto frames = frames_in(talk.answers);
    CHECK(frames.back().type == FrameType::headers);
    CHECK((frames.back().flags & end_stream) != 0);
    CHECK(talk.answers.find("Connection") == std::string::npos);
    CHECK(talk.count(Http2EventKind::gone) == 0);
}

TEST_CASE("an answer that comes before the whole request spares the client the rest of it, without an error") {
    Talk talk;
    talk.request(1, 0);
    talk.session.respond(1, {415, {}, {}});
    talk.flush();
    CHECK(reset_in(talk.answers, 1) == NGHTTP2_NO_ERROR);
    CHECK(talk.count(Http2EventKind::gone) == 0);
}

TEST_CASE("a client that resets its stream is gone for the handler") {
    Talk talk;
    talk.request(1);
    talk.send({FrameType::reset, 0, 1, number_of(NGHTTP2_CANCEL)});
    CHECK(talk.count(Http2EventKind::gone) == 1);
    CHECK(!talk.session.is_answerable(1));
    CHECK(!talk.session.send(1, "nobody reads this"));
}

TEST_CASE("a body that nobody takes is not asked for beyond the window") {
    Http2Limits limits;
    limits.window_size = 100;
    Talk talk(limits);
    talk.request(1, 0);
    talk.send({FrameType::data, 0, 1, std::string(100, 'x')});
    CHECK(talk.answers.find(bytes_of({FrameType::window, 0, 1, number_of(100)})) == std::string::npos);
    CHECK(talk.session.take_body(1).size() == 100);
    talk.flush();
    CHECK(talk.answers.find(bytes_of({FrameType::window, 0, 1, number_of(100)})) != std::string::npos);
    talk.send({FrameType::data, 0, 1, std::string(100, 'x')});
    talk.send({FrameType::data, 0, 1, "one too many"});
    CHECK(reset_in(talk.answers, 1) == NGHTTP2_FLOW_CONTROL_ERROR);
}

TEST_CASE("what the client's window has no room for waits within bounds, and room is told") {
    Http2Limits limits;
    limits.unsent_bytes_max = 1000;
    Talk talk(limits);
    talk.request(1);
    talk.session.begin_stream(1, {});
    std::size_t taken = 0;
    while (talk.session.send(1, std::string(10'000, 'x'))) {
        taken += 10'000;
        talk.flush();
        REQUIRE(taken < 1'000'000);
    }
    CHECK(taken >= 65'535);
    CHECK(taken < 65'535 + 1000 + 20'000);
    CHECK(talk.data_of(1).size() == 65'535);
    talk.session.wants_room(1);
    give_window(talk, 1, 50'000);
    CHECK(talk.count(Http2EventKind::room) == 1);
    CHECK(talk.session.send(1, "again"));
}

TEST_CASE("more streams than allowed are refused to a client that has not seen the limit yet, and may be tried again") {
    const Http2Limits limits;
    Talk talk(limits, false);
    for (std::uint32_t index = 0; index <= limits.streams_max; ++index)
        talk.request(1 + 2 * index);
    CHECK(talk.count(Http2EventKind::request) == limits.streams_max);
    CHECK(reset_in(talk.answers, 1 + 2 * limits.streams_max) == NGHTTP2_REFUSED_STREAM);
    talk.session.respond(1, {});
    talk.flush();
    talk.request(101);
    CHECK(talk.count(Http2EventKind::request) == limits.streams_max + 1);
}

TEST_CASE("more streams than allowed end the connection of a client that has acknowledged the limit") {
    Talk talk;
    const Http2Limits limits;
    for (std::uint32_t index = 0; index <= limits.streams_max; ++index)
        talk.request(1 + 2 * index);
    CHECK(talk.count(Http2EventKind::request) == limits.streams_max);
    CHECK(goaway_in(talk.answers) == NGHTTP2_PROTOCOL_ERROR);
}

TEST_CASE("headers that are too large get their status and no handler") {
    Talk talk;
    HttpHeaders headers = request_headers(some_path);
    headers.push_back({"x-long", std::string(9000, 'x')});
    talk.send({FrameType::headers, end_headers | end_stream, 1, header_block(headers)});
    CHECK(talk.count(Http2EventKind::request) == 0);
    CHECK(talk.answers.find("431") != std::string::npos);
    talk.request(3);
    CHECK(talk.count(Http2EventKind::request) == 1);
}

TEST_CASE("a connection has a budget of requests, and ends in order when it is used up") {
    Http2Limits limits;
    limits.requests_max = 3;
    Talk talk(limits);
    for (const std::uint32_t stream : {1, 3, 5, 7})
        talk.request(stream);
    CHECK(talk.count(Http2EventKind::request) == 3);
    CHECK(goaway_in(talk.answers) == NGHTTP2_NO_ERROR);
    CHECK(!talk.session.is_over());
    for (const Http2StreamId stream : {1, 3, 5})
        talk.session.respond(stream, {});
    talk.flush();
    CHECK(talk.session.is_over());
}

TEST_CASE("a session that shuts down answers what it has and then is over") {
    Talk talk;
    talk.request(1);
    talk.session.shut_down();
    talk.flush();
    CHECK(goaway_in(talk.answers) == NGHTTP2_NO_ERROR);
    talk.request(3);
    CHECK(talk.count(Http2EventKind::request) == 1);
    CHECK(!talk.session.is_over());
    talk.session.respond(1, {200, {}, "last"});
    talk.flush();
    CHECK(talk.data_of(1) == "last");
    CHECK(talk.session.is_over());
}

TEST_CASE("rapid resets end the connection") {
    Talk talk;
    std::uint32_t stream = 1;
    for (; stream < 4000 && !talk.session.is_over(); stream += 2) {
        talk.request(stream);
        talk.send({FrameType::reset, 0, stream, number_of(NGHTTP2_CANCEL)});
    }
    CHECK(talk.session.is_over());
    CHECK(goaway_in(talk.answers) > NGHTTP2_NO_ERROR);
    CHECK(talk.count(Http2EventKind::request) < 300);
}

TEST_CASE("resets that a client provokes end the connection too") {
    Talk talk;
    std::uint32_t stream = 1;
    for (; stream < 4000 && !talk.session.is_over(); stream += 2) {
        talk.request(stream, 0);
        talk.send({FrameType::window, 0, stream, number_of(0x7FFFFFFF)});
    }
    CHECK(talk.session.is_over());
    CHECK(goaway_in(talk.answers) == NGHTTP2_ENHANCE_YOUR_CALM);
    CHECK(talk.count(Http2EventKind::request) < 300);
}

TEST_CASE("resets at a rate that an honest client may have are no flood") {
    Talk talk;
    for (std::uint32_t stream = 1; stream < 2000; stream += 2) {
        talk.request(stream);
        talk.send({FrameType::window, 0, stream, number_of(0x7FFFFFFF)});
        talk.pass(100ms);
    }
    CHECK(!talk.session.is_over());
    CHECK(talk.count(Http2EventKind::request) == 1000);
}

TEST_CASE("floods of frames that move nothing end the connection") {
    const std::vector<std::pair<std::string, Frame>> floods{
        {"ping", {FrameType::ping, 0, 0, "12345678"}},
        {"settings", {FrameType::settings, 0, 0, {}}},
        {"window", {FrameType::window, 0, 0, number_of(1)}},
        {"priority", {FrameType::priority, 0, 1, std::string(5, '\0')}},
        {"empty data", {FrameType::data, 0, 1, {}}},
        {"tiny data", {FrameType::data, 0, 1, "x"}},
    };
    for (const auto& [name, frame] : floods) {
        Talk talk;
        talk.request(1, 0);
        int sent = 0;
        for (; sent < 5000 && !talk.session.is_over(); ++sent) {
            talk.send(frame);
            (void)talk.session.take_body(1);
        }
        CHECK_MESSAGE(talk.session.is_over(), name);
        CHECK_MESSAGE(goaway_in(talk.answers) == NGHTTP2_ENHANCE_YOUR_CALM, name);
        CHECK_MESSAGE(sent < 1500, name);
    }
}

TEST_CASE("acknowledgements that nobody reads are bounded") {
    Http2ServerSession session({}, {});
    session.receive(client_beginning(), {});
    int sent = 0;
    for (; sent < 1000 && !session.is_over(); ++sent)
        session.receive(bytes_of({FrameType::ping, 0, 0, "12345678"}), {});
    CHECK(session.is_over());
    CHECK(sent < 100);
}

TEST_CASE("a header block without an end ends the connection") {
    Talk talk;
    talk.send({FrameType::headers, 0, 1, header_block(request_headers(some_path))});
    int sent = 0;
    for (; sent < 100 && !talk.session.is_over(); ++sent)
        talk.send({FrameType::continuation, 0, 1, header_block({{"x", std::string(1000, 'x')}})});
    CHECK(talk.session.is_over());
    CHECK(sent < 10);
    CHECK(talk.count(Http2EventKind::request) == 0);
}

TEST_CASE("what is no HTTP/2 is over at once") {
    Http2ServerSession session({}, {});
    session.receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n", {});
    CHECK(session.is_over());
    CHECK(session.take_output({}).empty());
}

TEST_CASE("deadlines: a client that says nothing, nothing more, or half of something") {
    const Http2Limits limits;
    Http2ServerSession silent(limits, {});
    CHECK(silent.deadline() == Http2ServerSession::Time(limits.read_deadline));
    silent.expire(silent.deadline());
    CHECK(silent.is_over());

    Talk idle;
    CHECK(idle.session.deadline() == idle.now + limits.idle_deadline);
    idle.pass(limits.idle_deadline);
    CHECK(goaway_in(idle.answers) == NGHTTP2_NO_ERROR);
    CHECK(idle.session.is_over());

    Talk half;
    half.request(1, 0);
    half.request(3, 0);
    half.session.allow_slow_body(3);
    CHECK(half.session.deadline() == half.now + limits.read_deadline);
    half.pass(limits.read_deadline);
    CHECK(reset_in(half.answers, 1) == NGHTTP2_CANCEL);
    CHECK(reset_in(half.answers, 3) == -1);
    CHECK(half.count(Http2EventKind::gone) == 1);
    CHECK(!half.session.is_over());
}

TEST_CASE("deadlines: a request whose header block does not end is reset") {
    Talk talk;
    talk.send({FrameType::headers, 0, 1, header_block(request_headers(some_path))});
    talk.pass(Http2Limits{}.read_deadline);
    CHECK(reset_in(talk.answers, 1) == NGHTTP2_CANCEL);
}

TEST_CASE("deadlines: a client that does not take its answer loses it, one that takes it slowly does not") {
    const Http2Limits limits;
    Talk talk;
    for (const std::uint32_t stream : {1, 3}) {
        talk.request(stream);
        talk.session.respond(static_cast<Http2StreamId>(stream), {200, {}, std::string(200'000, 'x')});
    }
    talk.flush();
    for (int round = 0; round < 5; ++round) {
        talk.pass(limits.write_deadline / 2);
        give_window(talk, 3, 1000);
    }
    CHECK(reset_in(talk.answers, 1) == NGHTTP2_CANCEL);
    CHECK(reset_in(talk.answers, 3) == -1);
    CHECK(talk.count(Http2EventKind::gone) == 1);
}

TEST_CASE("a quiet stream stays open for as long as the client likes") {
    Talk talk;
    talk.request(1);
    talk.session.begin_stream(1, {});
    talk.flush();
    CHECK(talk.session.deadline() == Http2ServerSession::Time::max());
    talk.pass(1000h);
    CHECK(talk.session.send(1, "still there"));
    talk.flush();
    CHECK(talk.data_of(1) == "still there");
}
