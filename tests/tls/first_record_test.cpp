#include "platform/tls/first_record.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace noodstop::platform::tls;

namespace {

std::string head(unsigned type, unsigned major, unsigned size) {
    return {static_cast<char>(type), static_cast<char>(major), 1, static_cast<char>(size >> 8),
            static_cast<char>(size & 0xFF)};
}

}  // namespace

TEST_CASE("the head of a record says how much must be there") {
    CHECK(first_record_size(head(22, 3, 200)) == 205);
    CHECK(first_record_size(head(22, 3, 16'384)) == 16'389);
    CHECK(first_record_size(head(22, 3, 200) + "begin of a hello") == 205);
}

TEST_CASE("while the head isn't whole it is waited for") {
    const std::string whole = head(22, 3, 200);
    for (std::size_t size = 0; size < record_head_size; ++size)
        CHECK(first_record_size(whole.substr(0, size)) == record_head_size);
}

TEST_CASE("what can't be a hello is told from its first bytes") {
    CHECK(!first_record_size("G"));
    CHECK(!first_record_size("PRI * HTTP/2.0"));
    CHECK(!first_record_size(head(23, 3, 200)));
    CHECK(!first_record_size(head(22, 2, 200).substr(0, 2)));
    CHECK(!first_record_size(head(22, 3, 0)));
    CHECK(!first_record_size(head(22, 3, 16'385)));
}
