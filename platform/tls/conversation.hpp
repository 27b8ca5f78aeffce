// What a TLS stream does, decided without I/O: which operations are pending, what the socket beneath must do next, and
// when an operation is complete. The stream around it only carries out.
//
// At most one receive and one send are under way at any time. Handshake, read, write and shutdown are the same loop:
// take a step of the engine; send what it wrote; receive if it wants input; again. A failed send is final for what
// writes, and reading goes on until what has come is used up; an aborted receive is final for nobody.
#pragma once

#include "platform/tls/engine.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace noodstop::platform::tls {

enum class Operation {
    handshake,
    read,
    write,
    shutdown,
};
inline constexpr std::size_t operation_count = 4;

struct Action {
    enum class Kind {
        none,      // nothing to do until something is told
        receive,   // ask the socket for bytes, then tell received()
        send,      // send output(), then tell sent()
        complete,  // `operation` is over with `error` and `size`
    };
    Kind kind = Kind::none;
    Operation operation = Operation::handshake;
    boost::system::error_code error;
    std::size_t size = 0;
};

// An operation that is not complete yet.
struct PendingOperation {
    bool has_result = false;  // it only waits until all is sent
    bool wants_input = false;
    boost::system::error_code error;
    std::size_t size = 0;
};

class Conversation {
public:
    using ErrorCode = boost::system::error_code;

    explicit Conversation(Engine engine) : engine_(std::move(engine)) {}

    // False: one of this kind is pending already, which is a mistake of the caller.
    bool start(Operation operation);
    bool start_read(char* bytes, std::size_t size);  // both must stay until the read is complete
    bool start_write(std::string_view bytes);

    // What to do now; to be asked until it says `none`, after each call of the others.
    Action next();

    // Results of what next() asked for.
    void received(const ErrorCode& error, std::string_view bytes);
    void sent(const ErrorCode& error, std::size_t size);
    std::string_view output() const { return engine_.output(); }

    // Ends one operation, or all of them and the conversation.
    void cancel(Operation operation);
    void end(const ErrorCode& error);

    bool is_pending(Operation operation) const { return pending_[index_of(operation)].has_value(); }
    bool is_over() const { return over_.has_value(); }
    const Engine& engine() const { return engine_; }

private:
    using Pending = PendingOperation;

    static constexpr std::size_t index_of(Operation operation) { return static_cast<std::size_t>(operation); }
    static bool waits_for_sending(Operation operation) { return operation != Operation::read; }

    void step(Operation operation, Pending& pending);
    Step step_of(Operation operation);
    void judge(Operation operation, Pending& pending, const Step& step);
    std::optional<Action> completion(Operation operation, Pending& pending);

    Engine engine_;
    std::array<std::optional<Pending>, operation_count> pending_;
    char* read_bytes_ = nullptr;
    std::size_t read_size_ = 0;
    std::string_view write_bytes_;
    bool is_receiving_ = false;
    bool is_sending_ = false;
    std::optional<ErrorCode> receive_failure_;  // final
    std::optional<ErrorCode> send_failure_;     // final
    std::optional<ErrorCode> over_;
};

}  // namespace noodstop::platform::tls
