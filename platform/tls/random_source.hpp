// Randomness in the form in which mbedTLS asks for it. For the files of this folder only.
#pragma once

#include "platform/tls/library.hpp"

#include <functional>

namespace noodstop::platform::tls {

struct RandomSource {
    std::function<void(unsigned char* bytes, std::size_t size)> chosen;  // empty: the kernel's

    static int call(void* source, unsigned char* bytes, std::size_t size) {
        const auto& chosen = static_cast<const RandomSource*>(source)->chosen;
        chosen ? chosen(bytes, size) : random_bytes(bytes, size);
        return 0;
    }
};

}  // namespace noodstop::platform::tls
