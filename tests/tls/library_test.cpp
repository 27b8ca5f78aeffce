#include "platform/tls/library.hpp"

#include "tests/platform/forked.hpp"
#include "tests/tls/wire.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

using namespace noodstop::platform::tls;
using namespace noodstop::testing;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool has_allocator_of_sanitizer = true;
#else
constexpr bool has_allocator_of_sanitizer = false;
#endif

// Takes all memory that there is down to the last small piece, then gives back so many pieces of a kilobyte.
void leave_kilobytes(std::size_t count) {
    std::vector<void*> pieces(count);
    for (void*& piece : pieces)
        piece = std::malloc(1024);
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t used = static_cast<rlim_t>(pages) * 4096;
    const rlimit limit{used, used};
    const rlimit no_core{0, 0};
    if (::setrlimit(RLIMIT_CORE, &no_core) != 0 || ::setrlimit(RLIMIT_AS, &limit) != 0)
        std::_Exit(9);
    for (std::size_t size = std::size_t{1} << 24; size >= 16; size /= 2)
        while (std::malloc(size) != nullptr) {
        }
    for (void* piece : pieces)
        std::free(piece);
}

// noexcept: what C++ can't allocate ends the process as well.
int shake_hands_with(std::size_t kilobytes, const Keyring& server, const Keyring& client) noexcept {
    leave_kilobytes(kilobytes);
    Wire wire(server, client);
    wire.shake_hands();
    return wire.is_open() ? 0 : 1;
}

}  // namespace

TEST_CASE("random bytes differ, and all of them are written") {
    std::vector<unsigned char> one(10'000);
    std::vector<unsigned char> other(10'000);
    random_bytes(one.data(), one.size());
    random_bytes(other.data(), other.size());
    CHECK(one != other);
    for (int value = 0; value < 256; ++value)
        CHECK(std::find(one.begin(), one.end(), value) != one.end());
}

TEST_CASE("the library says its version, and warns of one that nobody cares for") {
    CHECK(library_version().starts_with("mbedTLS "));
    if (library_version().starts_with("mbedTLS 2."))
        CHECK(library_caution().find("Cure:") != std::string::npos);
}

TEST_CASE("wherever memory runs out within TLS the process ends, and never goes on with half a handshake") {
    if (has_allocator_of_sanitizer)
        return;  // it ends the process itself, and doesn't bear the limit
    const Keyring server = server_keyring();
    const Keyring client = client_keyring();
    std::size_t aborted = 0;
    std::size_t opened = 0;
    for (std::size_t kilobytes = 0; kilobytes < 300; kilobytes += 10) {
        const int code = exit_code_of([&] { return shake_hands_with(kilobytes, server, client); });
        CAPTURE(kilobytes);
        CHECK((code == 0 || code == -SIGABRT));
        ++(code == 0 ? opened : aborted);
    }
    CHECK(aborted > 0);
    CHECK(opened > 0);
}
