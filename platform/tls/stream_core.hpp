// The part of a TLS stream that needs no template: a socket, a conversation, and timers. For stream.hpp only.
#pragma once

#include "platform/tls/conversation.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace noodstop::platform::tls {

// Kept alive by whatever is under way in the executor. An operation waits on a timer of its own that never fires and is
// cancelled when the operation is complete: so handlers are the executor's, go when it goes, and are never called from
// within the call that starts them.
class StreamCore : public std::enable_shared_from_this<StreamCore> {
public:
    using Socket = boost::asio::generic::stream_protocol::socket;
    using ErrorCode = boost::system::error_code;
    using Timer = boost::asio::steady_timer;

    struct Result {
        ErrorCode error;
        std::size_t size = 0;
    };

    StreamCore(Socket socket, Engine engine);

    // Each starts an operation: first wait on signal(), then drive().
    void start_handshake(std::chrono::milliseconds deadline) { start(Operation::handshake, deadline); }
    void start_shutdown(std::chrono::milliseconds deadline) { start(Operation::shutdown, deadline); }
    void start_read(char* bytes, std::size_t size);
    void start_write(std::string_view bytes);

    Timer& signal(Operation operation) { return signals_[static_cast<std::size_t>(operation)]; }
    // Once signal() has been cancelled. Where that was not our doing, the operation is cancelled.
    Result take_result(Operation operation);
    void drive();

    void close(const ErrorCode& error);
    void close_when_idle(std::chrono::milliseconds deadline);

    Socket& socket() { return socket_; }
    const Engine& engine() const { return conversation_.engine(); }
    std::string& gathered() { return gathered_; }
    void keep(std::shared_ptr<void> kept) { kept_.push_back(std::move(kept)); }

private:
    void start(Operation operation, std::chrono::milliseconds deadline);
    void refuse(Operation operation);
    void receive();
    void receive_later();
    void send();
    void send_later();
    void finish(const Action& action);
    void watch_idleness();

    Socket socket_;
    Conversation conversation_;
    std::array<Timer, operation_count> signals_;
    std::array<std::optional<Result>, operation_count> results_;
    Timer deadline_;  // of a handshake or a shutdown
    Timer idleness_;
    std::chrono::milliseconds idle_deadline_{0};
    std::chrono::steady_clock::time_point last_moved_;
    std::string gathered_;  // small buffers of one write, side by side
    std::vector<std::shared_ptr<void>> kept_;
};

}  // namespace noodstop::platform::tls
