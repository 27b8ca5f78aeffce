#include "platform/rpc/grpc_client_session.hpp"

#include "platform/gzip/gzip.hpp"
#include "platform/rpc/envelope.hpp"
#include "platform/rpc/grpc.hpp"
#include "platform/rpc/grpc_response.hpp"
#include "platform/rpc/http2_callbacks.hpp"

#include <map>
#include <new>

namespace noodstop::platform {

using namespace http2;

namespace {

constexpr std::size_t client_output_size = 16 * 1024;

struct ClientCall {
    ClientCall(const GrpcResponseLimits& limits, Time given_deadline) : response(limits), deadline(given_deadline) {}
    GrpcResponse response;
    SendQueue unsent;
    Time deadline;
};

GrpcResponseLimits response_limits(const GrpcClientOptions& options) {
    return {options.message_size_max, options.http2.header_list_size_max};
}

std::string body_of(const GrpcRequest& request) {
    return request.is_compressed ? envelope(compressed_flag, gzip(request.message)) : envelope(0, request.message);
}

HeaderBlock headers_of(const GrpcRequest& request, const GrpcClientOptions& options) {
    HeaderBlock headers;
    headers.add(":method", "POST");
    headers.add(":scheme", options.scheme);
    headers.add(":authority", options.authority);
    headers.add(":path", request.path);
    headers.add("te", "trailers");
    headers.add("content-type", grpc::type);
    headers.add("grpc-timeout", grpc::timeout_text(request.timeout));
    if (request.is_compressed)
        headers.add("grpc-encoding", "gzip");
    headers.add("grpc-accept-encoding", "gzip, identity");
    headers.add("user-agent", options.user_agent);
    headers.add(grpc::encoded_metadata(request.metadata));
    return headers;
}

}  // namespace

struct GrpcClientSession::Impl {
    Impl(const GrpcClientOptions& given_options, Time given_now)
        : options(given_options), now(given_now), began(given_now), guard(given_options.http2, given_now) {
        const CallbacksPointer callbacks = Callbacks<Impl>::make();
        const OptionPointer session_options = new_options(options.http2);
        nghttp2_session* made = nullptr;
        if (nghttp2_session_client_new2(&made, callbacks.get(), this, session_options.get()) != 0)
            throw std::bad_alloc();
        session.reset(made);
        auto settings = common_settings(options.http2);
        settings.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
        must(nghttp2_submit_settings(session.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size()));
    }

    void must(int result) { is_broken |= result != 0 && nghttp2_is_fatal(result) != 0; }

    ClientCall* find(GrpcCallId id) {
        const auto found = calls.find(id);
        return found == calls.end() ? nullptr : &found->second;
    }

    void answer(GrpcCallId id, GrpcResult result) {
        if (calls.erase(id) > 0)
            answers.push_back({id, std::move(result)});
    }

    // Answers a call whose stream is still open.
    void give_up(GrpcCallId id, const RpcError& error) {
        if (find(id) == nullptr)
            return;
        answer(id, error);
        must(nghttp2_submit_rst_stream(session.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL));
    }

    std::variant<GrpcCallId, RpcError> start(const GrpcRequest& request) {
        if (!takes_calls())
            return RpcError{RpcCode::unavailable, "the connection takes no more calls"};
        if (calls.size() >= options.calls_max)
            return RpcError{RpcCode::resource_exhausted, "too many calls are under way"};
        const HeaderBlock headers = headers_of(request, options);
        const nghttp2_data_provider provider = Callbacks<Impl>::provider();
        const GrpcCallId id =
            nghttp2_submit_request(session.get(), nullptr, headers.data(), headers.size(), &provider, nullptr);
        if (id < 0)
            return RpcError{RpcCode::unavailable, std::string("no further call: ") + nghttp2_strerror(id)};
        ClientCall& call = calls.try_emplace(id, response_limits(options), now + request.timeout).first->second;
        call.unsent.push(body_of(request));
        return id;
    }

    int give_data(GrpcCallId id, std::uint8_t* to, std::size_t size_max, std::uint32_t& flags) {
        ClientCall* call = find(id);
        if (call == nullptr)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        const std::size_t size = call->unsent.pop(to, size_max);
        if (call->unsent.is_empty())
            flags |= NGHTTP2_DATA_FLAG_EOF;
        return static_cast<int>(size);
    }

    int frame_begins(const nghttp2_frame_hd& frame) {
        guard.frame_came(frame, now);
        return 0;
    }

    int headers_begin(const nghttp2_frame&) { return 0; }

    int header_came(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
        ClientCall* call = find(frame.hd.stream_id);
        if (call != nullptr && !call->response.put_header(name, value))
            give_up(frame.hd.stream_id, call->response.problem());
        return 0;
    }

    int frame_came(const nghttp2_frame& frame) {
        if (frame.hd.type == NGHTTP2_SETTINGS)
            have_settings_come = true;
        if (frame.hd.type == NGHTTP2_GOAWAY)
            is_closing = true;
        ClientCall* call = find(frame.hd.stream_id);
        const bool is_last = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        if (call != nullptr && frame.hd.type == NGHTTP2_HEADERS)
            call->response.headers_ended(is_last);
        return 0;
    }

