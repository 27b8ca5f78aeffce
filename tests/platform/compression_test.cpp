// gzip and snappy of whole messages. That others read them is shown by tests/integration with real receivers.
#include "platform/compression/gzip.hpp"
#include "platform/compression/snappy.hpp"

#include <doctest/doctest.h>

using namespace noodstop::platform;

namespace {

std::vector<std::string> samples() {
    std::string mixed;
    for (int number = 0; number < 100'000; ++number)
        mixed += static_cast<char>(number * number / 7);
    return {"", "a", std::string(1, '\0'), std::string(1'000'000, 'z'), mixed};
}

// Every way of cutting it short, and of turning one byte over.
std::vector<std::string> damaged(const std::string& packed) {
    std::vector<std::string> all;
    for (std::size_t size = 0; size < packed.size(); ++size)
        all.push_back(packed.substr(0, size));
    for (std::size_t at = 0; at < packed.size(); ++at) {
        all.push_back(packed);
        all.back()[at] = static_cast<char>(~packed[at]);
    }
    return all;
}

}  // namespace

TEST_CASE("what gzip packed comes out again") {
    for (const std::string& plain : samples()) {
        const auto packed = gzip_compress(plain);
        REQUIRE(packed.ok());
        CHECK(packed->substr(0, 3) == "\x1f\x8b\x08");
        CHECK(gzip_decompress(*packed, plain.size()).value() == plain);
    }
}

TEST_CASE("gzip takes nothing that is larger than allowed, cut short, damaged or followed by more") {
    const std::string packed = gzip_compress(std::string(100'000, 'x')).value();
    CHECK(!gzip_decompress(packed, 99'999).ok());
    CHECK(gzip_decompress(packed, 100'000).ok());
    CHECK(!gzip_decompress(packed + "x", 100'000).ok());
    const std::string small = gzip_compress("noodstop").value();
    for (const std::string& bytes : damaged(small)) {
        const auto plain = gzip_decompress(bytes, 1000);
        CHECK((!plain.ok() || *plain == "noodstop"));  // a byte of the header may mean nothing
    }
}

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
