#include "platform/tls/library.hpp"

#include "platform/tls/mbedtls_api.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <mutex>

extern "C" {
void* __real_calloc(std::size_t count, std::size_t size);
// The linker puts it in the place of calloc (CMakeLists.txt), also inside the static libraries of mbedTLS.
void* __wrap_calloc(std::size_t count, std::size_t size);

void* __wrap_calloc(std::size_t count, std::size_t size) {
    void* memory = __real_calloc(count, size);
    if (memory == nullptr && count != 0 && size != 0)
        std::abort();
    return memory;
}
}

namespace noodstop::platform::tls {
namespace {

// The first version of each line whose known holes are mended.
constexpr unsigned cared_for_from = 0x03060400;

void begin_once() {
    if (!api::begin())
        std::abort();  // there is no cryptography to be had
}

}  // namespace

void begin_library() {
    static std::once_flag begun;
    std::call_once(begun, begin_once);
}

std::string library_version() {
    char version[18] = {};
    mbedtls_version_get_string(version);
    return fmt::format("mbedTLS {}", version);
}

std::string library_caution() {
    if (mbedtls_version_get_number() >= cared_for_from)
        return {};
    return fmt::format(
        "{} has known holes. Those that are known are worked around here, later ones would not be. Cure: "
        "a system with mbedTLS 3.6.4 or newer (Debian 13)",
        library_version());
}

void random_bytes(unsigned char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t count = ::getrandom(bytes, size, 0);
        if (count < 0 && errno != EINTR)
            std::abort();
        if (count > 0) {
            bytes += count;
            size -= static_cast<std::size_t>(count);
        }
    }
}

}  // namespace noodstop::platform::tls
