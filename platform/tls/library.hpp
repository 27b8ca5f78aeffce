// The library as a whole: begun once, its version, randomness, and an allocator that never fails.
//
// An allocation inside TLS that fails ends the process: mbedTLS 2.28 goes on in places where it must not, which makes
// of a failed allocation a way around authentication (CVE-2025-27810). A process that ends is started again.
#pragma once

#include <cstddef>
#include <string>

namespace noodstop::platform::tls {

// To be called before any thread of the process starts. Later calls, and everything that uses TLS, do nothing more.
void begin_library();

std::string library_version();  // e.g. "mbedTLS 2.28.3"

// A sentence for `noodstop doctor` where the version has no security updates any more; empty: it is fine.
std::string library_caution();

// Bytes that nobody can guess, from the kernel: nothing is seeded that a fork could double. Ends the process if there
// are none.
void random_bytes(unsigned char* bytes, std::size_t size);

}  // namespace noodstop::platform::tls
