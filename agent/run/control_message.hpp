// What supervisor and path tell each other over their socket pair (SOCK_SEQPACKET): a kind, a short text, and for two
// of the kinds an open file.
#pragma once

#include "platform/file/file.hpp"

#include <optional>
#include <string>

namespace noodstop::run {

inline constexpr std::size_t control_text_max = 1024;

enum class ControlKind : char {
    doors_link = 'd',   // to the path: its end of the socket pair to a new doors process, whose pid is the text
    child_ended = 'e',  // to the path: a sentence about a child that was started again
    ready = 'r',        // from the path: the first whole cycle is done
    alive = 'a',        // from the path: it goes on turning
    policy = 'p',       // from the path: a file with the policy that is in force now (policy_file.hpp)
};

struct ControlMessage {
    ControlKind kind = ControlKind::alive;
    std::string text;
    platform::FileDescriptor file;
};

// Never blocks and raises no signal. A message that finds no room is an error; the sender goes on without.
platform::Status send_control(int socket, const ControlMessage& message);

struct ControlReceived {
    bool closed = false;                    // the other side is gone
    std::optional<ControlMessage> message;  // none: nothing waits, or it was not one of ours
};
ControlReceived receive_control(int socket);

struct SocketPair {
    platform::FileDescriptor left;
    platform::FileDescriptor right;
};
// Of a connected pair, closed on exec.
platform::Result<SocketPair> make_control_pair();
platform::Result<SocketPair> make_stream_pair();

}  // namespace noodstop::run
