// What the server's and the client's HTTP/2 sessions share of nghttp2: its objects, headers, queues of bytes to send,
// and the count of frames that only cost. No I/O.
#pragma once

#include "platform/http/http.hpp"
#include "platform/rpc/http2_limits.hpp"

#include <nghttp2/nghttp2.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace noodstop::platform::http2 {

using Time = Allowance::Time;

template <auto release>
struct Releaser {
    template <class Object>
    void operator()(Object* object) const {
        release(object);
    }
};

using SessionPointer = std::unique_ptr<nghttp2_session, Releaser<nghttp2_session_del>>;
using CallbacksPointer = std::unique_ptr<nghttp2_session_callbacks, Releaser<nghttp2_session_callbacks_del>>;
using OptionPointer = std::unique_ptr<nghttp2_option, Releaser<nghttp2_option_del>>;

// Throw std::bad_alloc where there is no memory.
CallbacksPointer new_callbacks();
OptionPointer new_options(const Http2Limits& limits);

// Settings of our own; those of pushes and of the number of streams are for either side alone.
std::vector<nghttp2_settings_entry> common_settings(const Http2Limits& limits);

// For nghttp2, names in lower case and without what HTTP/2 has no place for. Refers to what is kept in here.
class HeaderBlock {
public:
    void add(std::string_view name, std::string_view value);
    void add(const HttpHeaders& headers);
    const nghttp2_nv* data() const { return pairs_.data(); }
    std::size_t size() const { return pairs_.size(); }

private:
    std::deque<std::string> texts_;
    std::vector<nghttp2_nv> pairs_;
};

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

// Bytes that wait for room in the stream's window.
class SendQueue {
public:
    void push(std::string bytes);
    std::size_t pop(std::uint8_t* to, std::size_t size_max);
    std::size_t size() const { return size_; }
    bool is_empty() const { return size_ == 0; }

private:
    std::deque<std::string> pieces_;
    std::size_t used_ = 0;  // of the front
    std::size_t size_ = 0;
};

// Judges what the other end makes us do for nothing.
class FloodGuard {
public:
    FloodGuard(const Http2Limits& limits, Time now)
        : peer_resets_(limits.peer_resets, now),
          own_resets_(limits.own_resets, now),
          idle_frames_(limits.idle_frames, now) {}

    void frame_came(const nghttp2_frame_hd& frame, Time now);
    void frame_sent(const nghttp2_frame& frame, Time now);
    bool is_flooded() const { return is_flooded_; }

private:
    Allowance peer_resets_;
    Allowance own_resets_;
    Allowance idle_frames_;
    bool is_flooded_ = false;
};

// The next bytes of a session to be sent, some `size_wanted` of them; sets `is_broken` where it can't go on.
std::string next_output(nghttp2_session* session, std::size_t size_wanted, bool& is_broken);

}  // namespace noodstop::platform::http2
