#include "platform/unix_socket/unix_socket.hpp"

#include "platform/process/users.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <unistd.h>

namespace noodstop::platform {
namespace {

struct Address {
    sockaddr_un content{};
    socklen_t size = sizeof(sockaddr_un);
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&content); }
};

Result<Address> address_of(const std::string& path) {
    Address address;
    if (path.empty() || path.size() >= sizeof address.content.sun_path)
        return Error{ENAMETOOLONG, fmt::format("the socket path {} is empty or longer than {} bytes", path,
                                               sizeof address.content.sun_path - 1)};
    address.content.sun_family = AF_UNIX;
    std::memcpy(address.content.sun_path, path.c_str(), path.size() + 1);
    return address;
}

Result<FileDescriptor> new_socket() {
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.valid())
        return system_error(errno, "make a unix socket");
    return socket;
}

bool somebody_answers(const Address& address) {
    auto socket = new_socket();
    if (!socket)
        return true;  // not known: leave the file alone
    return ::connect(socket->number(), address.get(), address.size) == 0 || errno == EAGAIN;
}

// Makes room for the socket file.
Status remove_stale(const Address& address, const std::string& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0)
        return errno == ENOENT ? Status(Done{}) : Status(system_error(errno, "look at " + path));
    if (!S_ISSOCK(found.st_mode))
        return Error{EEXIST, fmt::format("cannot listen on {}: a file that is no socket is there", path)};
    if (somebody_answers(address))
        return Error{EADDRINUSE, fmt::format("cannot listen on {}: another process answers there", path)};
    if (::unlink(path.c_str()) != 0)
        return system_error(errno, "remove the stale socket " + path);
    return Done{};
}

Status admit_group(const ListenOptions& options) {
    if (!options.group.empty()) {
        const auto group = find_group(options.group);
        if (!group)
            return group.error();
        if (::lchown(options.path.c_str(), static_cast<uid_t>(-1), *group) != 0)
            return system_error(errno, fmt::format("give {} to group {}", options.path, options.group));
    }
    if (::chmod(options.path.c_str(), options.mode) != 0)
        return system_error(errno, "set the mode of " + options.path);
    return Done{};
}

// Nobody can connect before listen(), so that mode and group are in force when the first client comes.
Status bind_and_listen(int socket, const Address& address, const ListenOptions& options) {
    if (::bind(socket, address.get(), address.size) != 0)
        return system_error(errno, "bind " + options.path);
    if (Status status = admit_group(options); !status)
        return status;
    if (::listen(socket, options.pending_max) != 0)
        return system_error(errno, "listen on " + options.path);
    return Done{};
}

Status make_folder_of(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? Status(Done{}) : make_folders(folder, 0755);
}

Result<int> socket_option(int socket, int option, const char* what) {
    int value = 0;
    socklen_t size = sizeof value;
    if (::getsockopt(socket, SOL_SOCKET, option, &value, &size) != 0)
        return system_error(errno, fmt::format("read the {} of a socket", what));
    return value;
}

// The file that a socket is bound to, as this process sees it; accepted sockets have their listener's.
Status named_by_root(int socket) {
    Address address;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address.content), &address.size) != 0)
        return system_error(errno, "read the name of a socket");
    const bool named = address.size > offsetof(sockaddr_un, sun_path) && address.content.sun_path[0] == '/';
    struct stat found {};
    if (!named || ::lstat(address.content.sun_path, &found) != 0 || !S_ISSOCK(found.st_mode))
        return Error{EPERM, "the connection was not accepted from a socket file"};
    if (found.st_uid != 0 && found.st_uid != ::geteuid())
        return Error{EPERM, "the connection was accepted from a socket file of somebody else"};
    return Done{};
}

std::vector<FileDescriptor> take_descriptors(msghdr& message) {
    std::vector<FileDescriptor> taken;
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t index = 0; index < count; ++index) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(part) + index * sizeof(int), sizeof number);
            taken.emplace_back(number);
        }
    }
    return taken;
}

}  // namespace

Result<FileDescriptor> listen_unix(const ListenOptions& options) {
    const auto address = address_of(options.path);
    if (!address)
        return address.error();
    if (Status status = make_folder_of(options.path); !status)
        return status.error();
    if (Status status = remove_stale(*address, options.path); !status)
        return status.error();
    auto socket = new_socket();
    if (!socket)
        return socket;
    if (Status status = bind_and_listen(socket->number(), *address, options); !status)
        return status.error();
    return socket;
}

Result<FileDescriptor> connect_unix(const std::string& path, std::chrono::milliseconds deadline) {
    const auto address = address_of(path);
    if (!address)
        return address.error();
    auto socket = new_socket();
    if (!socket)
        return socket;
    // A full backlog shows as EAGAIN, and unlike with TCP there is nothing to wait on but time.
    const auto give_up = std::chrono::steady_clock::now() + deadline;
    while (::connect(socket->number(), address->get(), address->size) != 0) {
        if ((errno != EAGAIN && errno != EINTR) || std::chrono::steady_clock::now() >= give_up)
            return system_error(errno, "connect to " + path);
        ::poll(nullptr, 0, 10);
    }
    if (::fcntl(socket->number(), F_SETFL, 0) != 0)
        return system_error(errno, "make the socket blocking");
    return socket;
}

Result<std::pair<FileDescriptor, FileDescriptor>> socket_pair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return system_error(errno, "make a pair of sockets");
    return std::pair(FileDescriptor(ends[0]), FileDescriptor(ends[1]));
}

Result<PeerCredentials> peer_credentials(int socket) {
    ucred found{};
    socklen_t size = sizeof found;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0)
        return system_error(errno, "read the credentials of a peer");
    return PeerCredentials{found.pid, found.uid, found.gid};
}

Result<PeerCredentials> accepted_client(int socket) {
    const auto domain = socket_option(socket, SO_DOMAIN, "domain");
    if (!domain)
        return domain.error();
    const auto listens = socket_option(socket, SO_ACCEPTCONN, "state");
    if (!listens)
        return listens.error();
    if (*domain != AF_UNIX || *listens != 0)
        return Error{EPERM, "what was handed over is no accepted unix connection"};
    if (Status status = named_by_root(socket); !status)
        return status.error();
    return peer_credentials(socket);
}

Result<std::size_t> send_now(int socket, std::string_view bytes, int descriptor) {
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (descriptor >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        return system_error(errno == EINTR ? EAGAIN : errno, "send on a socket");
    return static_cast<std::size_t>(sent);
}

Result<Received> receive_now(int socket, std::size_t size_max) {
    Received received;
    received.bytes.resize(size_max);
    iovec part{received.bytes.data(), size_max};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * descriptors_received_max)] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (count < 0)
        return system_error(errno == EINTR ? EAGAIN : errno, "receive on a socket");
    received.bytes.resize(static_cast<std::size_t>(count));
    received.descriptors = take_descriptors(message);
    if ((message.msg_flags & MSG_CTRUNC) != 0)
        return Error{EMFILE, "more descriptors came than can be taken"};
    return received;
}

}  // namespace noodstop::platform
