#include "platform/rpc/call.hpp"

#include "platform/rpc/message_reader.hpp"

#include <boost/asio/steady_timer.hpp>

#include <optional>

namespace noodstop::platform {
namespace {

// Reads, and answers. The exchange holds it while the body is read, afterwards only the handler does.
class Call : public std::enable_shared_from_this<Call> {
public:
    Call(boost::asio::io_context& io, std::shared_ptr<CallShared> shared, CallOptions options,
         std::shared_ptr<HttpExchange> exchange)
        : shared_(std::move(shared)),
          options_(std::move(options)),
          exchange_(std::move(exchange)),
          caller_(counted_as(exchange_->peer())),
          deadline_(io),
          reader_({options_.format->body_form(), options_.head.is_compressed, shared_->message_size_max}) {
        count().begin(caller_);
    }
    ~Call() { count().end(caller_); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    void start(FirstPiece first) {
        exchange_->when_gone([weak = weak_from_this()] {
            if (const auto self = weak.lock())
                self->client_is_gone();
        });
        if (options_.timeout != std::chrono::milliseconds::max())
            end_after(options_.timeout);
        if (options_.method.shape == RpcShape::two_way) {
            exchange_->allow_slow_body();
            begin_answer();
        }
        take_piece(std::move(first.bytes), first.is_whole);
    }

    void add_metadata(std::string name, std::string value) {
        answer_head_.metadata.push_back({std::move(name), std::move(value)});
    }
    void add_trailer(std::string name, std::string value) { trailers_.push_back({std::move(name), std::move(value)}); }

    void answer(std::string message) {
        if (is_over_)
            return;
        answer_head_.is_compressed = options_.head.accepts_gzip;
        if (!has_begun_)
            if (auto whole = options_.format->whole(answer_head_, message, trailers_))
                return respond(std::move(*whole));
        begin_answer();
        end_with(nullptr, options_.format->stream_message(answer_head_.is_compressed, std::move(message)));
    }

    bool send(std::string message) {
        if (is_over_ || options_.method.shape == RpcShape::unary)
            return false;
        begin_answer();
        return exchange_->has_room() &&
               exchange_->send_chunk(options_.format->stream_message(answer_head_.is_compressed, std::move(message)));
    }

    void finish() {
        if (options_.method.shape == RpcShape::unary)
            return fail({RpcCode::internal, "a unary call ended without an answer"});
        if (is_over_)
            return;
        begin_answer();
        end_with(nullptr, {});
    }

    void fail(const RpcError& error) {
        if (is_over_)
            return;
        if (has_begun_)
            return end_with(&error, {});
        respond(options_.format->failure(error, trailers_));
    }

    bool is_open() const { return !is_over_ && exchange_->is_open(); }
    void when_gone(std::function<void()> gone) { gone_ = std::move(gone); }

    // The handler has let go of a call that it did not end.
    void abandoned() {
        if (!is_over_ && options_.method.shape != RpcShape::two_way)
            finish();
    }

private:
    CallCount& count() { return options_.method.shape == RpcShape::unary ? shared_->unary : shared_->streams; }

    void end_after(std::chrono::milliseconds time) {
        deadline_.expires_after(time);
        deadline_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
            const auto self = weak.lock();
            if (!error && self)
                self->pass_deadline();
        });
    }

    void pass_deadline() {
        const RpcError error{RpcCode::deadline_exceeded, "the deadline of the call has passed"};
        if (is_handed_over_)
            fail(error);
        else
            refuse(RpcRefusalKind::over_limit, error);
    }

    void begin_answer() {
        if (std::exchange(has_begun_, true))
            return;
        answer_head_.is_compressed = options_.head.accepts_gzip;
        exchange_->begin_stream(options_.format->stream_head(answer_head_));
    }

    void end_with(const RpcError* error, std::string last_message) {
        over();
        AnswerEnd end = options_.format->stream_end(error, trailers_);
        exchange_->end_stream({std::move(last_message += end.body), std::move(end.trailers)});
    }

    void respond(HttpResponse response) {
        over();
        exchange_->respond(std::move(response));
    }

    void over() {
        is_over_ = true;
        deadline_.cancel();
        gone_ = {};
        responder_.reset();
    }

    void client_is_gone() {
        const auto gone = std::exchange(gone_, {});
        over();
        if (gone)
            gone();
    }

