#include "platform/rpc/wire_format.hpp"

#include "platform/gzip/gzip.hpp"

namespace noodstop::platform {

MaybeCompressed maybe_compressed(bool is_agreed, std::string message) {
    if (!is_agreed || message.size() < compressed_size_min)
        return {false, std::move(message)};
    return {true, gzip(message)};
}

}  // namespace noodstop::platform
