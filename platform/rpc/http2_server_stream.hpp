// What the server's HTTP/2 session knows of one stream: the request as it comes, the answer as it waits to go.
#pragma once

#include "platform/http/http.hpp"
#include "platform/rpc/http2_common.hpp"

#include <algorithm>
#include <string>

namespace noodstop::platform::http2 {

struct ServerStream {
    // Takes a header as long as all of them together are not too large.
    void put_header(std::string_view name, std::string_view value, std::size_t list_size_max) {
        constexpr std::size_t overhead = 32;  // RFC 7541, 4.1
        header_size += name.size() + value.size() + overhead;
        if (header_size > list_size_max)
            return;
        if (name == ":method")
            request.method = value;
        else if (name == ":path")
            request.target = value;
        else if (!name.empty() && name.front() != ':')
            request.headers.push_back({std::string(name), std::string(value)});
    }

    void queue(std::string bytes, Time now) {
        if (unsent.is_empty())
            blocked_since = now;
        unsent.push(std::move(bytes));
    }

    bool has_room(const Http2Limits& limits) const {
        return has_begun && !has_ended && unsent.size() <= limits.unsent_bytes_max;
    }

    // When its client has dawdled for too long, with its request or with taking the answer.
    Time deadline(const Http2Limits& limits) const {
        Time earliest = Time::max();
        if (!is_body_whole && !may_be_slow && !has_ended)
            earliest = read_since + limits.read_deadline;
        if (!unsent.is_empty())
            earliest = std::min(earliest, blocked_since + limits.write_deadline);
        return earliest;
    }

    HttpRequest request;  // until it is told
    std::size_t header_size = 0;
    std::string body;  // received and not yet taken
    SendQueue unsent;
    HttpHeaders trailers;
    Time read_since{};
    Time blocked_since{};  // since when bytes wait without one of them going out
    bool is_told = false;
    bool is_body_whole = false;
    bool may_be_slow = false;
    bool is_body_told = false;  // an event that nobody has followed yet
    bool has_begun = false;     // the answer
    bool has_ended = false;     // the answer, as far as it is ours to give
    bool is_sent = false;       // to its last byte
    bool wants_room = false;
};

}  // namespace noodstop::platform::http2