    void refuse(RpcRefusalKind kind, const RpcError& error) {
        if (is_over_)
            return;
        if (shared_->hooks.refused)
            shared_->hooks.refused({kind, exchange_->peer(), options_.path, error});
        fail(error);
    }

    void take_piece(std::string piece, bool is_last) {
        reader_.put(piece);
        if (is_last)
            reader_.finish();
        take_messages();
    }

    void take_messages() {
        const auto self = shared_from_this();
        while (!is_over_) {
            if (options_.method.shape == RpcShape::two_way && !exchange_->has_room())
                return exchange_->when_room([self] { self->take_messages(); });
            auto taken = reader_.take();
            if (const auto* error = std::get_if<RpcError>(&taken))
                return refuse(refusal_kind_of(*error), *error);
            auto* message = std::get_if<std::string>(&taken);
            if (message == nullptr)
                return reader_.is_at_end() ? messages_ended() : read_on();
            take_message(std::move(*message));
        }
    }

    static RpcRefusalKind refusal_kind_of(const RpcError& error) {
        return error.code == RpcCode::resource_exhausted ? RpcRefusalKind::over_limit : RpcRefusalKind::malformed;
    }

    void read_on() {
        exchange_->read_body([self = shared_from_this()](std::string piece, bool is_last) {
            if (!self->is_over_)
                self->take_piece(std::move(piece), is_last);
        });
    }

    void take_message(std::string message) {
        if (options_.method.shape == RpcShape::two_way)
            return hand_over(std::move(message));
        if (only_message_)
            return refuse(RpcRefusalKind::malformed, {RpcCode::unimplemented, "the request has more than one message"});
        only_message_ = std::move(message);
    }

    void messages_ended() {
        if (options_.method.shape == RpcShape::two_way)
            return finish();
        if (!only_message_)
            return refuse(RpcRefusalKind::malformed, {RpcCode::unimplemented, "the request has no message"});
        hand_over(std::move(*only_message_));
        only_message_.reset();
    }

    void hand_over(std::string message);

    std::shared_ptr<CallShared> shared_;
    CallOptions options_;
    std::shared_ptr<HttpExchange> exchange_;
    std::string caller_;
    boost::asio::steady_timer deadline_;
    MessageReader reader_;
    AnswerHead answer_head_;
    HttpHeaders trailers_;
    std::optional<std::string> only_message_;
    std::shared_ptr<RpcResponder> responder_;  // of a two-way call, while its messages come
    std::function<void()> gone_;
    bool has_begun_ = false;  // the answer
    bool is_handed_over_ = false;
    bool is_over_ = false;
};

// What the handler holds.
class Responder : public RpcResponder {
public:
    explicit Responder(std::shared_ptr<Call> call) : call_(std::move(call)) {}
    ~Responder() override { call_->abandoned(); }
    Responder(const Responder&) = delete;
    Responder& operator=(const Responder&) = delete;

    void add_metadata(std::string name, std::string value) override {
        call_->add_metadata(std::move(name), std::move(value));
    }
    void add_trailer(std::string name, std::string value) override {
        call_->add_trailer(std::move(name), std::move(value));
    }
    void answer(std::string message) override { call_->answer(std::move(message)); }
    bool send(std::string message) override { return call_->send(std::move(message)); }
    void finish() override { call_->finish(); }
    void fail(RpcError error) override { call_->fail(error); }
    bool is_open() const override { return call_->is_open(); }
    void when_gone(std::function<void()> gone) override { call_->when_gone(std::move(gone)); }

private:
    std::shared_ptr<Call> call_;
};

void Call::hand_over(std::string message) {
    is_handed_over_ = true;
    const bool is_two_way = options_.method.shape == RpcShape::two_way;
    auto responder = responder_ ? responder_ : std::make_shared<Responder>(shared_from_this());
    if (is_two_way)
        responder_ = responder;
    options_.method.handle({std::move(message), exchange_->peer(), exchange_->socket(), options_.head.metadata},
                           responder);
    // A client waits for the head of a stream, however quiet that is.
    if (!is_over_ && options_.method.shape == RpcShape::server_stream)
        begin_answer();
}

}  // namespace

void start_call(boost::asio::io_context& io, const std::shared_ptr<CallShared>& shared, CallOptions options,
                std::shared_ptr<HttpExchange> exchange, FirstPiece first) {
    std::make_shared<Call>(io, shared, std::move(options), std::move(exchange))->start(std::move(first));
}

}  // namespace noodstop::platform
