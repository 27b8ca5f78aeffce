#include "agent/journal/fact_codec.hpp"

#include "tests/journal/support.hpp"

#include <random>

using namespace noodstop;
using namespace noodstop::journal;
using namespace noodstop::journal::testing;

TEST_CASE("fields with any bytes come back as they went in") {
    std::mt19937 random(20261121);
    for (int turn = 0; turn < 300; ++turn) {
        std::vector<core::FactField> fields(random() % 6);
        for (core::FactField& field : fields) {
            for (std::string* text : {&field.name, &field.value}) {
                text->resize(random() % 20);
                for (char& byte : *text)
                    byte = static_cast<char>(random());
            }
        }
        CHECK(decode_fields(encode_fields(fields)) == fields);
    }
}

TEST_CASE("bytes that no fields encode are refused") {
    for (const char* bytes : {"1", "1:", ":", "x", "2:a", "1:a", "01:a1:b", "-1:a", "99999999999999999999999:a",
                              "18446744073709551615:a", "1:a1:b ", "1:a 1:b"})
        CHECK_FALSE(decode_fields(bytes).has_value());
    CHECK(decode_fields("")->empty());
    CHECK(decode_fields("1:a0:").value() == std::vector<core::FactField>{{"a", ""}});
}

TEST_CASE("the checksum of a fact covers all that its row holds") {
    const core::RecordedFact fact = make_fact(5);
    const std::uint32_t sum = fact_checksum(fact, "x");
    CHECK(fact_checksum(fact, "y") != sum);
    core::RecordedFact changed = fact;
    changed.sequence = 6;
    CHECK(fact_checksum(changed, "x") != sum);
    changed = fact;
    std::swap(changed.fact.tenant.text, changed.fact.zone.text);
    CHECK(fact_checksum(changed, "x") != sum);
    changed = fact;
    changed.fact.wall.since_epoch += core::Duration(1);
    CHECK(fact_checksum(changed, "x") != sum);
}
