#include "platform/tls/conversation.hpp"

namespace noodstop::platform::tls {
namespace {

// Reads last, so that what others wrote is on its way before anything is received.
constexpr Operation in_order[] = {Operation::handshake, Operation::write, Operation::shutdown, Operation::read};

}  // namespace

bool Conversation::start(Operation operation) {
    if (is_pending(operation))
        return false;
    pending_[index_of(operation)].emplace();
    return true;
}

bool Conversation::start_read(char* bytes, std::size_t size) {
    if (!start(Operation::read))
        return false;
    read_bytes_ = bytes;
    read_size_ = size;
    return true;
}

bool Conversation::start_write(std::string_view bytes) {
    if (!start(Operation::write))
        return false;
    write_bytes_ = bytes;
    return true;
}

Step Conversation::step_of(Operation operation) {
    switch (operation) {
        case Operation::handshake:
            return engine_.handshake();
        case Operation::read:
            return read_size_ == 0 ? Step{Outcome::done} : engine_.read(read_bytes_, read_size_);
        case Operation::write:
            return engine_.write(write_bytes_);
        case Operation::shutdown:
            return engine_.close();
    }
    return {};
}

void Conversation::judge(Operation operation, Pending& pending, const Step& step) {
    pending.wants_input = step.outcome == Outcome::wants_input;
    pending.has_result = !pending.wants_input && step.outcome != Outcome::wants_output;
    switch (step.outcome) {
        case Outcome::done:
            pending.size = step.size;
            break;
        case Outcome::wants_input:
            if (receive_failure_) {
                pending.has_result = true;
                pending.error = *receive_failure_;
            }
            break;
        case Outcome::wants_output:
            break;
        case Outcome::closed:
            pending.error = boost::asio::error::eof;
            break;
        case Outcome::truncated:
        case Outcome::failed:
            pending.error = make_error_code(engine_.error());
            break;
    }
    if (send_failure_ && waits_for_sending(operation) && !pending.error) {
        pending.has_result = true;
        pending.error = *send_failure_;
    }
}

void Conversation::step(Operation operation, Pending& pending) {
    if (pending.has_result)
        return;
    if (over_) {
        pending.has_result = true;
        pending.error = *over_;
        return;
    }
    judge(operation, pending, step_of(operation));
}

std::optional<Action> Conversation::completion(Operation operation, Pending& pending) {
    const bool is_all_sent = engine_.output().empty() || send_failure_ || over_;
    if (!pending.has_result || (waits_for_sending(operation) && !is_all_sent))
        return std::nullopt;
    // What was taken is lost if it could not be sent.
    if (send_failure_ && waits_for_sending(operation) && !pending.error)
        pending.error = *send_failure_;
    const std::size_t size = pending.error ? 0 : pending.size;
    const Action action{Action::Kind::complete, operation, pending.error, size};
    pending_[index_of(operation)].reset();
    return action;
}

Action Conversation::next() {
    for (const Operation operation : in_order)
        if (auto& pending = pending_[index_of(operation)])
            step(operation, *pending);
    for (const Operation operation : in_order)
        if (auto& pending = pending_[index_of(operation)])
            if (const auto action = completion(operation, *pending))
                return *action;
    if (over_)
        return {};
    if (!is_sending_ && !send_failure_ && !engine_.output().empty()) {
        is_sending_ = true;
        return {Action::Kind::send};
    }
    bool wants_input = false;
    for (const auto& pending : pending_)
        wants_input |= pending && pending->wants_input && !pending->has_result;
    if (wants_input && !is_receiving_) {
        is_receiving_ = true;
        return {Action::Kind::receive};
    }
    return {};
}

void Conversation::received(const ErrorCode& error, std::string_view bytes) {
    is_receiving_ = false;
    if (!error) {
        engine_.put(bytes);
    } else if (error == boost::asio::error::eof) {
        engine_.put_end();
    } else if (error == boost::asio::error::operation_aborted) {
        for (auto& pending : pending_)
            if (pending && pending->wants_input && !pending->has_result) {
                pending->has_result = true;
                pending->error = error;
            }
    } else {
        receive_failure_ = error;
    }
}

void Conversation::sent(const ErrorCode& error, std::size_t size) {
    is_sending_ = false;
    engine_.sent(size);
    if (error)
        send_failure_ = error;
}

void Conversation::cancel(Operation operation) {
    auto& pending = pending_[index_of(operation)];
    if (!pending)
        return;
    // Half of a record may be on its way; whoever gives up writing has given up the connection.
    if (waits_for_sending(operation))
        return end(boost::asio::error::operation_aborted);
    pending->has_result = true;
    pending->error = boost::asio::error::operation_aborted;
}

void Conversation::end(const ErrorCode& error) {
    if (!over_)
        over_ = error;
    for (auto& pending : pending_)
        if (pending && (!pending->has_result || !pending->error)) {
            pending->has_result = true;
            pending->error = error;
        }
}

}  // namespace noodstop::platform::tls
