// Configuration as bytes: any text at all.
#include "tests/fuzz/configuration.hpp"
#include "tests/fuzz/support.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    noodstop::fuzz::read_configuration(std::string(reinterpret_cast<const char*>(data), size));
    return 0;
}
