// What platform calls return: a value, or an error with the system's number and a sentence that names the object.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace noodstop::platform {

struct Error {
    int number = 0;       // errno, 0 where the system gave none
    std::string message;  // "cannot open /x/y: Permission denied"
};

// "cannot ACTION: strerror(number)"
Error system_error(int number, const std::string& action);

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}
    bool ok() const { return content_.index() == 0; }
    explicit operator bool() const { return ok(); }
    T& value() { return std::get<0>(content_); }
    const T& value() const { return std::get<0>(content_); }
    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    const Error& error() const { return std::get<1>(content_); }

private:
    std::variant<T, Error> content_;
};

struct Done {};  // the value of a call that only succeeds or fails
using Status = Result<Done>;

}  // namespace noodstop::platform
