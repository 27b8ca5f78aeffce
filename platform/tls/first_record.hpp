// How much of a connection's beginning must be there before it is worth answering, read from its first bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace noodstop::platform::tls {

inline constexpr std::size_t record_head_size = 5;

// The size of the first TLS record, its head included, by its head; record_head_size while that isn't whole. Nothing:
// this is no beginning of TLS. A client's hello is one record; whoever cuts it into many small ones is answered
// earlier.
std::optional<std::size_t> first_record_size(std::string_view beginning);

}  // namespace noodstop::platform::tls
