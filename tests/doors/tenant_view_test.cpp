#include "agent/doors/tenant_view.hpp"

#include "proto/codec/service_codec.hpp"
#include "tests/doors/samples.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::doors;

namespace {

// Of acme the zone dev with provider lab; of globex the zone quarry with providers pit and shared, which acme has too.
core::Snapshot of_two_tenants() {
    core::Snapshot snapshot = sample_snapshot();
    snapshot.zones[0].providers = {{"lab"}, {"shared"}};
    core::ZoneStatus other = snapshot.zones[0];
    other.name = {"quarry"};
    other.tenant = {"globex"};
    other.providers = {{"pit"}, {"shared"}};
    other.reason = "globex has a secret";
    snapshot.zones.push_back(other);
    core::LimitStatus limit = snapshot.limits[0];
    limit.name = {"globex-daily"};
    limit.tenant = {"globex"};
    limit.zones = {{"quarry"}};
    snapshot.limits.push_back(limit);
    snapshot.providers.resize(1);
    for (const char* name : {"pit", "shared"}) {
        snapshot.providers.push_back(snapshot.providers[0]);
        snapshot.providers.back().name = {name};
        snapshot.providers.back().problem = std::string("trouble in ") + name;
    }
    snapshot.warnings = {"prices of provider pit are old"};
    return snapshot;
}

template <class Item>
std::vector<std::string> names_of(const std::vector<Item>& items) {
    std::vector<std::string> names;
    for (const Item& item : items)
        names.push_back(item.name.text);
    return names;
}

core::ResourceStatus resource_in(const std::string& id, std::vector<core::ZoneName> zones) {
    core::ResourceStatus resource = sample_resource(id);
    resource.zones = std::move(zones);
    return resource;
}

}  // namespace

TEST_CASE("an owner sees zones, limits and providers of his tenant, whole") {
    const core::Snapshot view = tenant_view(of_two_tenants(), {"acme"});
    CHECK(names_of(view.zones) == std::vector<std::string>{"dev"});
    CHECK(names_of(view.limits) == std::vector<std::string>{"daily"});
    CHECK(names_of(view.providers) == std::vector<std::string>{"lab", "shared"});
    CHECK(view.zones[0].reason == "limit daily reached");
    CHECK(view.agent == "box");
    CHECK(!view.durable);
    CHECK(!view.time_trusted);
}

TEST_CASE("of other tenants not a name, a sentence or a count is in what an owner gets") {
    const std::string bytes = codec::encode_status({tenant_view(of_two_tenants(), {"acme"}), {}});
    for (const char* word : {"globex", "quarry", "pit", "secret"}) {
        CAPTURE(word);
        CHECK(bytes.find(word) == std::string::npos);
    }
    const core::Snapshot view = tenant_view(of_two_tenants(), {"acme"});
    CHECK(view.warnings.empty());
    CHECK(view.looks == 0);
    CHECK(view.last_sequence == 0);
    CHECK(!view.prices_pending);
}

TEST_CASE("what others do changes nothing of what an owner gets") {
    const core::Snapshot before = of_two_tenants();
    core::Snapshot after = before;
    after.zones[1].state = core::BreakerState::latched;
    after.limits[1].used = 99;
    after.providers[1].resource_count = 1000;
    after.warnings.clear();
    after.looks += 5;
    after.last_sequence += 7;
    after.prices_pending = !after.prices_pending;
    CHECK(codec::encode_status({tenant_view(before, {"acme"}), {}}) ==
          codec::encode_status({tenant_view(after, {"acme"}), {}}));
}

TEST_CASE("an owner of a tenant that is not here sees an agent without zones") {
    const core::Snapshot view = tenant_view(of_two_tenants(), {"initech"});
    CHECK(view.zones.empty());
    CHECK(view.limits.empty());
    CHECK(view.providers.empty());
}

TEST_CASE("of resources an owner sees those in his zones, and of their zones only his") {
    const std::vector resources{resource_in("own", {{"dev"}}), resource_in("others", {{"quarry"}}),
                                resource_in("both", {{"dev"}, {"quarry"}}), resource_in("nobodys", {})};
    const auto view = tenant_view(resources, of_two_tenants(), {"acme"});
    REQUIRE(view.size() == 2);
    CHECK(view[0].id.text == "own");
    CHECK(view[1].id.text == "both");
    CHECK(view[1].zones == std::vector<core::ZoneName>{{"dev"}});
}

TEST_CASE("of facts an owner sees those that name his tenant; what the agent did for itself is nobody's") {
    const auto view =
        tenant_view(std::vector{sample_fact(1, "acme"), sample_fact(2, "globex"), sample_fact(3, "")}, {"acme"});
    REQUIRE(view.size() == 1);
    CHECK(view[0].sequence == 1);
}
