// Whole messages, some with a descriptor, over a connected unix stream socket, without ever blocking.
//
// A frame is a length (4 bytes, big-endian), one byte that says whether a descriptor came along (0 or 1), and the
// message. What breaks these rules or a limit closes the channel.
#pragma once

#include "platform/file/file.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace noodstop::platform {

struct FrameLimits {
    std::size_t received_size_max = 64 * 1024;        // of one message
    std::size_t unsent_bytes_max = 64 * 1024 * 1024;  // beyond it the channel closes: the other end does not read
};

// Called on the io_context's thread, never from within a call of the channel.
struct FrameHandlers {
    std::function<void(std::string message, FileDescriptor descriptor)> received;
    std::function<void(std::string why)> closed;  // once; nothing is received after it
};

class FrameChannel {
public:
    FrameChannel(boost::asio::io_context& io, FileDescriptor socket, FrameLimits limits, FrameHandlers handlers);
    ~FrameChannel();  // closes without a call of `closed`
    FrameChannel(const FrameChannel&) = delete;
    FrameChannel& operator=(const FrameChannel&) = delete;

    void send(std::string message, FileDescriptor descriptor = {});
    std::size_t unsent_bytes() const;
    void close(std::string why);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace noodstop::platform
