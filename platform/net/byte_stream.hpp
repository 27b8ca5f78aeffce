// A connected stream of bytes, whatever carries it: a unix socket, TCP, TLS. Protocols are written and compiled once,
// against this.
#pragma once

#include "platform/net/peer.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <functional>
#include <string>

namespace noodstop::platform {

// At most one read and one write are under way. Buffers live until the completion; no completion comes from within the
// call that began the operation. Used on the executor's thread.
class ByteStream {
public:
    using Completion = std::function<void(boost::system::error_code error, std::size_t size)>;
    using Ended = std::function<void(boost::system::error_code error)>;

    virtual ~ByteStream() = default;
    // The end of what the other end sends is boost::asio::error::eof. Whatever else ends it early is another error.
    virtual void async_read_some(boost::asio::mutable_buffer buffer, Completion completion) = 0;
    virtual void async_write_some(boost::asio::const_buffer buffer, Completion completion) = 0;
    // Ends our sending in order; what was written still arrives.
    virtual void async_shutdown(Ended ended) = 0;
    // After an eof: completes when the other end is gone for good, and at once where that can't be told apart.
    virtual void async_wait_for_hang_up(Ended ended) = 0;
    virtual void close() = 0;  // operations that are under way complete with operation_aborted
    virtual boost::asio::any_io_executor executor() = 0;
    virtual int native_handle() const = 0;  // of a unix or TCP socket that carries nothing but these bytes, else -1
    virtual const Peer& peer() const = 0;
    virtual const std::string& application_protocol() const = 0;  // agreed by ALPN; empty where nothing was
};

}  // namespace noodstop::platform
