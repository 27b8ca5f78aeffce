// Real sockets for the targets behind them: nothing of the kernel is imitated, and nothing waits.
#pragma once

#include "platform/unix_socket/unix_socket.hpp"
#include "tests/fuzz/support.hpp"

#include <boost/asio/io_context.hpp>

namespace noodstop::fuzz {

struct Ends {
    platform::FileDescriptor left;
    platform::FileDescriptor right;
};
Ends socket_ends();

// A socket file that clients connect to, in a folder of its own that goes away with the process.
class Meeting {
public:
    Meeting();
    ~Meeting();
    Meeting(const Meeting&) = delete;
    Meeting& operator=(const Meeting&) = delete;

    int listening() const { return listening_.number(); }
    const std::string& path() const { return path_; }
    platform::FileDescriptor connect() const;
    platform::FileDescriptor accept() const;
    static Meeting& only();

private:
    std::string folder_;
    std::string path_;
    platform::FileDescriptor listening_;
};

platform::FileDescriptor twin_of(int descriptor);

// Kept from run to run: making one takes longer than most runs. A run ends with settle() after all of it is gone.
boost::asio::io_context& only_io();

// Until nothing is left to do: what one end sent the other can read at once, so that no time needs to be waited.
void settle();

// Sends what finds room; false if the other end has closed.
bool send(const platform::FileDescriptor& socket, std::string_view bytes, int descriptor = -1);

// All that is there now.
std::string receive(const platform::FileDescriptor& socket);

// Descriptors that are open must not become more from run to run.
void claim_no_descriptor_leaks();

}  // namespace noodstop::fuzz
