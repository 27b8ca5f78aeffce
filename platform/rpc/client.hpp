// A blocking client of the Connect protocol on a unix socket.
#pragma once

#include "platform/rpc/connect.hpp"

#include <functional>
#include <string>
#include <variant>

namespace noodstop::platform {

struct RpcClientOptions {
    std::string socket_path;
    std::chrono::milliseconds deadline = std::chrono::seconds(30);  // of a unary call, told to the server as well
    std::size_t message_size_max = 64 * 1024 * 1024;                // of an answer
};

class RpcClient {
public:
    explicit RpcClient(RpcClientOptions options) : options_(std::move(options)) {}

    // The code is `unavailable` where the server can't be reached.
    std::variant<std::string, RpcError> call(const std::string& path, const std::string& message) const;

    // Hands over each message until there are no more, on_message returns false (both: no error), or it fails.
    std::optional<RpcError> stream(const std::string& path, const std::string& message,
                                   const std::function<bool(const std::string& message)>& on_message) const;

private:
    RpcClientOptions options_;
};

}  // namespace noodstop::platform
