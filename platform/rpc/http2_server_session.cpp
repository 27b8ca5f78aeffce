#include "platform/rpc/http2_server_session.hpp"

#include "platform/rpc/http2_callbacks.hpp"
#include "platform/rpc/http2_server_stream.hpp"

#include <map>
#include <optional>

namespace noodstop::platform {

using namespace http2;

namespace {

constexpr std::size_t output_size = 16 * 1024;
constexpr unsigned too_large_status = 431;

}  // namespace

struct Http2ServerSession::Impl {
    Impl(const Http2Limits& given_limits, Time given_now)
        : limits(given_limits),
          now(given_now),
          began(given_now),
          idle_since(given_now),
          guard(given_limits, given_now) {
        const CallbacksPointer callbacks = Callbacks<Impl>::make();
        const OptionPointer options = new_options(limits);
        nghttp2_session* made = nullptr;
        if (nghttp2_session_server_new2(&made, callbacks.get(), this, options.get()) != 0)
            throw std::bad_alloc();
        session.reset(made);
        auto settings = common_settings(limits);
        settings.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams_max});
        settings.push_back({NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1});
        must(nghttp2_submit_settings(session.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size()));
        must(nghttp2_session_set_local_window_size(session.get(), NGHTTP2_FLAG_NONE, 0,
                                                   static_cast<std::int32_t>(limits.window_size)));
    }

    // Calls that fail only where the session can't go on.
    void must(int result) { is_broken |= result != 0 && nghttp2_is_fatal(result) != 0; }

    ServerStream* find(Http2StreamId id) {
        const auto found = streams.find(id);
        return found == streams.end() ? nullptr : &found->second;
    }

    void tell(Http2EventKind kind, Http2StreamId id, HttpRequest request = {}) {
        events.push_back({kind, id, std::move(request)});
    }

    int frame_begins(const nghttp2_frame_hd& frame) {
        guard.frame_came(frame, now);
        return 0;
    }

    int headers_begin(const nghttp2_frame& frame) {
        if (frame.headers.cat != NGHTTP2_HCAT_REQUEST)
            return 0;
        ServerStream& stream = streams[frame.hd.stream_id];
        stream.request.version = HttpVersion::two;
        stream.read_since = now;
        return 0;
    }

    int header_came(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
        ServerStream* stream = find(frame.hd.stream_id);
        if (stream != nullptr && frame.headers.cat == NGHTTP2_HCAT_REQUEST)  // trailers say nothing that we use
            stream->put_header(name, value, limits.header_list_size_max);
        return 0;
    }

    int frame_came(const nghttp2_frame& frame) {
        if (frame.hd.type == NGHTTP2_SETTINGS)
            have_settings_come = true;
        ServerStream* stream = find(frame.hd.stream_id);
        if (stream == nullptr || (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA))
            return 0;
        stream->is_body_whole |= (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        if (!stream->is_told)
            request_came(frame.hd.stream_id, *stream);
        else if (stream->is_body_whole)
            tell_body(frame.hd.stream_id, *stream);
        return 0;
    }

    void request_came(Http2StreamId id, ServerStream& stream) {
        stream.is_told = true;
        if (++request_count >= limits.requests_max)
            shut_down();
        if (stream.header_size > limits.header_list_size_max)
            return respond(id, {too_large_status, {}, {}});
        stream.request.is_whole = stream.is_body_whole;
        tell(Http2EventKind::request, id, std::move(stream.request));
    }

    void tell_body(Http2StreamId id, ServerStream& stream) {
        if (!stream.has_ended && !std::exchange(stream.is_body_told, true))
            tell(Http2EventKind::body, id);
    }

    // The connection's window bounds nothing here: streams_max times the stream's window does.
    int data_came(Http2StreamId id, std::string_view bytes) {
        must(nghttp2_session_consume_connection(session.get(), bytes.size()));
        ServerStream* stream = find(id);
        if (stream == nullptr)
            return 0;
        if (stream->has_ended) {  // answered before it was read: nobody wants the rest
            must(nghttp2_session_consume_stream(session.get(), id, bytes.size()));
            return 0;
        }
        stream->body += bytes;
        tell_body(id, *stream);
        return 0;
    }

    int frame_sent(const nghttp2_frame& frame) {
        guard.frame_sent(frame, now);
        const bool ends = (frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA) &&
                          (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        ServerStream* stream = ends ? find(frame.hd.stream_id) : nullptr;
        if (stream == nullptr)
            return 0;
        stream->is_sent = true;
        if (!stream->is_body_whole)
            must(nghttp2_submit_rst_stream(session.get(), NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_NO_ERROR));
        return 0;
    }

    int frame_not_sent(const nghttp2_frame&) { return 0; }  // its stream was closed meanwhile

    int stream_closed(Http2StreamId id, std::uint32_t) {
        const ServerStream* stream = find(id);
        if (stream == nullptr)
            return 0;
        if (stream->is_told && !stream->is_sent)
            tell(Http2EventKind::gone, id);
        streams.erase(id);
        if (streams.empty())
            idle_since = now;
        return 0;
    }

    void receive(std::string_view bytes) {
        if (is_broken)
            return;
        const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
        is_broken = nghttp2_session_mem_recv(session.get(), data, bytes.size()) < 0;
        calm_flood();
    }

    void calm_flood() {
        if (guard.is_flooded() && !std::exchange(is_terminated, true))
            must(nghttp2_session_terminate_session(session.get(), NGHTTP2_ENHANCE_YOUR_CALM));
    }

    void shut_down() {
        if (std::exchange(is_shut_down, true))
            return;
        must(nghttp2_submit_goaway(session.get(), NGHTTP2_FLAG_NONE,
                                   nghttp2_session_get_last_proc_stream_id(session.get()), NGHTTP2_NO_ERROR, nullptr,
                                   0));
    }

    void respond(Http2StreamId id, const HttpResponse& response) {
        ServerStream* stream = find(id);
        if (stream == nullptr || stream->has_begun)
            return;
        submit_head(id, *stream, response, !response.body.empty());
        stream->queue(response.body, now);
        end(id, *stream, {});
    }

    void submit_head(Http2StreamId id, ServerStream& stream, const HttpResponse& response, bool has_body) {
        HeaderBlock headers;
        headers.add(":status", std::to_string(response.status));
        headers.add(response.headers);
        const nghttp2_data_provider provider = Callbacks<Impl>::provider();
        stream.has_begun = true;
        must(
            nghttp2_submit_response(session.get(), id, headers.data(), headers.size(), has_body ? &provider : nullptr));
    }

    // Called when the windows have room for some bytes.
    int give_data(Http2StreamId id, std::uint8_t* to, std::size_t size_max, std::uint32_t& flags) {
        ServerStream* stream = find(id);
        if (stream == nullptr)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        if (stream->unsent.is_empty() && !stream->has_ended)
            return NGHTTP2_ERR_DEFERRED;
        const std::size_t size = stream->unsent.pop(to, size_max);
        stream->blocked_since = now;
        if (stream->unsent.is_empty() && stream->has_ended)
            finish_data(id, *stream, flags);
        if (stream->wants_room && stream->has_room(limits)) {
            stream->wants_room = false;
            tell(Http2EventKind::room, id);
        }
        return static_cast<int>(size);
    }

    void finish_data(Http2StreamId id, const ServerStream& stream, std::uint32_t& flags) {
        flags |= NGHTTP2_DATA_FLAG_EOF;
        if (stream.trailers.empty())
            return;
        flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        HeaderBlock trailers;
        trailers.add(stream.trailers);
        must(nghttp2_submit_trailer(session.get(), id, trailers.data(), trailers.size()));
    }

    void end(Http2StreamId id, ServerStream& stream, HttpHeaders trailers) {
        stream.has_ended = true;
        stream.trailers = std::move(trailers);
        if (!stream.body.empty())
            must(nghttp2_session_consume_stream(session.get(), id, stream.body.size()));
        stream.body.clear();
        must(nghttp2_session_resume_data(session.get(), id));  // an error where nothing waits, which is none
    }

    Time deadline() const {
        Time earliest = have_settings_come ? Time::max() : began + limits.read_deadline;
        if (streams.empty() && !is_shut_down)
            earliest = std::min(earliest, idle_since + limits.idle_deadline);
        for (const auto& [id, stream] : streams)
            earliest = std::min(earliest, stream.deadline(limits));
        return earliest;
    }

    void expire() {
        if (!have_settings_come && now >= began + limits.read_deadline)
            is_broken = true;  // nobody there who would understand a GOAWAY
        if (streams.empty() && now >= idle_since + limits.idle_deadline)
            shut_down();
        for (auto& [id, stream] : streams)
            if (now >= stream.deadline(limits))
                reset(id, stream);
        calm_flood();
    }

    // Its deadlines are over; what is left of it goes when the reset has gone out.
    void reset(Http2StreamId id, ServerStream& stream) {
        stream.may_be_slow = true;
        stream.unsent = {};
        must(nghttp2_submit_rst_stream(session.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL));
    }

    bool is_over() const {
        return is_broken ||
               (nghttp2_session_want_read(session.get()) == 0 && nghttp2_session_want_write(session.get()) == 0);
    }

    Http2Limits limits;
    Time now;
    Time began;
    Time idle_since;
    FloodGuard guard;
    SessionPointer session;
    std::map<Http2StreamId, ServerStream> streams;
    std::vector<Http2Event> events;
    std::size_t request_count = 0;
    bool have_settings_come = false;
    bool is_broken = false;
    bool is_shut_down = false;
    bool is_terminated = false;
};

Http2ServerSession::Http2ServerSession(const Http2Limits& limits, Time now)
    : impl_(std::make_unique<Impl>(limits, now)) {}

Http2ServerSession::~Http2ServerSession() = default;

void Http2ServerSession::receive(std::string_view bytes, Time now) {
    impl_->now = now;
    impl_->receive(bytes);
}

std::string Http2ServerSession::take_output(Time now) {
    impl_->now = now;
    if (impl_->is_broken)
        return {};
    std::string output = next_output(impl_->session.get(), output_size, impl_->is_broken);
    impl_->calm_flood();
    return output;
}

std::vector<Http2Event> Http2ServerSession::take_events() {
    return std::exchange(impl_->events, {});
}

Http2ServerSession::Time Http2ServerSession::deadline() const {
    return impl_->deadline();
}

void Http2ServerSession::expire(Time now) {
    impl_->now = now;
    impl_->expire();
}

bool Http2ServerSession::is_over() const {
    return impl_->is_over();
}

void Http2ServerSession::shut_down() {
    impl_->shut_down();
}

std::string Http2ServerSession::take_body(Http2StreamId stream) {
    ServerStream* found = impl_->find(stream);
    if (found == nullptr)
        return {};
    found->is_body_told = false;
    if (!found->body.empty())
        impl_->must(nghttp2_session_consume_stream(impl_->session.get(), stream, found->body.size()));
    return std::exchange(found->body, {});
}

bool Http2ServerSession::is_body_whole(Http2StreamId stream) const {
    const ServerStream* found = impl_->find(stream);
    return found != nullptr && found->is_body_whole && found->body.empty();
}

void Http2ServerSession::allow_slow_body(Http2StreamId stream) {
    if (ServerStream* found = impl_->find(stream))
        found->may_be_slow = true;
}

void Http2ServerSession::respond(Http2StreamId stream, const HttpResponse& response) {
    impl_->respond(stream, response);
}

void Http2ServerSession::begin_stream(Http2StreamId stream, const HttpResponse& head) {
    ServerStream* found = impl_->find(stream);
    if (found != nullptr && !found->has_begun)
        impl_->submit_head(stream, *found, head, true);
}

bool Http2ServerSession::send(Http2StreamId stream, std::string bytes) {
    ServerStream* found = impl_->find(stream);
    if (found == nullptr || !found->has_room(impl_->limits))
        return false;
    found->queue(std::move(bytes), impl_->now);
    impl_->must(nghttp2_session_resume_data(impl_->session.get(), stream));
    return true;
}

void Http2ServerSession::end_stream(Http2StreamId stream, HttpStreamEnd end) {
    ServerStream* found = impl_->find(stream);
    if (found == nullptr || !found->has_begun || found->has_ended)
        return;
    found->queue(std::move(end.last_chunk), impl_->now);
    impl_->end(stream, *found, std::move(end.trailers));
}

bool Http2ServerSession::has_room(Http2StreamId stream) const {
    const ServerStream* found = impl_->find(stream);
    return found != nullptr && found->has_room(impl_->limits);
}

void Http2ServerSession::wants_room(Http2StreamId stream) {
    if (ServerStream* found = impl_->find(stream))
        found->wants_room = true;
}

bool Http2ServerSession::is_answerable(Http2StreamId stream) const {
    const ServerStream* found = impl_->find(stream);
    return found != nullptr && !found->has_ended;
}

}  // namespace noodstop::platform
