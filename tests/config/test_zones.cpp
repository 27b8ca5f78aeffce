#include "tests/config/support.hpp"

namespace noodstop::config {

TEST_CASE("observing ends on a date, and only observing does") {
    check_only_mistake(edited(minimal, "mode = \"armed\"", "mode = \"observing\""),
                       {"[zones.dev]", "zones.dev.observe_until", "is missing"});
    check_only_mistake(edited(minimal, "mode = \"armed\"", ""),
                       {"[zones.dev]", "zones.dev.observe_until", "is missing"});
    check_only_mistake(edited(minimal, "mode = \"armed\"", "mode = \"armed\"\nobserve_until = 2027-01-01"),
                       {"observe_until", "zones.dev.observe_until", "means nothing where mode = \"armed\""});
    const auto loaded = load(edited(minimal, "mode = \"armed\"", "observe_until = 1970-01-02"));
    REQUIRE(loaded.ok());
    CHECK(loaded.policy.zones[0].observe_until == core::WallTime{std::chrono::hours(24)});
}

TEST_CASE("an observation that is over is remarked") {
    auto machine = test_machine();
    machine.now = core::WallTime{std::chrono::hours(48)};
    CHECK(has_remark(load(edited(minimal, "mode = \"armed\"", "observe_until = 1970-01-02"), machine),
                     "zones.dev.observe_until", "is over"));
    CHECK(!has_remark(load(edited(minimal, "mode = \"armed\"", "observe_until = 1970-01-04"), machine),
                      "zones.dev.observe_until", "is over"));
}

TEST_CASE("an armed zone needs a mandate, others are remarked") {
    const auto unmandated = edited(minimal.substr(0, minimal.find("[mandates.own]")), "stop = \"25\"", "");
    check_only_mistake(unmandated, {"mode = ", "zones.dev.mode", "is \"armed\", but no mandate names this zone"});
    const auto stopping = minimal.substr(0, minimal.find("[mandates.own]"));
    check_only_mistake(stopping, {"mode = ", "zones.dev.mode", "no mandate names this zone"});
    CHECK(has_remark(load(edited(unmandated, "armed", "disarmed")), "zones.dev", "has no mandate"));
}

TEST_CASE("a zone's mandate names the zone, and there is no doubt which it is") {
    const auto second = edited(minimal.substr(minimal.find("[mandates.own]")), "mandates.own", "mandates.other");
    check_only_mistake(minimal + second,
                       {"[zones.dev]", "zones.dev.mandate", "both mandates.own and mandates.other name this zone"});
    const auto chosen = load(edited(minimal + second, "mode = \"armed\"", "mode = \"armed\"\nmandate = \"other\""));
    REQUIRE_MESSAGE(chosen.ok(), all_texts(chosen.mistakes));
    CHECK(chosen.policy.zones[0].mandate.text == "other");
    CHECK(has_remark(chosen, "mandates.own", "is not used"));
    check_only_mistake(minimal + edited(second_zone, "mode = \"disarmed\"", "mode = \"disarmed\"\nmandate = \"own\""),
                       {"mandate = \"own\"", "zones.studio.mandate", "does not name this zone"});
}

TEST_CASE("a provider of the machine is in one zone, once") {
    check_only_mistake(
        minimal + edited(second_zone, "[\"render\"]", "[\"render\", \"batch\"]"),
        {"\"batch\"]\nmode = \"disarmed\"", "zones.studio.providers", "\"batch\" is already in zones.dev"});
    check_only_mistake(edited(minimal, "[\"batch\"]", "[\"batch\", \"batch\"]"),
                       {"providers = [", "zones.dev.providers", "names \"batch\" twice"});
    check_only_mistake(edited(minimal, "[\"batch\"]", "[]"),
                       {"providers = [", "zones.dev.providers", "is an empty list"});
}

TEST_CASE("a tenant has one currency") {
    check_only_mistake(
        edited(minimal, "[tenants.acme]\ncurrency = \"EUR\"", "[tenants.acme]\ncurrency = \"USD\""),
        {"providers = [", "zones.dev.providers", "is priced in EUR by price_lists.own, but tenant \"acme\" has USD"});
    for (const char* currency : {"eur", "EURO", "E1R", "€"})
        check_only_mistake(edited(minimal, "[tenants.acme]\ncurrency = \"EUR\"",
                                  "[tenants.acme]\ncurrency = \"" + std::string(currency) + "\""),
                           {std::string("currency = \"") + currency, "tenants.acme.currency", "is not a currency"});
}

TEST_CASE("what is not used is remarked") {
    const auto loaded = load(minimal + second_zone + R"(
[price_lists.spare]
currency = "EUR"
as_of = 2026-11-01
unknown_price = "2"
[providers.spare]
kind = "process"
user = "spare"
price_list = "own"
[tenants.spare]
currency = "EUR"
[actions.spare]
)");
    REQUIRE_MESSAGE(loaded.ok(), all_texts(loaded.mistakes));
    CHECK(has_remark(loaded, "price_lists.spare", "is not used"));
    CHECK(has_remark(loaded, "price_lists.spare.prices", "has no entry"));
    CHECK(has_remark(loaded, "providers.spare", "is in no zone"));
    CHECK(has_remark(loaded, "tenants.spare", "is not used"));
    CHECK(has_remark(loaded, "actions.spare", "is not used"));
    CHECK(has_remark(loaded, "zones.studio", "has no limit"));
    for (const auto& remark : load(minimal).remarks)
        CHECK(remark.problem.find("used") == std::string::npos);
}

}  // namespace noodstop::config
