// What the two kinds of HTTP/2 session, the server's and the client's, are to who moves their bytes.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace noodstop::platform {

class Http2Session {
public:
    using Time = std::chrono::steady_clock::time_point;

    virtual ~Http2Session() = default;
    virtual void receive(std::string_view bytes, Time now) = 0;
    virtual std::string take_output(Time now) = 0;  // the next bytes to be sent; empty: none now
    virtual Time deadline() const = 0;              // when to call expire(), unless something happens before
    virtual void expire(Time now) = 0;
    virtual bool is_over() const = 0;  // nothing more is read or sent
};

}  // namespace noodstop::platform
