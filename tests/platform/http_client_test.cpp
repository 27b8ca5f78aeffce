#include "platform/http/client.hpp"
#include "platform/unix_socket/unix_socket.hpp"
#include "tests/platform/socket_folder.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <cerrno>
#include <poll.h>
#include <thread>
#include <unistd.h>

using namespace noodstop::platform;

TEST_CASE("a server that closes without a word is an error of the call and not the end of the client") {
    SocketFolder folder;
    ListenOptions options;
    options.path = folder.socket();
    const auto listening = listen_unix(options);
    REQUIRE(listening);
    std::thread server([&] {
        pollfd wanted{listening->number(), POLLIN, 0};
        ::poll(&wanted, 1, 5000);
        ::close(::accept(listening->number(), nullptr, nullptr));
    });
    const auto answer = call_http({.socket_path = folder.socket()}, HttpCall{});
    server.join();
    REQUIRE(!answer);
    CHECK((answer.error().number == ECONNRESET || answer.error().number == EPIPE));
}
