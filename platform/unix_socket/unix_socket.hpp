// Unix domain stream sockets: listening, connecting, who is at the other end, and passing descriptors along.
#pragma once

#include "platform/file/file.hpp"
#include "platform/result.hpp"

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace noodstop::platform {

struct ListenOptions {
    std::string path;
    std::string group;     // name or number of the group that may connect; empty: the caller's own
    unsigned mode = 0660;  // of the socket file: who may connect
    int pending_max = 64;  // connections that nobody has accepted yet
};

// A non-blocking listening socket. Makes the folder (0755) where it is missing. A socket file that nobody answers is
// removed; one that is answered, or a file of another kind, is an error and stays.
Result<FileDescriptor> listen_unix(const ListenOptions& options);

// A blocking connected socket.
Result<FileDescriptor> connect_unix(const std::string& path, std::chrono::milliseconds deadline);

// Two connected stream sockets, closed on exec.
Result<std::pair<FileDescriptor, FileDescriptor>> socket_pair();

struct PeerCredentials {
    pid_t process = -1;
    uid_t user = static_cast<uid_t>(-1);
    gid_t group = static_cast<gid_t>(-1);
};

// Of the process that connected (or listened, or made the pair), at that moment; kept by the kernel.
Result<PeerCredentials> peer_credentials(int socket);

// Credentials of a client whose connection was accepted from a listening socket of ours, for a socket that somebody
// less trusted handed over. Listening sockets, pairs and outgoing connections are refused: their credentials are of
// whoever made the other end, and that may well be root.
Result<PeerCredentials> accepted_client(int socket);

// Sends without waiting and returns how many bytes went out; `descriptor` (-1: none) travels with the first of them.
// An error with EAGAIN means that the buffer is full.
Result<std::size_t> send_now(int socket, std::string_view bytes, int descriptor);

struct Received {
    std::string bytes;  // empty: the other end closed
    std::vector<FileDescriptor> descriptors;
};

// Receives what is there, up to size_max bytes, without waiting. More than descriptors_received_max at once are an
// error. An error with EAGAIN means that nothing is there.
inline constexpr std::size_t descriptors_received_max = 16;
Result<Received> receive_now(int socket, std::size_t size_max);

}  // namespace noodstop::platform
