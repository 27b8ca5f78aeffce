#include "agent/doors/access.hpp"

#include "proto/codec/service_codec.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::doors;

namespace {

Caller with_role(const std::string& uri) {
    return caller_of({"192.0.2.7:40312", platform::ClientCertificate{"anybody", {uri}, "5e1f"}});
}

bool may(const Caller& caller, std::string_view method) {
    const auto refusal = refusal_of(caller, method);
    if (refusal)
        CHECK(refusal->code == platform::RpcCode::permission_denied);
    return !refusal;
}

constexpr const char* orders[] = {codec::path::trip, codec::path::submit_order, codec::path::rehearse};
constexpr const char* readings[] = {codec::path::get_status, codec::path::list_resources, codec::path::list_facts,
                                    codec::path::watch_facts, codec::path::watch_status};
constexpr const char* health = "/grpc.health.v1.Health/Check";
constexpr const char* reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

}  // namespace

TEST_CASE("a caller is known by what was proven, and named so that a person can find it") {
    CHECK(caller_of({{}, platform::PeerCredentials{1, 1000, 1000}}).name == "uid:1000");
    CHECK(with_role("noodstop:role/operator").name == "operator");
    CHECK(with_role("noodstop:owner/acme").name == "owner acme");
    CHECK(with_role("noodstop:owner/acme").tenant == core::TenantName{"acme"});
    CHECK(with_role("noodstop:hub/h1").name == "hub h1");
    CHECK(with_role("https://example.com").name == "sha256:5e1f");
    CHECK(caller_of({"192.0.2.7:40312", {}}).name == "192.0.2.7:40312");
    CHECK(caller_of({"192.0.2.7:40312", {}}).kind == CallerKind::stranger);
}

TEST_CASE("from outside nobody gives orders, whoever he is") {
    for (const char* uri :
         {"noodstop:role/operator", "noodstop:owner/acme", "noodstop:hub/h1", "noodstop:agent/a1", ""})
        for (const char* method : orders) {
            CAPTURE(uri);
            CHECK(!may(with_role(uri), method));
        }
}

TEST_CASE("operators and owners read, and ask what there is to call") {
    for (const char* uri : {"noodstop:role/operator", "noodstop:owner/acme"}) {
        for (const char* method : readings)
            CHECK(may(with_role(uri), method));
        CHECK(may(with_role(uri), health));
        CHECK(may(with_role(uri), reflection));
    }
    CHECK(with_role("noodstop:role/operator").sees_all());
    CHECK(!with_role("noodstop:owner/acme").sees_all());
}

TEST_CASE("a hub asks for health and status, and for nothing else") {
    const Caller hub = with_role("noodstop:hub/h1");
    CHECK(may(hub, codec::path::get_status));
    CHECK(may(hub, health));
    for (const char* method : {codec::path::list_resources, codec::path::list_facts, codec::path::watch_facts,
                               codec::path::watch_status, reflection})
        CHECK(!may(hub, method));
}

TEST_CASE("agents and certificates without a role that is known here may nothing, and are told why") {
    for (const char* uri : {"noodstop:agent/a1", "noodstop:role/admin", "https://example.com"}) {
        const Caller caller = with_role(uri);
        CHECK(!caller.sees_all());
        for (const char* method : readings)
            CHECK(!may(caller, method));
        CHECK(!may(caller, health));
        CHECK(refusal_of(caller, health)->message == caller.problem);
        CHECK(!caller.problem.empty());
    }
}

TEST_CASE("what is not in the table nobody may call from outside") {
    CHECK(!may(with_role("noodstop:role/operator"), "/noodstop.v1.StatusService/Newer"));
}

TEST_CASE("callers on the unix socket are let through to the path, which looks for itself") {
    const Caller local = caller_of({{}, platform::PeerCredentials{1, 1000, 1000}});
    for (const char* method : orders)
        CHECK(may(local, method));
    CHECK(local.sees_all());
}
