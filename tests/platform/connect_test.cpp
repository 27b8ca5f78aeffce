// The Connect protocol's rules, as functions.
#include "platform/rpc/connect.hpp"

#include <doctest/doctest.h>

using namespace noodstop::platform;

TEST_CASE("every code has its name and its HTTP status") {
    for (int number = 0; number <= static_cast<int>(RpcCode::unauthenticated); ++number) {
        const auto code = static_cast<RpcCode>(number);
        CHECK(rpc_code_from_name(to_text(code)) == code);
        CHECK(http_status_of(code) >= 400);
    }
    CHECK(!rpc_code_from_name("fine").has_value());
    CHECK(http_status_of(RpcCode::canceled) == 499);
    CHECK(http_status_of(RpcCode::permission_denied) == 403);
    CHECK(http_status_of(RpcCode::unavailable) == 503);
    CHECK(rpc_code_of_http(404) == RpcCode::unimplemented);
    CHECK(rpc_code_of_http(418) == RpcCode::unknown);
}

TEST_CASE("an error survives its text, whatever the message") {
    const RpcError error{RpcCode::not_found, "no \"zone\"\n\x01"};
    const auto got = connect::error_in_json(connect::error_json(error));
    REQUIRE(got.has_value());
    CHECK(got->code == error.code);
    CHECK(got->message == error.message);
    CHECK(connect::error_json({RpcCode::internal, "x"}) == R"({"code":"internal","message":"x"})");
    CHECK(!connect::error_in_json("not json").has_value());
    CHECK(connect::end_json(nullptr) == "{}");
    CHECK(!connect::error_in_end_json("{}").has_value());
    CHECK(connect::error_in_end_json(connect::end_json(&error))->code == RpcCode::not_found);
    CHECK(connect::error_in_end_json("[")->code == RpcCode::internal);
}

TEST_CASE("an error that quotes bytes which are no UTF-8 is still JSON") {
    const RpcError error{RpcCode::unimplemented, "no procedure /\xc4z"};
    CHECK(connect::error_in_json(connect::error_json(error))->message == "no procedure /\\xc4z");
    CHECK(connect::error_in_end_json(connect::end_json(&error))->code == RpcCode::unimplemented);
    CHECK(connect::error_in_json(connect::error_json({RpcCode::internal, "b\xc3\xbcro"}))->message == "b\xc3\xbcro");
}

TEST_CASE("a timeout has one to ten digits") {
    CHECK(connect::timeout_in("0") == std::chrono::milliseconds(0));
    CHECK(connect::timeout_in("9999999999")->count() == 9'999'999'999);
    for (const char* wrong : {"", "10000000000", "-1", "1s", " 1", "+1"})
        CHECK(!connect::timeout_in(wrong).has_value());
}

TEST_CASE("envelopes come out as they went in, wherever the stream is cut") {
    const std::string bytes = envelope(0, "one") + envelope(0, "") + envelope(2, "{}");
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        EnvelopeReader reader(10);
        std::string seen;
        for (const std::string& part : {bytes.substr(0, cut), bytes.substr(cut)}) {
            reader.put(part);
            while (const auto next = reader.take())
                seen += std::to_string(next->flags) + ":" + next->message + ";";
        }
        CHECK(seen == "0:one;0:;2:{};");
    }
}

TEST_CASE("an envelope larger than allowed is not waited for") {
    EnvelopeReader reader(3);
    reader.put(envelope(0, "four"));
    CHECK(!reader.take().has_value());
    CHECK(reader.is_broken());
}
