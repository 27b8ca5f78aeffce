// HTTP/2 into both sessions: any bytes, and frames made by choice, cut anywhere; HPACK and all other rules by way of
// nghttp2. Whatever comes: the same is read however it is cut, what is kept and sent is in proportion, a deadline that
// has passed is over, each call is answered at most once, and none is forgotten.
#include "platform/rpc/envelope.hpp"
#include "platform/rpc/grpc_client_session.hpp"
#include "platform/rpc/http2_server_session.hpp"
#include "tests/fuzz/support.hpp"
#include "tests/rpc/frames.hpp"

#include <map>
#include <set>
#include <vector>

using namespace noodstop;
using namespace noodstop::platform;
using fuzz::claim;
using test::Frame;
using test::FrameType;

namespace {

using Time = Http2Session::Time;

constexpr std::size_t message_size_max = 1'000;
constexpr std::size_t output_max = 1'000'000;

Http2Limits small_limits() {
    Http2Limits limits;
    limits.streams_max = 4;
    limits.header_list_size_max = 1'000;
    limits.unsent_bytes_max = 2'000;
    limits.requests_max = 50;
    limits.peer_resets = {20, 1};
    limits.own_resets = {20, 1};
    limits.idle_frames = {50, 1};
    return limits;
}

std::string headers_of_choice(fuzz::Input& input) {
    HttpHeaders headers = test::request_headers("/" + std::string(input.text(20)));
    const std::size_t what = input.below(8);
    if (what == 1)
        headers.erase(headers.begin() + static_cast<std::ptrdiff_t>(input.below(headers.size())));
    if (what == 2)
        headers.push_back({std::string(input.text(30)), std::string(input.text())});
    if (what == 3)
        headers = {{":status", "200"}, {"content-type", "application/grpc"}};
    if (what == 4)
        headers = {{"grpc-status", std::to_string(input.below(20))}, {"grpc-message", std::string(input.text())}};
    if (what == 5)
        return std::string(input.text());
    return test::header_block(headers);
}

std::string payload_of_choice(fuzz::Input& input, FrameType type) {
    switch (type) {
        case FrameType::headers:
        case FrameType::continuation:
            return headers_of_choice(input);
        case FrameType::data:
            return input.yes() ? envelope(input.byte() & 1, input.text()) : std::string(input.text());
        case FrameType::reset:
        case FrameType::window:
            return test::number_of(static_cast<std::uint32_t>(input.number()));
        case FrameType::ping:
            return std::string(8, static_cast<char>(input.byte()));
        case FrameType::goaway:
            return test::number_of(input.byte()) + test::number_of(input.byte()) + std::string(input.text(10));
        case FrameType::settings:
            return std::string(1, '\0') + std::string(1, static_cast<char>(input.below(10))) +
                   test::number_of(static_cast<std::uint32_t>(input.number()));
        case FrameType::priority:
        case FrameType::push:
            break;
    }
    return std::string(input.text(20));
}

// Most often one that keeps the rules.
std::string frame_of_choice(fuzz::Input& input) {
    static constexpr std::uint8_t usual_flags[] = {test::end_headers, test::end_headers | test::end_stream,
                                                   test::end_stream, 0};
    Frame frame;
    frame.type = static_cast<FrameType>(input.below(11));
    frame.flags = input.below(8) == 0 ? input.byte() : usual_flags[input.below(4)];
    const bool is_of_connection = frame.type == FrameType::settings || frame.type == FrameType::ping ||
                                  frame.type == FrameType::goaway || input.below(16) == 1;
    frame.stream = is_of_connection ? 0 : static_cast<std::uint32_t>(1 + 2 * input.below(12));
    frame.payload = payload_of_choice(input, frame.type);
    std::string bytes = test::bytes_of(frame);
    if (input.below(32) == 1)
        bytes[input.below(bytes.size())] ^= static_cast<char>(input.byte());
    return bytes;
}

std::string bytes_of_choice(fuzz::Input& input, std::string beginning) {
    constexpr std::size_t frames_max = 200;
    if (input.yes())
        return beginning + std::string(input.rest());
    for (std::size_t count = 0; count < frames_max && !input.empty(); ++count)
        beginning += frame_of_choice(input);
    return beginning;
}

// A deadline that has passed must not wait again, or the process would do nothing else.
template <class Session>
void pass_deadlines(Session& session, Time& now) {
    for (int round = 0; round < 100 && !session.is_over() && session.deadline() != Time::max(); ++round) {
        const Time deadline = session.deadline();
        now = std::max(now, deadline);
        session.expire(now);
        (void)session.take_output(now);
        claim(session.is_over() || session.deadline() > now, "a deadline that has passed is over");
    }
}

// What a server does with requests: some it answers at once, some in pieces, some never.
class Handler {
public:
    explicit Handler(Http2ServerSession& session) : session_(session) {}

