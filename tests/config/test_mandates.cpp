#include "tests/config/support.hpp"

namespace noodstop::config {
namespace {

std::string with_key(const std::string& line) {
    return minimal + line + "\n";
}

}  // namespace

TEST_CASE("a mandate is valid for some time") {
    check_only_mistake(edited(minimal, "2028-01-01", "2026-01-01"),
                       {"valid_until", "mandates.own.valid_until", "is not after valid_from"});
    auto machine = test_machine();
    machine.now = core::WallTime{std::chrono::hours(24)};
    CHECK(has_remark(load(minimal, machine), "mandates.own.valid_from", "is yet to come"));
    machine.now = core::WallTime{std::chrono::hours(24 * 365 * 60)};
    CHECK(has_remark(load(minimal, machine), "mandates.own.valid_until", "is over"));
}

TEST_CASE("a mandate is of one tenant") {
    const auto two = minimal + "[tenants.other]\ncurrency = \"EUR\"\n" + edited(second_zone, "\"acme\"", "\"other\"");
    check_only_mistake(
        edited(two, "scope = [\"dev\"]", "scope = [\"dev\", \"studio\"]"),
        {"scope = ", "mandates.own.scope", "zone \"studio\" belongs to tenant \"other\", not to \"acme\""});
    check_only_mistake(edited(two, "owner = ", "tenant = \"other\"\nowner = "),
                       {"scope = ", "mandates.own.scope", "zone \"dev\" belongs to tenant \"acme\""});
    check_only_mistake(edited(minimal, "scope = [\"dev\"]", "scope = [\"dev\", \"dev\"]"),
                       {"scope = ", "mandates.own.scope", "names \"dev\" twice"});
}

TEST_CASE("a mandate speaks of providers in its scope, each granted once") {
    check_only_mistake(
        edited(minimal, "grants = [", "grants = [{ provider = \"render\", levers = [\"suspend\"] },\n") + second_zone,
        {"\"render\"", "mandates.own.grants[1].provider", "\"render\" is in no zone of the scope"});
    check_only_mistake(with_key("protected = [{ provider = \"render\", id = \"1\" }]") + second_zone,
                       {"protected", "mandates.own.protected[1].provider", "is in no zone of the scope"});
    check_only_mistake(edited(minimal, "grants = [", "grants = [{ provider = \"batch\", levers = [\"suspend\"] },\n"),
                       {"[\"shut_down\"", "mandates.own.grants[2].provider", "\"batch\" has a grant already"});
    check_only_mistake(edited(minimal, "\"power_off\"", "\"power_of\""),
                       {"power_of", "mandates.own.grants[1].levers[2]", "\"power_of\" is not one of its words"});
    check_only_mistake(edited(minimal, "levers = [\"shut_down\", \"power_off\"]", "levers = []"),
                       {"levers", "mandates.own.grants[1].levers", "is an empty list"});
}

TEST_CASE("a mandate that grants nothing says so itself, and its limits are toothless") {
    const auto text =
        edited(minimal, "grants = [{ provider = \"batch\", levers = [\"shut_down\", \"power_off\"] }]", "grants = []");
    const auto loaded = load(edited(text, "stop = \"25\"", ""));
    REQUIRE(loaded.mistakes.size() == 1);
    CHECK(loaded.mistakes[0].key == "mandates.own.grants");
}

TEST_CASE("resources are named once, baseline ones by id or prefix") {
    check_only_mistake(
        with_key("protected = [{ provider = \"batch\", id = \"a\" }, { provider = \"batch\", id = \"a\" }]"),
        {"protected", "mandates.own.protected[2].id", "\"a\" is there twice"});
    check_only_mistake(with_key("baseline = [{ provider = \"batch\" }]"),
                       {"baseline", "mandates.own.baseline[1]", "neither id nor prefix"});
    check_only_mistake(with_key("baseline = [{ provider = \"batch\", id = \"a\", prefix = \"b\" }]"),
                       {"baseline", "mandates.own.baseline[1]", "both id and prefix"});
    const auto loaded =
        load(with_key("baseline = [{ provider = \"batch\", id = \"a\", rate_max = \"0.5\" }, { provider = \"batch\", "
                      "prefix = \"w-\", count_max = 3 }]"
                      "\nprotected = [{ provider = \"batch\", id = \"p\", rate_max = 1 }]"));
    REQUIRE_MESSAGE(loaded.ok(), all_texts(loaded.mistakes));
    const auto& mandate = loaded.policy.mandates[0];
    CHECK(mandate.baseline[0] == core::BaselineSelector{{"batch"}, "a", true, std::nullopt, core::HourlyRate{500'000}});
    CHECK(mandate.baseline[1] == core::BaselineSelector{{"batch"}, "w-", false, 3, std::nullopt});
    CHECK(mandate.protected_resources[0] == core::ProtectedResource{{"batch"}, {"p"}, core::HourlyRate{1'000'000}});
}

TEST_CASE("ceilings and exceptions have amounts that their limits can have") {
    check_only_mistake(
        with_key("ceilings = [{ limit = \"daily\", amount_max = 50 }, { limit = \"daily\", amount_max = 60 }]"),
        {"ceilings", "mandates.own.ceilings[2].limit", "\"daily\" has a ceiling already"});
    check_only_mistake(
        with_key("exceptions = [{ limit = \"daily\", from = 2027-01-02, until = 2027-01-02, amount = 50 }]"),
        {"exceptions", "mandates.own.exceptions[1].until", "is not after from"});
    const std::string counting = "[limits.crowd]\nkind = \"count\"\nzone = \"dev\"\nstop = 5\n";
    const auto with_count = edited(minimal, "[mandates.own]", counting + "[mandates.own]");
    check_only_mistake(with_count + "ceilings = [{ limit = \"crowd\", amount_max = \"5.5\" }]\n",
                       {"ceilings", "mandates.own.ceilings[1].amount_max", "can't be counted"});
    check_only_mistake(with_count + "ceilings = [{ limit = \"crowd\", amount_max = 4 }]\n",
                       {"stop = 5", "limits.crowd.stop", "5 is above the ceiling of 4"});
    const auto loaded =
        load(with_count +
             "ceilings = [{ limit = \"crowd\", amount_max = 8 }]\n"
             "exceptions = [{ limit = \"daily\", from = 1970-01-02, until = 1970-01-03, amount = \"50\" }]\n");
    REQUIRE_MESSAGE(loaded.ok(), all_texts(loaded.mistakes));
    CHECK(loaded.policy.mandates[0].ceilings[0] == core::LimitCeiling{{"crowd"}, {8}});
    CHECK(loaded.policy.mandates[0].exceptions[0].amount == core::units(50));
    const auto allowing = edited(minimal, "[mandates.own]",
                                 "[limits.kinds]\nkind = \"allow\"\nzone = \"dev\"\nkinds = [\"vm\"]\n[mandates.own]");
    check_only_mistake(allowing + "ceilings = [{ limit = \"kinds\", amount_max = 4 }]\n",
                       {"ceilings", "mandates.own.ceilings[1].limit", "has no amount"});
}

TEST_CASE("providers are looked at as often as the mandate wants") {
    const auto text = with_key("poll_interval_max = \"900ms\"");
    check_only_mistake(
        text, {"[providers.batch]", "providers.batch.poll_interval", "1s is longer than mandates.own permits: 900ms"});
    check_loads(edited(text, "900ms", "1s") + second_zone);
}

TEST_CASE("an unsigned mandate has no quorum: only root can order") {
    check_only_mistake(with_key("loosening_quorum = 2"),
                       {"loosening", "mandates.own.loosening_quorum", "2 can never be met"});
    check_only_mistake(with_key("loosening_quorum = 0"),
                       {"loosening", "mandates.own.loosening_quorum", "0 is too small"});
    check_loads(with_key("loosening_quorum = 1"));
}

TEST_CASE("runbooks stop with levers that stop") {
    const auto with = [](const std::string& line) { return minimal + "[actions.default]\n" + line + "\n"; };
    check_only_mistake(with("stop = [{ lever = \"power_off\" }, { lever = \"suspend\" }]"),
                       {"suspend", "actions.default.stop[2].lever", "does not stop"});
    check_only_mistake(with("stop = [{ lever = \"resume\" }]"),
                       {"resume", "actions.default.stop[1].lever", "is not one of its words"});
    check_only_mistake(with("stop = [{ lever = \"power_off\" }, { lever = \"power_off\" }]"),
                       {"stop = [{", "actions.default.stop[2].lever", "is there twice"});
    check_only_mistake(with("hold = []"), {"hold", "actions.default.hold", "is an empty list"});
    check_only_mistake(with("retry_first = \"40s\""),
                       {"retry", "actions.default.retry_first", "40s is longer than retry_max 30s"});
    check_only_mistake(with("retry_max = \"100ms\""),
                       {"retry", "actions.default.retry_max", "500ms is longer than retry_max 100ms"});
    CHECK(has_remark(load(with("stop = [{ lever = \"shut_down\" }]")), "actions.default.stop", "never powers off"));
    const auto loaded = load(with("stop = [{ lever = \"power_off\", deadline = \"1s\" }]"));
    REQUIRE(loaded.ok());
    REQUIRE(loaded.policy.runbooks.size() == 1);
    CHECK(loaded.policy.runbooks[0].stop ==
          std::vector{core::LeverRule{core::Lever::power_off, std::chrono::seconds(1)}});
}

TEST_CASE("a mandate that doesn't grant the runbook's levers leaves limits toothless") {
    check_only_mistake(minimal.substr(0, minimal.find("[mandates.own]")) +
                           "[actions.default]\nstop = [{ lever = \"power_off\" }]\n" +
                           edited(minimal.substr(minimal.find("[mandates.own]")), ", \"power_off\"", ""),
                       {"stop = \"25\"", "limits.daily.stop", "can't be enforced"});
}

TEST_CASE("notifications call a program by its whole path about facts that exist") {
    const auto with = [](const std::string& lines) { return minimal + "[notifications.duty]\n" + lines + "\n"; };
    check_only_mistake(with("command = [\"logger\"]"),
                       {"command", "notifications.duty.command", "\"logger\" is not an absolute path"});
    check_only_mistake(with("command = []"), {"command", "notifications.duty.command", "is an empty list"});
    check_only_mistake(with("command = \"/bin/true\""),
                       {"command", "notifications.duty.command", "a text, not a list"});
    check_only_mistake(with("command = [\"/bin/true\"]\nfacts = [\"tripped\", \"triped\"]"),
                       {"facts", "notifications.duty.facts[2]", "\"triped\" is not one of its words"});
    CHECK(load(with("command = [\"/bin/true\"]\nfacts = [\"triped\"]")).mistakes.at(0).cure ==
          "Did you mean \"tripped\"?");
    const auto loaded = load(with("command = [\"/bin/true\", \"-x\"]\nfacts = [\"tripped\"]\ndeadline = \"3s\""));
    REQUIRE(loaded.ok());
    CHECK(loaded.policy.notifications[0] ==
          core::Notification{"duty", {"/bin/true", "-x"}, {"tripped"}, std::chrono::seconds(3)});
}

}  // namespace noodstop::config
