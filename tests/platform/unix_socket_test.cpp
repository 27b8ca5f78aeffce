#include "platform/unix_socket/unix_socket.hpp"

#include "platform/unix_socket/forbid_binding.hpp"
#include "tests/platform/socket_folder.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <fstream>

using namespace noodstop::platform;
using namespace std::chrono_literals;

TEST_CASE("listening makes the folder, and sets mode and group before anybody can connect") {
    SocketFolder folder;
    const std::string group = ::geteuid() == 0 ? "65534" : "";
    const auto socket = listen_unix({.path = folder.socket(), .group = group, .mode = 0640});
    REQUIRE_MESSAGE(socket.ok(), socket.error().message);
    struct stat found {};
    REQUIRE(::stat(folder.socket().c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0640);
    if (!group.empty())
        CHECK(found.st_gid == 65534);
    CHECK(connect_unix(folder.socket(), 1s).ok());
}

TEST_CASE("a socket file that nobody answers is replaced, one that is answered stays") {
    SocketFolder folder;
    auto first = listen_unix({.path = folder.socket()});
    REQUIRE(first.ok());
    const auto second = listen_unix({.path = folder.socket()});
    REQUIRE(!second.ok());
    CHECK(second.error().message.find("another process answers") != std::string::npos);
    CHECK(connect_unix(folder.socket(), 1s).ok());
    first->close();
    CHECK(listen_unix({.path = folder.socket()}).ok());
}

TEST_CASE("a file that is no socket is never removed") {
    SocketFolder folder;
    std::filesystem::create_directory(folder.path);
    std::ofstream(folder.socket()) << "precious";
    CHECK(!listen_unix({.path = folder.socket()}).ok());
    CHECK(std::filesystem::file_size(folder.socket()) == 8);
}

TEST_CASE("paths that can't be are errors") {
    CHECK(!listen_unix({.path = ""}).ok());
    CHECK(!listen_unix({.path = "/tmp/" + std::string(200, 'x')}).ok());
    CHECK(connect_unix("/nowhere/at/all", 1s).error().number == ENOENT);
    SocketFolder folder;
    CHECK(!listen_unix({.path = folder.socket(), .group = "no-such-group"}).ok());
}

TEST_CASE("connecting gives up at its deadline when nobody accepts") {
    SocketFolder folder;
    const auto listener = listen_unix({.path = folder.socket(), .pending_max = 0});
    REQUIRE(listener.ok());
    std::vector<FileDescriptor> waiting;
    const auto began = std::chrono::steady_clock::now();
    for (int count = 0; count < 4; ++count)
        if (auto socket = connect_unix(folder.socket(), 100ms))
            waiting.push_back(std::move(*socket));
    CHECK(waiting.size() < 4);
    CHECK(std::chrono::steady_clock::now() - began < 5s);
}

TEST_CASE("a descriptor arrives with the bytes that it was sent with") {
    auto ends = socket_pair();
    REQUIRE(ends.ok());
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    const FileDescriptor reader(pipe_ends[0]);
    FileDescriptor writer(pipe_ends[1]);
    REQUIRE(*send_now(ends->first.number(), "take this", writer.number()) == 9);
    writer.close();
    auto received = receive_now(ends->second.number(), 100);
    REQUIRE(received.ok());
    CHECK(received->bytes == "take this");
    REQUIRE(received->descriptors.size() == 1);
    REQUIRE(::write(received->descriptors[0].number(), "x", 1) == 1);
    char got = 0;
    CHECK(::read(reader.number(), &got, 1) == 1);
    CHECK(got == 'x');
    CHECK(receive_now(ends->second.number(), 100).error().number == EAGAIN);
    ends->first.close();
    CHECK(receive_now(ends->second.number(), 100)->bytes.empty());
}

TEST_CASE("the kernel says who connected") {
    SocketFolder folder;
    const auto listener = listen_unix({.path = folder.socket()});
    REQUIRE(listener.ok());
    const auto client = connect_unix(folder.socket(), 1s);
    REQUIRE(client.ok());
    const FileDescriptor accepted(::accept(listener->number(), nullptr, nullptr));
    const auto peer = accepted_client(accepted.number());
    REQUIRE_MESSAGE(peer.ok(), peer.error().message);
    CHECK(peer->user == ::geteuid());
    CHECK(peer->process == ::getpid());
    CHECK(!accepted_client(client->number()).ok());
    CHECK(!accepted_client(listener->number()).ok());
    CHECK(!accepted_client(-1).ok());
}

TEST_CASE("a process that forbade itself to bind can make no socket file any more") {
    SocketFolder folder;
    std::filesystem::create_directory(folder.path);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto forbidden = forbid_binding();
        if (!forbidden)
            ::_exit(77);  // this kernel has no Landlock
        ::_exit(listen_unix({.path = folder.socket()}).ok() ? 1 : 0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        MESSAGE("not checked: no Landlock here");
    else
        CHECK(WEXITSTATUS(status) == 0);
}
