#include "proto/codec/peer_role.hpp"

#include <doctest/doctest.h>

using namespace noodstop::codec;

TEST_CASE("a certificate's URI says whom it speaks for") {
    struct Case {
        const char* uri;
        PeerRole role;
        const char* text;
    };
    const Case cases[] = {
        {"noodstop:role/operator", {PeerKind::operator_, ""}, "operator"},
        {"noodstop:owner/acme", {PeerKind::owner, "acme"}, "owner acme"},
        {"noodstop:hub/h-1.example", {PeerKind::hub, "h-1.example"}, "hub h-1.example"},
        {"noodstop:agent/a_1", {PeerKind::agent, "a_1"}, "agent a_1"},
        {"NoodStop:agent/A", {PeerKind::agent, "A"}, "agent A"},
    };
    for (const Case& one : cases) {
        CAPTURE(one.uri);
        const auto role = peer_role({one.uri});
        REQUIRE(role);
        CHECK(*role.value == one.role);
        CHECK(text_of(*role.value) == one.text);
    }
}

TEST_CASE("URIs of others say nothing, and don't disturb") {
    CHECK(!peer_role({}));
    CHECK(!peer_role({"spiffe://example/agent", "https://noodstop:role/operator", "xnoodstop:role/operator"}));
    const auto role = peer_role({"spiffe://example/agent", "noodstop:hub/h1", "urn:x"});
    REQUIRE(role);
    CHECK(role.value->kind == PeerKind::hub);
}

TEST_CASE("two roles are none, also twice the same") {
    CHECK(!peer_role({"noodstop:role/operator", "noodstop:owner/acme"}));
    CHECK(!peer_role({"noodstop:owner/acme", "NOODSTOP:owner/acme"}));
    CHECK(!peer_role({"noodstop:owner/acme", "noodstop:something/new"}));
}

TEST_CASE("what is not exactly a role is none") {
    for (const std::string& uri :
         {std::string("noodstop:"), std::string("noodstop:role/"), std::string("noodstop:role/operator/"),
          std::string("noodstop:role/Operator"), std::string("noodstop:role/root"),
          std::string("noodstop:role/operator "), std::string("noodstop:role/operator\0", 23),
          std::string("noodstop:owner/"), std::string("noodstop:owner"), std::string("noodstop:owner/a/b"),
          std::string("noodstop:owner/.."), std::string("noodstop:owner/a%2Fb"), std::string("noodstop:owner/a b"),
          std::string("noodstop:owner/a\0b", 18), std::string("noodstop:OWNER/a"),
          "noodstop:owner/" + std::string(65, 'a'), std::string("noodstop://owner/acme")}) {
        CAPTURE(uri);
        const auto role = peer_role({uri});
        CHECK(!role);
        CHECK(!role.problem.empty());
    }
    CHECK(peer_role({"noodstop:owner/" + std::string(64, 'a')}));
}