    int data_came(GrpcCallId id, std::string_view bytes) {
        must(nghttp2_session_consume(session.get(), id, bytes.size()));
        ClientCall* call = find(id);
        if (call != nullptr && !call->response.put_data(bytes))
            give_up(id, call->response.problem());
        return 0;
    }

    int stream_closed(GrpcCallId id, std::uint32_t reset) {
        if (ClientCall* call = find(id))
            answer(id, call->response.result(reset));
        return 0;
    }

    int frame_sent(const nghttp2_frame& frame) {
        guard.frame_sent(frame, now);
        return 0;
    }

    // A call that was never begun: the server had said that it goes.
    int frame_not_sent(const nghttp2_frame& frame) {
        if (frame.hd.type == NGHTTP2_HEADERS)
            answer(frame.hd.stream_id, RpcError{RpcCode::unavailable, "the server takes no more calls"});
        return 0;
    }

    void receive(std::string_view bytes) {
        if (is_broken)
            return;
        const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
        is_broken = nghttp2_session_mem_recv(session.get(), data, bytes.size()) < 0;
        calm_flood();
        notice_end();
    }

    std::string take_output() {
        if (is_broken)
            return {};
        std::string output = next_output(session.get(), client_output_size, is_broken);
        calm_flood();
        notice_end();
        return output;
    }

    // nghttp2 has ended the session where the server broke the rules; no call of it is answered any more.
    void notice_end() {
        if (is_broken ||
            (nghttp2_session_want_read(session.get()) == 0 && nghttp2_session_want_write(session.get()) == 0))
            lose("the server broke the rules of HTTP/2");
    }

    void calm_flood() {
        if (!guard.is_flooded() || std::exchange(is_terminated, true))
            return;
        must(nghttp2_session_terminate_session(session.get(), NGHTTP2_ENHANCE_YOUR_CALM));
        lose("the server flooded the connection");
    }

    void lose(const std::string& why) {
        is_closing = true;
        while (!calls.empty())
            answer(calls.begin()->first, RpcError{RpcCode::unavailable, why});
    }

    Time deadline() const {
        Time earliest = have_settings_come ? Time::max() : began + options.http2.read_deadline;
        for (const auto& [id, call] : calls)
            earliest = std::min(earliest, call.deadline);
        return earliest;
    }

    void expire() {
        if (!have_settings_come && now >= began + options.http2.read_deadline) {
            is_broken = true;
            return lose("the server does not speak HTTP/2");
        }
        std::vector<GrpcCallId> late;
        for (const auto& [id, call] : calls)
            if (now >= call.deadline)
                late.push_back(id);
        for (const GrpcCallId id : late)
            give_up(id, {RpcCode::deadline_exceeded, "no answer within the deadline"});
    }

    bool takes_calls() const {
        return !is_broken && !is_closing && nghttp2_session_check_request_allowed(session.get()) != 0;
    }

    // Ours is the first GOAWAY, or the server's was: with no call left there is nothing more to be said.
    bool is_over() const {
        return is_broken ||
               (nghttp2_session_want_read(session.get()) == 0 && nghttp2_session_want_write(session.get()) == 0) ||
               (is_closing && calls.empty() && nghttp2_session_want_write(session.get()) == 0);
    }

    GrpcClientOptions options;
    Time now;
    Time began;
    FloodGuard guard;
    SessionPointer session;
    std::map<GrpcCallId, ClientCall> calls;
    std::vector<GrpcAnswer> answers;
    bool have_settings_come = false;
    bool is_broken = false;
    bool is_closing = false;
    bool is_terminated = false;
};

GrpcClientSession::GrpcClientSession(const GrpcClientOptions& options, Time now)
    : impl_(std::make_unique<Impl>(options, now)) {}

GrpcClientSession::~GrpcClientSession() = default;

std::variant<GrpcCallId, RpcError> GrpcClientSession::start(const GrpcRequest& request, Time now) {
    impl_->now = now;
    return impl_->start(request);
}

void GrpcClientSession::cancel(GrpcCallId call) {
    impl_->give_up(call, {RpcCode::canceled, "canceled here"});
}

void GrpcClientSession::shut_down() {
    if (std::exchange(impl_->is_closing, true) || impl_->is_broken)
        return;
    impl_->must(nghttp2_submit_goaway(impl_->session.get(), NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0));
}

void GrpcClientSession::receive(std::string_view bytes, Time now) {
    impl_->now = now;
    impl_->receive(bytes);
}

void GrpcClientSession::lose(const std::string& why) {
    impl_->lose(why);
    impl_->is_broken = true;
}

std::string GrpcClientSession::take_output(Time now) {
    impl_->now = now;
    return impl_->take_output();
}

std::vector<GrpcAnswer> GrpcClientSession::take_answers() {
    return std::exchange(impl_->answers, {});
}

GrpcClientSession::Time GrpcClientSession::deadline() const {
    return impl_->deadline();
}

void GrpcClientSession::expire(Time now) {
    impl_->now = now;
    impl_->expire();
}

bool GrpcClientSession::takes_calls() const {
    return impl_->takes_calls();
}

bool GrpcClientSession::is_over() const {
    return impl_->is_over();
}

}  // namespace noodstop::platform
