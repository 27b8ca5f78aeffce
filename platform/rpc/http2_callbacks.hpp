// Leads what nghttp2 calls back to the member functions of a session of ours. No exception passes through nghttp2,
// which is C: the session fails instead.
#pragma once

#include "platform/rpc/http2_common.hpp"

#include <exception>

namespace noodstop::platform::http2 {

template <class Work>
int guarded(Work work) noexcept {
    try {
        return work();
    } catch (const std::exception&) {
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
}

// `Session` is what nghttp2 was given as user data. Its functions return 0 or an error of nghttp2.
template <class Session>
struct Callbacks {
    static Session& of(void* user_data) { return *static_cast<Session*>(user_data); }

    static CallbacksPointer make() {
        CallbacksPointer callbacks = new_callbacks();
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks.get(), frame_begins);
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks.get(), headers_begin);
        nghttp2_session_callbacks_set_on_header_callback(callbacks.get(), header_came);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks.get(), frame_came);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks.get(), data_came);
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks.get(), frame_sent);
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks.get(), frame_not_sent);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks.get(), stream_closed);
        return callbacks;
    }

    // Gives the bytes of a stream as the windows allow: Session::give_data() returns how many, or an error.
    static nghttp2_data_provider provider() {
        nghttp2_data_provider result{};
        result.read_callback = give_data;
        return result;
    }

    static int frame_begins(nghttp2_session*, const nghttp2_frame_hd* frame, void* self) {
        return guarded([&] { return of(self).frame_begins(*frame); });
    }
    static int headers_begin(nghttp2_session*, const nghttp2_frame* frame, void* self) {
        return guarded([&] { return of(self).headers_begin(*frame); });
    }
    static int header_came(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                           std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                           void* self) {
        return guarded(
            [&] { return of(self).header_came(*frame, text_of(name, name_size), text_of(value, value_size)); });
    }
    static int frame_came(nghttp2_session*, const nghttp2_frame* frame, void* self) {
        return guarded([&] { return of(self).frame_came(*frame); });
    }
    static int data_came(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                         void* self) {
        return guarded([&] { return of(self).data_came(id, text_of(data, size)); });
    }
    static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* self) {
        return guarded([&] { return of(self).frame_sent(*frame); });
    }
    static int frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int, void* self) {
        return guarded([&] { return of(self).frame_not_sent(*frame); });
    }
    static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t reset, void* self) {
        return guarded([&] { return of(self).stream_closed(id, reset); });
    }
    static ssize_t give_data(nghttp2_session*, std::int32_t id, std::uint8_t* to, std::size_t size_max,
                             std::uint32_t* flags, nghttp2_data_source*, void* self) {
        return guarded([&] { return of(self).give_data(id, to, size_max, *flags); });
    }
};

}  // namespace noodstop::platform::http2
