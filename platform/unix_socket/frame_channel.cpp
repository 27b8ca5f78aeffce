#include "platform/unix_socket/frame_channel.hpp"

#include "platform/unix_socket/unix_socket.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <deque>

namespace noodstop::platform {
namespace {

constexpr std::size_t header_size = 5;
constexpr std::size_t receive_size = 64 * 1024;  // per turn of the loop, so that a flood leaves room for others
constexpr std::size_t descriptors_waiting_max = 64;

std::string frame_of(const std::string& message, bool with_descriptor) {
    const auto size = static_cast<std::uint32_t>(message.size());
    std::string frame;
    frame.reserve(header_size + message.size());
    for (int shift = 24; shift >= 0; shift -= 8)
        frame.push_back(static_cast<char>((size >> shift) & 0xFF));
    frame.push_back(with_descriptor ? 1 : 0);
    return frame + message;
}

std::size_t size_in(const char* header) {
    std::size_t size = 0;
    for (int index = 0; index < 4; ++index)
        size = (size << 8) | static_cast<unsigned char>(header[index]);
    return size;
}

struct Outgoing {
    std::string bytes;
    std::size_t sent = 0;
    FileDescriptor descriptor;
};

}  // namespace

struct FrameChannel::Impl : std::enable_shared_from_this<FrameChannel::Impl> {
    Impl(boost::asio::io_context& io_context, FileDescriptor fd, FrameLimits given_limits, FrameHandlers given_handlers)
        : io(io_context), socket(io_context), limits(given_limits), handlers(std::move(given_handlers)) {
        if (fd.valid())
            socket.assign(fd.release());
    }

    void start() {
        int type = 0;
        socklen_t size = sizeof type;
        if (!socket.is_open() || ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
            type != SOCK_STREAM)
            return close("the channel's descriptor is no stream socket");
        wait_to_read();
    }

    void wait_to_read() {
        socket.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                          [self = shared_from_this()](boost::system::error_code error) {
                              if (!error && !self->is_closed)
                                  self->read();
                          });
    }

    void read() {
        auto received = receive_now(socket.native_handle(), receive_size);
        if (!received && received.error().number != EAGAIN)
            return close(received.error().message);
        if (received && received->bytes.empty())
            return close("the other end closed the channel");
        if (received) {
            incoming += received->bytes;
            for (FileDescriptor& descriptor : received->descriptors)
                descriptors.push_back(std::move(descriptor));
            deliver_frames();
        }
        if (!is_closed)
            wait_to_read();
    }

    void deliver_frames() {
        std::size_t at = 0;
        while (!is_closed && incoming.size() - at >= header_size) {
            const std::size_t size = size_in(incoming.data() + at);
            const char flag = incoming[at + 4];
            if (size > limits.received_size_max || (flag != 0 && flag != 1))
                return close(fmt::format("a malformed frame (size {}, flag {})", size, static_cast<int>(flag)));
            if (incoming.size() - at - header_size < size)
                break;
            deliver(incoming.substr(at + header_size, size), flag == 1);
            at += header_size + size;
        }
        incoming.erase(0, at);
        if (descriptors.size() > descriptors_waiting_max)
            close("descriptors came without frames");
    }

    void deliver(std::string message, bool with_descriptor) {
        FileDescriptor descriptor;
        if (with_descriptor && descriptors.empty())
            return close("a frame came without its descriptor");
        if (with_descriptor) {
            descriptor = std::move(descriptors.front());
            descriptors.pop_front();
        }
        // The handler may destroy the channel; shared_from_this() of the caller keeps this object alive.
        if (const auto received = handlers.received)
            received(std::move(message), std::move(descriptor));
    }

    void send(std::string message, FileDescriptor descriptor) {
        if (is_closed)
            return;
        const bool with_descriptor = descriptor.valid();
        outgoing.push_back({frame_of(message, with_descriptor), 0, std::move(descriptor)});
        unsent += outgoing.back().bytes.size();
        if (unsent > limits.unsent_bytes_max)
            return close("the other end does not read");
        if (!is_waiting_to_write)
            write();
    }

    void write() {
        while (!outgoing.empty()) {
            Outgoing& first = outgoing.front();
            const auto sent = send_now(socket.native_handle(), std::string_view(first.bytes).substr(first.sent),
                                       first.descriptor.number());
            if (!sent && sent.error().number == EAGAIN)
                return wait_to_write();
            if (!sent)
                return close(sent.error().message);
            first.descriptor.close();  // it went with the first byte
            first.sent += *sent;
            unsent -= *sent;
            if (first.sent == first.bytes.size())
                outgoing.pop_front();
        }
    }

    void wait_to_write() {
        is_waiting_to_write = true;
        socket.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                          [self = shared_from_this()](boost::system::error_code error) {
                              self->is_waiting_to_write = false;
                              if (!error && !self->is_closed)
                                  self->write();
                          });
    }

    void close(std::string why) {
        if (is_closed)
            return;
        is_closed = true;
        boost::system::error_code ignored;  // nothing is left to do with a socket that doesn't close well
        socket.close(ignored);
        outgoing.clear();
        descriptors.clear();
        unsent = 0;
        boost::asio::post(io, [self = shared_from_this(), text = std::move(why)]() mutable {
            if (const auto closed = self->handlers.closed)
                closed(std::move(text));
        });
    }

    // Nobody is interested any more.
    void abandon() {
        handlers = {};
        close({});
    }

    boost::asio::io_context& io;
    boost::asio::posix::stream_descriptor socket;
    FrameLimits limits;
    FrameHandlers handlers;
    std::string incoming;
    std::deque<FileDescriptor> descriptors;  // in the order of the frames that they belong to
    std::deque<Outgoing> outgoing;
    std::size_t unsent = 0;
    bool is_waiting_to_write = false;
    bool is_closed = false;
};

FrameChannel::FrameChannel(boost::asio::io_context& io, FileDescriptor socket, FrameLimits limits,
                           FrameHandlers handlers)
    : impl_(std::make_shared<Impl>(io, std::move(socket), limits, std::move(handlers))) {
    impl_->start();
}

FrameChannel::~FrameChannel() {
    impl_->abandon();
}

void FrameChannel::send(std::string message, FileDescriptor descriptor) {
    impl_->send(std::move(message), std::move(descriptor));
}

std::size_t FrameChannel::unsent_bytes() const {
    return impl_->unsent;
}

void FrameChannel::close(std::string why) {
    impl_->close(std::move(why));
}

}  // namespace noodstop::platform
