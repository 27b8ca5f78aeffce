#include "platform/http/client.hpp"

#include "platform/http/message_text.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <poll.h>

namespace noodstop::platform {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

constexpr std::uint32_t header_size_max = 16 * 1024;
constexpr std::size_t receive_size = 64 * 1024;

Error too_late() {
    return {ETIMEDOUT, "no answer within the deadline"};
}

// True when the socket is ready, false at the deadline.
bool wait_for(int socket, short events, TimePoint deadline) {
    for (;;) {
        int timeout = -1;
        if (deadline != TimePoint::max()) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
            timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, std::numeric_limits<int>::max()));
        }
        pollfd wanted{socket, events, 0};
        const int ready = ::poll(&wanted, 1, timeout);
        if (ready > 0)
            return true;
        if (ready == 0)
            return false;
    }
}

Status send_all(int socket, std::string_view bytes, TimePoint deadline) {
    while (!bytes.empty()) {
        const auto sent = send_now(socket, bytes, -1);
        if (sent)
            bytes.remove_prefix(*sent);
        else if (sent.error().number != EAGAIN)
            return sent.error();
        else if (!wait_for(socket, POLLOUT, deadline))
            return too_late();
    }
    return Done{};
}

HttpMessageLimits limits_of(const HttpClientOptions& options, const HttpCall& call) {
    return {header_size_max, call.on_piece ? std::numeric_limits<std::uint64_t>::max() : options.body_size_max};
}

// Reads the answer piece by piece, as it comes.
class Answer {
public:
    Answer(int socket, const HttpClientOptions& options, const HttpCall& call, TimePoint deadline)
        : socket_(socket), call_(call), deadline_(deadline), reader_(limits_of(options, call)) {}

    Result<HttpResponse> read() {
        while (!is_done_)
            if (Status status = read_more(); !status)
                return status.error();
        return reader_.take_response();
    }

private:
    Status read_more() {
        if (!wait_for(socket_, POLLIN, deadline_))
            return too_late();
        auto received = receive_now(socket_, receive_size);
        if (!received)
            return received.error().number == EAGAIN ? Status(Done{}) : Status(received.error());
        const bool is_end = received->bytes.empty();
        waiting_ += received->bytes;
        const bool had_begun = reader_.has_begun();
        const ReadState state = is_end ? reader_.put_end() : reader_.put(waiting_);
        if (state == ReadState::refused)
            return Error{is_end && !had_begun ? ECONNRESET : EPROTO, reader_.problem()};
        is_done_ = state == ReadState::done;
        hand_out_piece();
        return Done{};
    }

    void hand_out_piece() {
        if (!call_.on_piece || !reader_.is_head_done() || reader_.status() != 200)
            return;
        deadline_ = TimePoint::max();
        const std::string piece = reader_.take_piece();
        if (!piece.empty())
            is_done_ |= !call_.on_piece(piece);
    }

    int socket_;
    const HttpCall& call_;
    TimePoint deadline_;
    HttpResponseReader reader_;
    std::string waiting_;  // of a header or chunk that is not whole yet
    bool is_done_ = false;
};

}  // namespace

Result<HttpResponse> call_http(const HttpClientOptions& options, const HttpCall& call) {
    const auto socket = connect_unix(options.socket_path, options.connect_deadline);
    if (!socket)
        return socket.error();
    const TimePoint deadline = std::chrono::steady_clock::now() + call.deadline;
    // A server that refuses early may close before it has read everything; its answer is there nevertheless.
    const Status sent = send_all(socket->number(), request_text(call.request, {}), deadline);
    if (!sent && sent.error().number != EPIPE)
        return sent.error();
    return Answer(socket->number(), options, call, deadline).read();
}

}  // namespace noodstop::platform
