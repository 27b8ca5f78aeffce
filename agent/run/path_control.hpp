// The path's end of the control socket to its supervisor: takes new doors links, tells that it turns.
#pragma once

#include "agent/core/policy.hpp"
#include "agent/run/control_message.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace noodstop::run {

inline constexpr std::chrono::seconds alive_interval{1};

struct ControlHandlers {
    std::function<void(int socket, int doors)> doors_link;  // takes over the socket
    std::function<void(const std::string& what)> child_ended;
    std::function<void()> closed;  // once
};

class PathControl {
public:
    PathControl(boost::asio::io_context& io, int socket, ControlHandlers handlers);

    // After each whole cycle; tells the supervisor at most every alive_interval, while a file can still be opened.
    void turned();
    void accepted(const core::Policy& policy);

private:
    void await();
    bool take_waiting();
    void take(ControlMessage message);
    void take_doors_link(ControlMessage& message);

    boost::asio::posix::stream_descriptor socket_;
    ControlHandlers handlers_;
    std::optional<std::chrono::steady_clock::time_point> told_at_;
};

}  // namespace noodstop::run
