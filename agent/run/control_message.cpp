#include "agent/run/control_message.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace noodstop::run {
namespace {

using platform::Done;
using platform::FileDescriptor;
using platform::Result;
using platform::Status;
using platform::system_error;

struct FileRoom {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
};

bool is_known(char kind) {
    return std::strchr("derap", kind) != nullptr && kind != '\0';
}

FileDescriptor file_of(msghdr& header) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        int number = -1;
        std::memcpy(&number, CMSG_DATA(part), sizeof number);
        return FileDescriptor(number);
    }
    return {};
}

Result<SocketPair> make_pair(int type) {
    int ends[2];
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return system_error(errno, "make a socket pair");
    return SocketPair{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace

Status send_control(int socket, const ControlMessage& message) {
    std::string bytes(1, static_cast<char>(message.kind));
    bytes += message.text.substr(0, control_text_max);
    iovec content{bytes.data(), bytes.size()};
    msghdr header{};
    header.msg_iov = &content;
    header.msg_iovlen = 1;
    FileRoom room;
    if (message.file.valid()) {
        header.msg_control = room.bytes.data();
        header.msg_controllen = room.bytes.size();
        cmsghdr* part = CMSG_FIRSTHDR(&header);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof(int));
        const int number = message.file.number();
        std::memcpy(CMSG_DATA(part), &number, sizeof number);
    }
    if (::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return system_error(errno, "send a control message");
    return Done{};
}

ControlReceived receive_control(int socket) {
    std::array<char, control_text_max + 1> bytes{};
    iovec content{bytes.data(), bytes.size()};
    FileRoom room;
    msghdr header{};
    header.msg_iov = &content;
    header.msg_iovlen = 1;
    header.msg_control = room.bytes.data();
    header.msg_controllen = room.bytes.size();
    const ssize_t count = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0)
        return {.closed = errno != EAGAIN && errno != EINTR};
    if (count == 0)
        return {.closed = true};
    ControlMessage message;
    message.file = file_of(header);
    if (!is_known(bytes[0]))
        return {};
    message.kind = static_cast<ControlKind>(bytes[0]);
    message.text.assign(bytes.data() + 1, static_cast<std::size_t>(count) - 1);
    return {.message = std::move(message)};
}

Result<SocketPair> make_control_pair() {
    return make_pair(SOCK_SEQPACKET);
}

Result<SocketPair> make_stream_pair() {
    return make_pair(SOCK_STREAM);
}

}  // namespace noodstop::run
