// What errors of a push mean to the session.
#include "agent/doors/push_refusal.hpp"

#include "platform/rpc/proto_wire.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::doors;
using namespace std::chrono_literals;
using platform::ProtoWriter;
using platform::RpcCode;
using platform::RpcError;

namespace {

RpcError with_detail(const std::string& type, const std::string& value) {
    return {RpcCode::resource_exhausted, "", {{type, value}}};
}

std::string retry_info(std::uint64_t seconds, std::uint64_t nanos) {
    return ProtoWriter().bytes(1, ProtoWriter().number(1, seconds).number(2, nanos).take()).take();
}

}  // namespace

TEST_CASE("what is about us is not hurried, what is about now is tried again") {
    CHECK(push_refusal_of(RpcCode::resource_exhausted) == PushRefusal::too_much);
    for (const RpcCode code : {RpcCode::permission_denied, RpcCode::unauthenticated, RpcCode::invalid_argument,
                               RpcCode::unimplemented, RpcCode::failed_precondition})
        CHECK(push_refusal_of(code) == PushRefusal::wrong);
    for (const RpcCode code : {RpcCode::unavailable, RpcCode::deadline_exceeded, RpcCode::internal, RpcCode::canceled})
        CHECK(push_refusal_of(code) == PushRefusal::failed);
}

TEST_CASE("a delay is read from RetryInfo, with or without the prefix of its type") {
    CHECK(retry_after_of(with_detail("google.rpc.RetryInfo", retry_info(30, 500'000'000))) == 30'500ms);
    CHECK(retry_after_of(with_detail("type.googleapis.com/google.rpc.RetryInfo", retry_info(1, 0))) == 1s);
}

TEST_CASE("what is no delay is none") {
    CHECK(!retry_after_of({RpcCode::unavailable, "", {}}));
    CHECK(!retry_after_of(with_detail("google.rpc.Help", retry_info(30, 0))));
    CHECK(!retry_after_of(with_detail("google.rpc.RetryInfo", "\xff\xff")));
    CHECK(!retry_after_of(with_detail("google.rpc.RetryInfo", retry_info(~std::uint64_t{0}, 0))));
}

TEST_CASE("a problem is one printable line") {
    CHECK(problem_of({RpcCode::unavailable, "", {}}) == "unavailable");
    CHECK(problem_of({RpcCode::internal, "a\x1b[2Jb", {}}) == "internal: a\\x1b[2Jb");
}
