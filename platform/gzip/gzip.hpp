// Packs and unpacks gzip (RFC 1952), whole messages, in memory and within bounds.
#pragma once

#include "platform/result.hpp"

#include <string>
#include <string_view>

namespace noodstop::platform {

std::string gzip(std::string_view bytes);

// An error with EFBIG if it would be longer than size_max, which is noticed without expanding it further; with EINVAL
// if it is not gzip, is cut off, is damaged or has something behind its end.
Result<std::string> gunzip(std::string_view bytes, std::size_t size_max);

}  // namespace noodstop::platform
