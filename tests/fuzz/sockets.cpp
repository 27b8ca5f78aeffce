#include "tests/fuzz/sockets.hpp"

#include <sys/socket.h>

#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace noodstop::fuzz {

using platform::FileDescriptor;

Ends socket_ends() {
    auto ends = platform::socket_pair();
    claim(ends.ok(), "a socket pair can be made");
    for (const int end : {ends->first.number(), ends->second.number()})
        claim(::fcntl(end, F_SETFL, O_NONBLOCK) == 0, "a socket can be made not to wait");
    return {std::move(ends->first), std::move(ends->second)};
}

Meeting::Meeting() {
    std::string pattern = (std::filesystem::temp_directory_path() / "noodstop-fuzz-XXXXXX").string();
    claim(::mkdtemp(pattern.data()) != nullptr, "a folder can be made");
    folder_ = pattern;
    path_ = folder_ + "/socket";
    auto listening = platform::listen_unix({.path = path_, .pending_max = 16});
    claim(listening.ok(), "a socket can listen");
    listening_ = std::move(*listening);
}

Meeting::~Meeting() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

FileDescriptor Meeting::connect() const {
    auto client = platform::connect_unix(path_, std::chrono::seconds(1));
    claim(client.ok(), "a client can connect");
    claim(::fcntl(client->number(), F_SETFL, O_NONBLOCK) == 0, "a socket can be made not to wait");
    return std::move(*client);
}

FileDescriptor Meeting::accept() const {
    FileDescriptor accepted(::accept4(listening_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    claim(accepted.valid(), "a client is accepted");
    return accepted;
}

Meeting& Meeting::only() {
    static Meeting meeting;
    return meeting;
}

FileDescriptor twin_of(int descriptor) {
    return FileDescriptor(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
}

boost::asio::io_context& only_io() {
    static boost::asio::io_context io{1};
    return io;
}

// poll() returns only after it has asked the kernel once more and nothing was ready.
void settle() {
    only_io().restart();
    only_io().poll();
}

bool send(const FileDescriptor& socket, std::string_view bytes, int descriptor) {
    const auto sent = platform::send_now(socket.number(), bytes, descriptor);
    return sent.ok() || sent.error().number == EAGAIN;
}

std::string receive(const FileDescriptor& socket) {
    std::string all;
    char buffer[16384];
    for (;;) {
        const ssize_t count = ::recv(socket.number(), buffer, sizeof buffer, MSG_DONTWAIT);
        if (count <= 0)
            return all;
        all.append(buffer, static_cast<std::size_t>(count));
    }
}

void claim_no_descriptor_leaks() {
    constexpr int descriptors_max = 100;
    claim(twin_of(0).number() < descriptors_max, "descriptors are closed");
}

}  // namespace noodstop::fuzz
