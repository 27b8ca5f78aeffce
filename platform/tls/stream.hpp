// A TLS connection on a stream socket, with the operations that Boost.Asio and Boost.Beast ask of an AsyncStream.
//
// For one thread, or one strand. At most one read and one write at a time. The handshake comes first; destroying the
// stream closes the socket, and what is pending ends with operation_aborted. Deadlines of reads and writes are the
// caller's, but for close_when_idle().
#pragma once

#include "platform/tls/stream_core.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>

#include <algorithm>
#include <utility>

namespace noodstop::platform::tls {

// An operation as Asio composes it: starts, waits for the signal, tells the result.
template <class Start, bool with_size>
struct StreamOperation {
    std::shared_ptr<StreamCore> core;
    Operation operation;
    Start start;
    bool is_started = false;

    template <class Self>
    void operator()(Self& self, boost::system::error_code = {}) {
        if (!std::exchange(is_started, true)) {
            const auto kept = core;  // this object moves away with `self`
            self.reset_cancellation_state(boost::asio::enable_total_cancellation());
            start(*kept);
            kept->signal(operation).async_wait(std::move(self));
            return kept->drive();
        }
        const auto [error, size] = core->take_result(operation);
        if constexpr (with_size)
            self.complete(error, size);
        else
            self.complete(error);
    }
};

class Stream {
public:
    using executor_type = boost::asio::any_io_executor;
    using next_layer_type = StreamCore::Socket;
    using lowest_layer_type = StreamCore::Socket;
    using ErrorCode = boost::system::error_code;

    // The socket is connected, and of TCP or any other stream.
    Stream(StreamCore::Socket socket, Engine engine)
        : core_(std::make_shared<StreamCore>(std::move(socket), std::move(engine))) {}
    Stream(Stream&&) noexcept = default;
    Stream& operator=(Stream&&) = delete;
    ~Stream() {
        if (core_)
            core_->close(boost::asio::error::operation_aborted);
    }

    executor_type get_executor() { return core_->socket().get_executor(); }
    next_layer_type& next_layer() { return core_->socket(); }
    const next_layer_type& next_layer() const { return core_->socket(); }
    lowest_layer_type& lowest_layer() { return core_->socket(); }

    // void(ErrorCode). timed_out closes the socket.
    template <class Token>
    auto async_handshake(std::chrono::milliseconds deadline, Token&& token) {
        return begin<false>(
            Operation::handshake, [deadline](StreamCore& core) { core.start_handshake(deadline); },
            std::forward<Token>(token));
    }

    // void(ErrorCode). Sends close_notify and the end of sending, and doesn't wait for the other end's; what it still
    // sends can be read. Destroy the stream to close it for good. timed_out closes the socket.
    template <class Token>
    auto async_shutdown(std::chrono::milliseconds deadline, Token&& token) {
        return begin<false>(
            Operation::shutdown, [deadline](StreamCore& core) { core.start_shutdown(deadline); },
            std::forward<Token>(token));
    }

    // void(ErrorCode, std::size_t). eof: the other end said close_notify. TlsError::truncated: it is gone without.
    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return begin<true>(
            Operation::read,
            [buffers](StreamCore& core) {
                const auto buffer = first_of<boost::asio::mutable_buffer>(buffers);
                core.start_read(static_cast<char*>(buffer.data()), buffer.size());
            },
            std::forward<Token>(token));
    }

    // void(ErrorCode, std::size_t). Complete when that much has been handed to the socket.
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return begin<true>(
            Operation::write, [buffers](StreamCore& core) { core.start_write(joined(buffers, core.gathered())); },
            std::forward<Token>(token));
    }

    // At once, without close_notify.
    void close() { core_->close(boost::asio::error::operation_aborted); }

    // From now on a stream on which nothing is read or sent for so long is closed: timed_out.
    void close_when_idle(std::chrono::milliseconds deadline) { core_->close_when_idle(deadline); }

    const Peer& peer() const { return core_->engine().peer(); }               // once the handshake is done
    const std::string& problem() const { return core_->engine().problem(); }  // what was wrong, as a sentence

    // Lives as long as the connection does, beside what is kept already.
    void keep(std::shared_ptr<void> kept) { core_->keep(std::move(kept)); }

private:
    static constexpr std::size_t record_size = 16 * 1024;

    template <bool with_size, class Start, class Token>
    auto begin(Operation operation, Start start, Token&& token) {
        using Signature = std::conditional_t<with_size, void(ErrorCode, std::size_t), void(ErrorCode)>;
        return boost::asio::async_compose<Token, Signature>(
            StreamOperation<Start, with_size>{core_, operation, std::move(start)}, token, core_->socket());
    }

    // The first buffer that is not empty.
    template <class Buffer, class Buffers>
    static Buffer first_of(const Buffers& buffers) {
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end; ++at)
            if (Buffer(*at).size() > 0)
                return *at;
        return {};
    }

    // Many small buffers become one record: a head, a chunk's length and a chunk need not travel apart.
    template <class Buffers>
    static std::string_view joined(const Buffers& buffers, std::string& gathered) {
        const auto first = first_of<boost::asio::const_buffer>(buffers);
        if (first.size() >= record_size || first.size() == boost::asio::buffer_size(buffers))
            return {static_cast<const char*>(first.data()), first.size()};
        gathered.resize(std::min(record_size, boost::asio::buffer_size(buffers)));
        boost::asio::buffer_copy(boost::asio::buffer(gathered), buffers);
        return gathered;
    }

    std::shared_ptr<StreamCore> core_;
};

}  // namespace noodstop::platform::tls
