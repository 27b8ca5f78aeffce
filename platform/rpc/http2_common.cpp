#include "platform/rpc/http2_common.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace noodstop::platform::http2 {
namespace {

constexpr std::size_t tiny_data_size = 32;

// RFC 9113, 8.2.2: the connection's own affairs, which HTTP/2 has in its frames.
bool has_no_place(std::string_view name) {
    static constexpr std::string_view names[] = {"connection",        "keep-alive", "proxy-connection",
                                                 "transfer-encoding", "upgrade",    "host"};
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

void check(int result) {
    if (result != 0)  // these calls fail only for want of memory
        throw std::bad_alloc();
}

std::uint8_t* bytes_of(std::string& text) {
    return reinterpret_cast<std::uint8_t*>(text.data());
}

bool moves_nothing(const nghttp2_frame_hd& frame) {
    if (frame.type == NGHTTP2_HEADERS)
        return false;  // requests and resets have their own limits
    if (frame.type == NGHTTP2_DATA)
        return frame.length < tiny_data_size && (frame.flags & NGHTTP2_FLAG_END_STREAM) == 0;
    return true;
}

}  // namespace

CallbacksPointer new_callbacks() {
    nghttp2_session_callbacks* callbacks = nullptr;
    check(nghttp2_session_callbacks_new(&callbacks));
    return CallbacksPointer(callbacks);
}

OptionPointer new_options(const Http2Limits& limits) {
    nghttp2_option* option = nullptr;
    check(nghttp2_option_new(&option));
    OptionPointer options(option);
    nghttp2_option_set_no_auto_window_update(option, 1);  // what is not read is not asked for
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_max_outbound_ack(option, limits.acknowledgements_max);
    nghttp2_option_set_max_settings(option, limits.settings_max);
    nghttp2_option_set_max_continuations(option, limits.continuations_max);
    nghttp2_option_set_stream_reset_rate_limit(option, static_cast<std::uint64_t>(limits.peer_resets.burst_max),
                                               static_cast<std::uint64_t>(limits.peer_resets.per_second_max));
    return options;
}

std::vector<nghttp2_settings_entry> common_settings(const Http2Limits& limits) {
    return {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.window_size},
            {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.header_list_size_max)}};
}

void HeaderBlock::add(std::string_view name, std::string_view value) {
    std::string& kept_name = texts_.emplace_back(in_lower_case(name));
    if (has_no_place(kept_name))
        return;
    std::string& kept_value = texts_.emplace_back(value);
    pairs_.push_back(
        {bytes_of(kept_name), bytes_of(kept_value), kept_name.size(), kept_value.size(), NGHTTP2_NV_FLAG_NONE});
}

void HeaderBlock::add(const HttpHeaders& headers) {
    for (const HttpHeader& header : headers)
        add(header.name, header.value);
}

void SendQueue::push(std::string bytes) {
    if (bytes.empty())
        return;
    size_ += bytes.size();
    pieces_.push_back(std::move(bytes));
}

std::size_t SendQueue::pop(std::uint8_t* to, std::size_t size_max) {
    std::size_t taken = 0;
    while (taken < size_max && !pieces_.empty()) {
        const std::string& front = pieces_.front();
        const std::size_t size = std::min(front.size() - used_, size_max - taken);
        std::memcpy(to + taken, front.data() + used_, size);
        taken += size;
        used_ += size;
        if (used_ == front.size()) {
            pieces_.pop_front();
            used_ = 0;
        }
    }
    size_ -= taken;
    return taken;
}

void FloodGuard::frame_came(const nghttp2_frame_hd& frame, Time now) {
    if (frame.type == NGHTTP2_RST_STREAM)
        is_flooded_ |= !peer_resets_.take(1, now);
    else if (moves_nothing(frame))
        is_flooded_ |= !idle_frames_.take(1, now);
}

void FloodGuard::frame_sent(const nghttp2_frame& frame, Time now) {
    if (frame.hd.type == NGHTTP2_DATA)
        idle_frames_.give_back(2);
    // One without an error only spares the client the rest of a request that is answered already.
    if (frame.hd.type == NGHTTP2_RST_STREAM && frame.rst_stream.error_code != NGHTTP2_NO_ERROR)
        is_flooded_ |= !own_resets_.take(1, now);
}

std::string next_output(nghttp2_session* session, std::size_t size_wanted, bool& is_broken) {
    std::string output;
    while (output.size() < size_wanted && !is_broken) {
        const std::uint8_t* bytes = nullptr;
        const ssize_t size = nghttp2_session_mem_send(session, &bytes);
        is_broken = size < 0;
        if (size <= 0)
            break;
        output += text_of(bytes, static_cast<std::size_t>(size));
    }
    return output;
}

}  // namespace noodstop::platform::http2