    void follow() {
        for (const Http2Event& event : session_.take_events())
            follow(event);
    }

    std::map<Http2StreamId, std::string> seen;  // each request with its body

private:
    void follow(const Http2Event& event) {
        const Http2StreamId id = event.stream;
        if (event.kind == Http2EventKind::request) {
            claim(seen.count(id) == 0, "a request is told once");
            claim(event.request.headers.size() <= 100, "headers have a maximum");
            seen[id] = event.request.method + " " + event.request.target + "\n";
            begin(id);
        }
        claim(seen.count(id) == 1, "what is told is of a request that was told");
        if (event.kind == Http2EventKind::gone) {
            claim(gone_.insert(id).second, "a client goes once");
            claim(!session_.is_answerable(id), "who has gone gets no answer");
            seen[id].resize(seen[id].find('\n') + 1);  // how much of the body was read before depends on the cut
            return;
        }
        const std::string body = session_.take_body(id);
        claim(body.size() <= Http2Limits{}.window_size, "no more is kept than the window lets in");
        if (id % 8 != 1)  // of what is answered at once it depends on the cut how much comes before the answer
            seen[id] += body;
        if (id % 8 == 5 && session_.is_body_whole(id))
            session_.end_stream(id, {"end", {{"grpc-status", "0"}}});
    }

    void begin(Http2StreamId id) {
        if (id % 8 == 1)
            session_.respond(id, {200, {{"content-type", "text/plain"}}, "whole"});
        if (id % 8 == 3 || id % 8 == 5) {
            session_.begin_stream(id, {});
            while (session_.send(id, std::string(500, 'x'))) {
            }
        }
    }

    Http2ServerSession& session_;
    std::set<Http2StreamId> gone_;
};

struct Served {
    std::map<Http2StreamId, std::string> seen;
    bool is_over = false;  // the session ended; how much was read before depends on the cut
};

// Gives the bytes in two pieces.
Served serve(std::string_view bytes, std::size_t first) {
    Time now{std::chrono::hours(1)};
    Http2ServerSession session(small_limits(), now);
    Handler handler(session);
    std::size_t sent = 0;
    for (const std::string_view piece : {bytes.substr(0, first), bytes.substr(first)}) {
        session.receive(piece, now);
        handler.follow();
    }
    for (std::string output = session.take_output(now); !output.empty(); output = session.take_output(now)) {
        sent += output.size();
        claim(sent <= output_max, "what is sent is in proportion");
        handler.follow();
    }
    Served served{handler.seen, session.is_over()};
    pass_deadlines(session, now);
    session.shut_down();
    (void)session.take_output(now);
    handler.follow();
    return served;
}

void attack_server(fuzz::Input& input) {
    const std::size_t share = input.byte();
    const std::string bytes = bytes_of_choice(input, input.below(16) == 1 ? std::string() : test::client_beginning());
    const auto whole = serve(bytes, bytes.size());
    const auto pieces = serve(bytes, bytes.size() * share / 255);
    claim(whole.is_over || pieces.is_over || whole.seen == pieces.seen, "requests in pieces are the same requests");
}

void attack_client(fuzz::Input& input) {
    Time now{std::chrono::hours(1)};
    GrpcClientOptions options;
    options.message_size_max = message_size_max;
    options.calls_max = 4;
    options.http2 = small_limits();
    GrpcClientSession session(options, now);
    std::set<GrpcCallId> waiting;
    const std::size_t share = input.byte();
    for (std::size_t count = 1 + input.below(4); count > 0; --count) {
        const auto started =
            session.start({"/a.B/C", std::string(input.text()), {}, std::chrono::seconds(20), false}, now);
        if (const auto* id = std::get_if<GrpcCallId>(&started))
            waiting.insert(*id);
    }
    (void)session.take_output(now);
    const auto take_answers = [&] {
        for (const GrpcAnswer& answer : session.take_answers()) {
            claim(waiting.erase(answer.call) == 1, "a call is answered at most once");
            if (const auto* message = std::get_if<std::string>(&answer.result))
                claim(message->size() <= message_size_max, "no answer is longer than allowed");
        }
    };
    const std::string bytes = bytes_of_choice(input, test::bytes_of({FrameType::settings, 0, 0, {}}));
    const std::size_t first = bytes.size() * share / 255;
    for (const std::string_view piece :
         {std::string_view(bytes).substr(0, first), std::string_view(bytes).substr(first)}) {
        session.receive(piece, now);
        take_answers();
        while (!session.take_output(now).empty()) {
        }
        take_answers();
    }
    pass_deadlines(session, now);
    take_answers();
    session.lose("the end");
    take_answers();
    claim(waiting.empty(), "no call is forgotten");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    if (input.yes())
        attack_client(input);
    else
        attack_server(input);
    return 0;
}
