// Where alerts go, who may call, what the command line says.
#include "proto/codec/uplink_codec.hpp"
#include "tools/hub/server/admission.hpp"
#include "tools/hub/server/options.hpp"
#include "tools/hub/server/presence.hpp"
#include "tools/hub/server/uplink_service.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::hub;
using namespace std::chrono_literals;

namespace {

platform::Peer peer_with(const std::vector<std::string>& uris) {
    return {"192.0.2.7:40312", platform::ClientCertificate{"name", uris, "f00d"}};
}

bool may(const std::string& uri, const std::string& path) {
    const platform::Peer peer = peer_with({uri});
    return !refusal_of({peer, path, {}});
}

ParsedOptions parse(std::vector<const char*> texts) {
    texts.insert(texts.begin(),
                 {"noodstop-hub", "--store", "s", "--certificate", "c", "--key", "k", "--authorities", "a"});
    return parse_options(static_cast<int>(texts.size()), texts.data());
}

}  // namespace

TEST_CASE("a URL of a receiver is taken apart") {
    const auto target = parse_web_target("https://alerts.example:9093/prefix/x?y=z");
    REQUIRE(target.ok());
    CHECK(target->encrypted);
    CHECK(target->host == "alerts.example");
    CHECK(target->port == 9093);
    CHECK(target->path == "/prefix/x?y=z");
    CHECK(parse_web_target("https://alerts.example")->port == 443);
    CHECK(parse_web_target("http://localhost")->port == 80);
    CHECK(parse_web_target("http://[::1]:9093/")->host == "::1");
    CHECK(authority_of(*parse_web_target("https://[2001:db8::1]/")) == "[2001:db8::1]:443");
}

TEST_CASE("what is no URL of a receiver, or would go unencrypted over a network, is refused with a cure") {
    for (const char* url :
         {"", "alerts:9093", "ftp://a/", "https://", "https://a:0/", "https://a:99999/", "https://a:x/",
          "https://user@a/", "http://192.0.2.1/", "http://alerts/", "https://a/ b", "https://a/#b"}) {
        CAPTURE(url);
        const auto target = parse_web_target(url);
        REQUIRE(!target.ok());
        CHECK(target.error().message.find("Cure: ") != std::string::npos);
    }
}

TEST_CASE("each role may do its own and nothing else") {
    const std::string push = codec::path::push;
    const std::string list = codec::path::list_agents;
    CHECK(may("noodstop:agent/box", push));
    CHECK(!may("noodstop:agent/box", list));
    CHECK(may("noodstop:role/operator", list));
    CHECK(!may("noodstop:role/operator", push));
    CHECK(may("noodstop:owner/acme", list));
    CHECK(!may("noodstop:owner/acme", push));
    CHECK(!may("noodstop:hub/other", list));
    CHECK(!may("noodstop:hub/other", push));
    CHECK(!may("https://example.org/", list));
    const platform::Peer two = peer_with({"noodstop:agent/box", "noodstop:role/operator"});
    CHECK(refusal_of({two, push, {}}));
    CHECK(refusal_of({platform::Peer{}, list, {}}));
}

TEST_CASE("an operator sees everything, an owner its tenant") {
    CHECK(!viewer_of(peer_with({"noodstop:role/operator"})).tenant);
    CHECK(viewer_of(peer_with({"noodstop:owner/acme"})).tenant == core::TenantName{"acme"});
    CHECK(viewer_of(peer_with({})).tenant == core::TenantName{""});
}

TEST_CASE("an agent is there as long as one of its connections is") {
    Presence presence;
    auto one = presence.enter("box");
    auto other = presence.enter("box");
    one.reset();
    CHECK(presence.has("box"));
    other.reset();
    CHECK(!presence.has("box"));
}

TEST_CASE("a refusal that may be repeated says when") {
    const platform::RpcError error = error_of({RefusalKind::exhausted, "full", 30s});
    CHECK(error.code == platform::RpcCode::resource_exhausted);
    REQUIRE(error.details.size() == 1);
    CHECK(error.details.front() == platform::RpcErrorDetail{"google.rpc.RetryInfo", "\x0a\x02\x08\x1e"});
    CHECK(error_of({RefusalKind::invalid, "wrong", 0s}).details.empty());
    CHECK(error_of({RefusalKind::unavailable, "dead", 1s}).code == platform::RpcCode::unavailable);
}

TEST_CASE("options have defaults, and times their units") {
    const ParsedOptions usual = parse({});
    REQUIRE(!usual.exit);
    CHECK(usual.options.listen.port == 8444);
    CHECK(usual.options.missing_after == 5min);
    const ParsedOptions other = parse({"--missing-after", "90s", "--retention", "36h", "--listen", "[::]:1"});
    REQUIRE(!other.exit);
    CHECK(other.options.missing_after == 90s);
    CHECK(other.options.retention == 36h);
    CHECK(other.options.listen.host == "::");
    for (const char* wrong : {"", "5", "m", "-5m", "0s", "5x", "99999999999999999999s", "9223372036854775807d"}) {
        CAPTURE(wrong);
        CHECK(parse({"--missing-after", wrong}).exit == exit_wrong_options);
    }
    CHECK(parse({"--retention", "59m"}).exit == exit_wrong_options);
    CHECK(parse({"--nonsense"}).exit == exit_wrong_usage);
    CHECK(parse({"--webhook", "https://a/"}).exit == exit_wrong_options);
    CHECK(!parse({"--webhook", "https://a/", "--alert-authorities", "f"}).exit);
}
