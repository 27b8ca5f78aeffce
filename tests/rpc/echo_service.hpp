// The service of proto/echo/v1/echo.proto, for tests: something of each kind that a client can meet.
#pragma once

#include "platform/rpc/health.hpp"
#include "platform/rpc/server.hpp"

#include <atomic>
#include <string_view>
#include <vector>

namespace noodstop::test {

std::string_view echo_descriptor_set();  // with health and reflection; made by the build

class EchoService {
public:
    platform::ServiceTable table();  // with health and reflection; its handlers refer to this object
    platform::RpcHooks hooks();      // refuses Forbidden, and counts refusals

    // What the handlers hold on to; to be released before the server goes.
    void release() { held_.clear(); }

    platform::HealthService health;
    std::atomic<int> call_count{0};       // that reached a handler
    std::atomic<int> abandoned_count{0};  // by their clients
    std::atomic<int> refused_count{0};
    std::vector<platform::RpcRefusal> refusals;

private:
    void echo(const platform::RpcCall& call, platform::RpcResponder& responder);
    void count(const platform::RpcCall& call, platform::RpcResponder& responder);
    void fail(const platform::RpcCall& call, platform::RpcResponder& responder);
    void hold(const std::shared_ptr<platform::RpcResponder>& responder);

    std::vector<std::shared_ptr<platform::RpcResponder>> held_;
};

namespace path {
inline constexpr const char* echo = "/echo.v1.EchoService/Echo";
inline constexpr const char* order = "/echo.v1.EchoService/Order";
inline constexpr const char* count = "/echo.v1.EchoService/Count";
inline constexpr const char* fail = "/echo.v1.EchoService/Fail";
inline constexpr const char* silent = "/echo.v1.EchoService/Silent";
inline constexpr const char* quiet = "/echo.v1.EchoService/Quiet";
inline constexpr const char* held = "/echo.v1.EchoService/Held";
inline constexpr const char* abandoned = "/echo.v1.EchoService/Abandoned";
inline constexpr const char* converse = "/echo.v1.EchoService/Converse";
inline constexpr const char* forbidden = "/echo.v1.EchoService/Forbidden";
}  // namespace path

// Messages of echo.proto.
std::string echo_message(std::string_view text);
std::string count_message(std::uint32_t count, std::uint32_t code = 0);
std::string fail_message(platform::RpcCode code, std::string_view message);

}  // namespace noodstop::test
