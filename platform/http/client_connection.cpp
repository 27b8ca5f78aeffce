#include "platform/http/client_connection.hpp"

#include "platform/http/message_text.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cerrno>
#include <optional>

namespace noodstop::platform {
namespace {

constexpr std::size_t receive_buffer_size = 16 * 1024;

}  // namespace

// Handlers of operations hold it. Between requests nothing is read: that the server has gone shows with the next one.
class HttpClientConnection::Impl : public std::enable_shared_from_this<Impl> {
public:
    using ErrorCode = boost::system::error_code;

    Impl(std::unique_ptr<ByteStream> stream, HttpClientConnectionOptions options)
        : stream_(std::move(stream)), options_(std::move(options)), timer_(stream_->executor()) {}

    void send(const HttpRequest& request, std::chrono::milliseconds deadline, Answered answered) {
        answered_ = std::move(answered);
        reader_.emplace(HttpMessageLimits{options_.header_size_max, options_.body_size_max});
        unwritten_ = request_text(request, {options_.host, true});
        written_ = 0;
        timer_.expires_after(deadline);
        timer_.async_wait([self = shared_from_this()](ErrorCode error) {
            if (!error && self->timer_.expiry() <= std::chrono::steady_clock::now())
                self->fail({ETIMEDOUT, "no answer within the deadline"});
        });
        write();
        read();
    }

    bool is_usable() const { return !is_closed_ && !answered_; }

    void close() {
        is_closed_ = true;
        answered_ = {};
        timer_.cancel();
        stream_->close();
    }

private:
    void write() {
        stream_->async_write_some(boost::asio::buffer(unwritten_.data() + written_, unwritten_.size() - written_),
                                  [self = shared_from_this()](ErrorCode error, std::size_t size) {
                                      self->written_ += size;
                                      // A server that refuses early may close before it has read everything; its answer
                                      // is there all the same.
                                      if (!error && !self->is_closed_ && self->written_ < self->unwritten_.size())
                                          self->write();
                                  });
    }

    void read() {
        if (std::exchange(is_reading_, true))
            return;
        stream_->async_read_some(boost::asio::buffer(buffer_),
                                 [self = shared_from_this()](ErrorCode error, std::size_t size) {
                                     self->is_reading_ = false;
                                     self->was_read(error, size);
                                 });
    }

    void was_read(const ErrorCode& error, std::size_t size) {
        if (is_closed_ || !answered_)
            return;
        if (error && error != boost::asio::error::eof)
            return fail({ECONNRESET, "the connection was lost: " + error.message()});
        const bool had_begun = reader_->has_begun();
        waiting_.append(buffer_.data(), size);
        const ReadState state = error ? reader_->put_end() : reader_->put(waiting_);
        if (state == ReadState::refused)
            return fail({error && !had_begun ? ECONNRESET : EPROTO, reader_->problem()});
        if (state == ReadState::wants_more)
            return read();
        finish();
    }

    void finish() {
        // What comes unasked, or before the request has gone out, is no beginning of another answer.
        const bool is_kept = reader_->keeps_alive() && waiting_.empty() && written_ == unwritten_.size();
        HttpResponse response = reader_->take_response();
        const auto answered = std::exchange(answered_, {});
        timer_.cancel();
        if (!is_kept)
            close();
        answered(std::move(response));
    }

    void fail(const Error& error) {
        const auto answered = std::exchange(answered_, {});
        close();
        if (answered)
            answered(error);
    }

    std::unique_ptr<ByteStream> stream_;
    HttpClientConnectionOptions options_;
    boost::asio::steady_timer timer_;
    Answered answered_;
    std::optional<HttpResponseReader> reader_;
    std::array<char, receive_buffer_size> buffer_;
    std::string waiting_;  // read and not yet used
    std::string unwritten_;
    std::size_t written_ = 0;
    bool is_reading_ = false;
    bool is_closed_ = false;
};

HttpClientConnection::HttpClientConnection(std::unique_ptr<ByteStream> stream, HttpClientConnectionOptions options)
    : impl_(std::make_shared<Impl>(std::move(stream), std::move(options))) {}

HttpClientConnection::~HttpClientConnection() {
    impl_->close();
}

void HttpClientConnection::send(const HttpRequest& request, std::chrono::milliseconds deadline, Answered answered) {
    impl_->send(request, deadline, std::move(answered));
}

bool HttpClientConnection::is_usable() const {
    return impl_->is_usable();
}

}  // namespace noodstop::platform
