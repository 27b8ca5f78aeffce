// What decoding gives: a value, or why the bytes are none. A field that is out of its range or an enum value that is
// not known is a mistake, never a default.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace noodstop::codec {

template <class T>
struct [[nodiscard]] Decoded {
    std::optional<T> value;
    std::string problem;  // a sentence; empty if there is a value
    explicit operator bool() const { return value.has_value(); }
    T& operator*() { return *value; }
    T* operator->() { return &*value; }
};

template <class T>
Decoded<T> decoded(T value) {
    return {std::move(value), {}};
}

}  // namespace noodstop::codec
