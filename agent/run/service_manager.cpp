#include "agent/run/service_manager.hpp"

#include "platform/file/file.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace noodstop::run {

void tell_service_manager(const std::string& state) {
    const char* name = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!name || (name[0] != '/' && name[0] != '@') || std::strlen(name) >= sizeof address.sun_path)
        return;
    const std::string_view text(name);
    text.copy(address.sun_path, text.size());
    if (text[0] == '@')
        address.sun_path[0] = '\0';
    const platform::FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size());
    // Nobody to tell is no error: the manager finds out by itself.
    static_cast<void>(::sendto(socket.number(), state.data(), state.size(), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&address), length));
}

}  // namespace noodstop::run
