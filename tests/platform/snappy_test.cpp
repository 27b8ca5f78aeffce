// Snappy of whole messages. That others read them is shown by tests/integration with real receivers.
#include "platform/snappy/snappy.hpp"

#include <doctest/doctest.h>

using namespace noodstop::platform;

namespace {

std::vector<std::string> samples() {
    std::string mixed;
    for (unsigned number = 0; number < 100'000; ++number)
        mixed += static_cast<char>(number * number / 7);
    return {"", "a", std::string(1, '\0'), std::string(1'000'000, 'z'), mixed};
}

}  // namespace

TEST_CASE("what snappy packed comes out again, in blocks without frames") {
    for (const std::string& plain : samples()) {
        const auto block = snappy_compress(plain);
        REQUIRE(block.ok());
        CHECK(snappy_decompress(*block, plain.size()).value() == plain);
    }
    CHECK(snappy_compress("a").value() == std::string("\x01\x00"
                                                      "a",
                                                      3));  // length, literal of one byte
}

TEST_CASE("snappy takes nothing that says it is larger than allowed, or is damaged") {
    const std::string block = snappy_compress(std::string(100'000, 'x')).value();
    CHECK(!snappy_decompress(block, 99'999).ok());
    CHECK(!snappy_decompress("", 1000).ok());
    CHECK(!snappy_decompress("\xff\xff\xff\xff\x0f", 1000).ok());
    for (std::size_t size = 1; size < block.size(); ++size)
        CHECK(!snappy_decompress(block.substr(0, size), 100'000).ok());
}
