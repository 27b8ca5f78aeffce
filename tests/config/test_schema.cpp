#include "agent/config/schema.hpp"
#include "tests/config/support.hpp"

#include <set>

namespace noodstop::config {
namespace {

void collect_keys(const Section& section, std::vector<const Key*>& keys) {
    for (const auto& key : section.keys) {
        keys.push_back(&key);
        if (key.table != nullptr)
            collect_keys(*key.table, keys);
    }
}

std::vector<const Key*> all_keys() {
    std::vector<const Key*> keys;
    for (const auto& section : schema())
        collect_keys(section, keys);
    return keys;
}

core::Policy load_with_everything() {
    auto loaded = load(minimal + second_zone + R"(
[limits.count]
kind = "count"
zone = "dev"
stop = 5
[limits.allow]
kind = "allow"
zone = "dev"
kinds = ["cgroup"]
[actions.plain]
stop = [{ lever = "power_off" }]
[notifications.duty]
command = ["/bin/true"]
[remote]
certificate = "/c"
key = "/k"
authorities = "/a"
[uplink]
host = "hub"
certificate = "/c"
key = "/k"
authorities = "/a"
[metrics]
)");
    REQUIRE_MESSAGE(loaded.ok(), all_texts(loaded.mistakes));
    return std::move(loaded.policy);
}

}  // namespace

TEST_CASE("every default of what there is, is the one that the core's types have") {
    const auto policy = load_with_everything();
    core::AgentPolicy agent;
    agent.name = "box";  // the one default that depends on the machine
    const core::TlsFiles files{"/c", "/k", "/a"};
    agent.channel.remote.emplace().tls = files;
    agent.channel.uplink.emplace().host = "hub";
    agent.channel.uplink->tls = files;
    agent.channel.metrics.emplace();
    CHECK(policy.agent == agent);

    core::ProviderPolicy provider;
    provider.name = {"batch"};
    provider.settings = policy.providers[0].settings;
    provider.price_list = {"own"};
    provider.blind_rate = policy.providers[0].blind_rate;  // likewise
    CHECK(policy.providers[0] == provider);

    const core::PriceList list;
    CHECK(policy.price_lists[0].stale_after == list.stale_after);
    CHECK(policy.price_lists[0].source == list.source);
    const core::Price price;
    CHECK(policy.price_lists[0].prices[0].family == price.family);
    CHECK(policy.price_lists[0].prices[0].free == price.free);
    const auto bare = load(edited(minimal, "metric = \"cpu\", ", ""));
    CHECK(bare.policy.price_lists.at(0).prices.at(0).metric == price.metric);

    core::Notification notification;
    notification.name = "duty";
    notification.command = {"/bin/true"};
    CHECK(policy.notifications[0] == notification);
}

TEST_CASE("every default of what holds, is the one that the core's types have") {
    const auto policy = load_with_everything();
    const core::ZonePolicy zone;
    CHECK(policy.zones[0].calm == zone.calm);
    const auto observing = load(edited(minimal, "mode = \"armed\"", "observe_until = 2027-01-01"));
    CHECK(observing.policy.zones.at(0).mode == zone.mode);

    core::Limit spend;
    spend.name = {"daily"};
    spend.zone = core::ZoneName{"dev"};
    spend.warn = 10'000'000;
    spend.stop = 25'000'000;
    CHECK(policy.limits[0] == spend);
    CHECK(policy.limits[1].counted == spend.counted);
    CHECK(policy.limits[1].confirm == spend.confirm);
    CHECK(policy.limits[2].allow_stage == spend.allow_stage);

    core::Runbook runbook;
    runbook.name = {"plain"};
    runbook.stop = {core::LeverRule{}};
    runbook.hold = {{core::Lever::suspend, std::chrono::seconds(2)}};
    CHECK(policy.runbooks[0] == runbook);
}

TEST_CASE("every default of a mandate is the one that the core's type has") {
    const auto policy = load_with_everything();
    core::Mandate mandate;
    mandate.id = {"own"};
    mandate.tenant = {"acme"};
    mandate.scope = {{"dev"}};
    mandate.owner = "Acme B.V.";
    mandate.valid_from = policy.mandates[0].valid_from;
    mandate.valid_until = policy.mandates[0].valid_until;
    mandate.grants = {{{"batch"}, {core::Lever::shut_down, core::Lever::power_off}}};
    CHECK(policy.mandates[0] == mandate);
}

TEST_CASE("the default runbook shuts down, then powers off, and suspends to hold") {
    const auto runbook = load(minimal).policy.runbooks.at(0);
    CHECK(runbook.stop == std::vector<core::LeverRule>{{core::Lever::shut_down, std::chrono::seconds(5)},
                                                       {core::Lever::power_off, std::chrono::seconds(2)}});
    CHECK(runbook.hold == std::vector<core::LeverRule>{{core::Lever::suspend, std::chrono::seconds(2)}});
}

TEST_CASE("the schema is of one piece") {
    for (const auto& section : schema()) {
        CHECK(!section.meaning.empty());
        CHECK((section.kind_key.empty() || find_key(section, section.kind_key) != nullptr));
        std::set<std::string> names;
        for (const auto& key : section.keys)
            CHECK(names.insert(key.name).second);
    }
    for (const auto* key : all_keys()) {
        INFO(key->name);
        CHECK(!key->meaning.empty());
        CHECK((key->type == Type::tables) == (key->table != nullptr));
        CHECK((key->refers.empty() || find_section(key->refers) != nullptr));
        CHECK((!key->required || key->standard.empty()));
    }
}

TEST_CASE("the reference names every section and key") {
    const auto text = reference_markdown();
    for (const auto& section : schema())
        CHECK(text.find("### `[" + section.name) != std::string::npos);
    for (const auto* key : all_keys()) {
        CHECK_MESSAGE(text.find("| `" + key->name + "` |") != std::string::npos, key->name);
        CHECK_MESSAGE(text.find(key->meaning) != std::string::npos, key->name);
    }
    CHECK(text.find("| `poll_interval` | duration | `\"1s\"` | 100ms to 1h |") != std::string::npos);
}

}  // namespace noodstop::config
