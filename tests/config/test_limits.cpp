#include "tests/config/support.hpp"

namespace noodstop::config {
namespace {

std::string with_limit(const std::string& keys) {
    return minimal + "\n[limits.second]\n" + keys;
}

}  // namespace

TEST_CASE("a limit covers a zone or a tenant, one of them") {
    check_only_mistake(with_limit("kind = \"rate\"\nstop = 4\n"),
                       {"[limits.second]", "limits.second", "neither a zone nor a tenant"});
    check_only_mistake(with_limit("kind = \"rate\"\nstop = 4\nzone = \"dev\"\ntenant = \"acme\" # both\n"),
                       {"# both", "limits.second", "names a zone and a tenant"});
    check_loads(with_limit("kind = \"rate\"\nstop = 4\ntenant = \"acme\"\n"));
}

TEST_CASE("a limit has a stage") {
    for (const char* kind : {"spend", "rate", "count"})
        check_only_mistake(with_limit("kind = \"" + std::string(kind) + "\"\nzone = \"dev\"\n"),
                           {"[limits.second]", "limits.second", "has no stage"});
}

TEST_CASE("an allow limit allows something, not everything") {
    check_only_mistake(with_limit("kind = \"allow\"\nzone = \"dev\"\n"),
                       {"[limits.second]", "limits.second", "allows everything"});
    const auto loaded =
        load(with_limit("kind = \"allow\"\nzone = \"dev\"\nregions = [\"eu\"]\nskus = [\"a\"]\nkinds = [\"vm\"]\n"));
    REQUIRE(loaded.ok());
    CHECK(loaded.policy.limits[1].regions == std::vector<std::string>{"eu"});
    CHECK(loaded.policy.limits[1].skus == std::vector<std::string>{"a"});
    CHECK(loaded.policy.limits[1].kinds == std::vector<std::string>{"vm"});
}

TEST_CASE("thresholds rise from warn over hold to stop") {
    check_only_mistake(edited(minimal, "warn = \"10\"", "warn = \"25.000001\""),
                       {"warn", "limits.daily.warn", "25.000001 is above its stop of 25.00"});
    const auto grants = edited(minimal, "\"shut_down\"", "\"suspend\", \"shut_down\"");
    check_only_mistake(edited(grants, "warn = \"10\"", "warn = 11\nhold = 10"),
                       {"warn = 11", "limits.daily.warn", "11.00 is above its hold of 10.00"});
    check_only_mistake(edited(grants, "warn = \"10\"", "warn = 10\nhold = 26"),
                       {"hold = 26", "limits.daily.hold", "26.00 is above its stop of 25.00"});
    check_loads(edited(grants, "warn = \"10\"", "warn = 25\nhold = 25"));
    const auto both = load(edited(grants, "warn = \"10\"", "warn = 40\nhold = 30"));
    CHECK(both.mistakes.size() == 2);
}

TEST_CASE("thresholds are above zero, exact, and whole where they count") {
    check_only_mistake(edited(edited(minimal, "warn = \"10\"", ""), "stop = \"25\"", "stop = 0"),
                       {"stop = 0", "limits.daily.stop", "0 is too small"});
    check_only_mistake(edited(minimal, "stop = \"25\"", "stop = -1"),
                       {"stop = -1", "limits.daily.stop", "\"-1\" is negative"});
    check_only_mistake(edited(minimal, "stop = \"25\"", "stop = true"),
                       {"stop = true", "limits.daily.stop", "is true or false"});
    check_only_mistake(with_limit("kind = \"count\"\nzone = \"dev\"\nstop = \"2.5\"\n"),
                       {"2.5", "limits.second.stop", "2.50 can't be counted"});
    const auto loaded =
        load(with_limit("kind = \"count\"\nzone = \"dev\"\ncounted = \"gpus\"\nstop = 12\nconfirm = 3\n"));
    REQUIRE(loaded.ok());
    CHECK(loaded.policy.limits[1].stop == 12);
    CHECK(loaded.policy.limits[1].counted == core::Counted::gpus);
    CHECK(loaded.policy.limits[1].confirm == 3);
}

TEST_CASE("a window is a day, a month or a duration of at most 400 days") {
    const auto with = [](const std::string& window) {
        return edited(minimal, "kind = \"spend\"", "kind = \"spend\"\nwindow = " + window);
    };
    check_only_mistake(with("\"0s\""), {"window", "limits.daily.window", "\"0s\" is too small"});
    check_only_mistake(with("\"401d\""), {"window", "limits.daily.window", "\"401d\" is too large"});
    check_only_mistake(with("\"week\""), {"window", "limits.daily.window", "\"week\" is not a window"});
    check_only_mistake(with("0"), {"window", "limits.daily.window", "is 0, without a unit"});
    CHECK(load(with("\"month\"")).policy.limits[0].window == core::WindowKind::month);
    const auto rolling = load(with("\"24h\"")).policy.limits.at(0);
    CHECK(rolling.window == core::WindowKind::rolling);
    CHECK(rolling.window_length == std::chrono::hours(24));
}

TEST_CASE("confirm is not for spend, and never 0") {
    check_only_mistake(edited(minimal, "warn = \"10\"", "confirm = 2"),
                       {"confirm", "limits.daily.confirm", "means nothing where kind = \"spend\""});
    check_only_mistake(with_limit("kind = \"rate\"\nzone = \"dev\"\nstop = 4\nconfirm = 0\n"),
                       {"confirm = 0", "limits.second.confirm", "0 is too small"});
}

TEST_CASE("keys of one kind of limit mean nothing for another") {
    check_only_mistake(with_limit("kind = \"count\"\nzone = \"dev\"\nstop = 4\nshed_to = 1\n"),
                       {"shed_to", "limits.second.shed_to", "means nothing"});
    check_only_mistake(with_limit("kind = \"allow\"\nzone = \"dev\"\nkinds = [\"vm\"]\nshed_to = 1\n"),
                       {"shed_to", "limits.second.shed_to", "means nothing"});
    check_only_mistake(with_limit("kind = \"rate\"\nzone = \"dev\"\nstop = 4\nwindow = \"day\"\n"),
                       {"window", "limits.second.window", "means nothing"});
    check_only_mistake(with_limit("kind = \"rate\"\nzone = \"dev\"\nstop = 4\nskus = [\"a\"]\n"),
                       {"skus", "limits.second.skus", "means nothing"});
    check_only_mistake(with_limit("kind = \"allow\"\nzone = \"dev\"\nkinds = [\"vm\"]\nstop = 1\n"),
                       {"stop = 1", "limits.second.stop", "means nothing"});
}

TEST_CASE("a limit that nobody authorized to enforce is toothless") {
    check_only_mistake(edited(minimal, "levers = [\"shut_down\", \"power_off\"]", "levers = [\"suspend\"]"),
                       {"stop = ", "limits.daily.stop", "can't be enforced"});
    check_only_mistake(
        edited(edited(minimal, "stop = \"25\"", "hold = \"25\""), "\"shut_down\", \"power_off\"", "\"start\""),
        {"hold", "limits.daily.hold", "can't be enforced"});
    const auto mandate = minimal.find("[mandates.own]");
    auto without =
        edited(minimal.substr(0, mandate), "mode = \"armed\"", "mode = \"observing\"\nobserve_until = 2027-01-01");
    check_only_mistake(without, {"stop = ", "limits.daily.stop", "can't be enforced"});
    const auto warning = edited(edited(minimal, "stop = \"25\"", ""), "\"shut_down\", \"power_off\"", "\"start\"");
    check_loads(warning);
    const std::string allowing = "[limits.allowed]\nkind = \"allow\"\nzone = \"dev\"\nkinds = [\"vm\"]\n";
    check_only_mistake(warning + allowing + "stage = \"hold\" # toothless\n",
                       {"# toothless", "limits.allowed.stage", "can't be enforced"});
    check_only_mistake(warning + allowing, {"[limits.allowed]", "limits.allowed.stage", "can't be enforced"});
    check_loads(warning + allowing + "stage = \"warn\"\n");
}

TEST_CASE("a hold may be enforced by suspending or by stopping") {
    const auto holding = edited(minimal, "stop = \"25\"", "hold = \"25\"");
    check_loads(holding);
    check_loads(edited(holding, "\"shut_down\", \"power_off\"", "\"suspend\""));
}

TEST_CASE("without a mandate a limit may warn, or its zone says that it is disarmed") {
    const auto unmandated = minimal.substr(0, minimal.find("[mandates.own]"));
    check_loads(edited(unmandated, "mode = \"armed\"", "mode = \"disarmed\""));
    auto warning = edited(unmandated, "mode = \"armed\"", "observe_until = 2027-01-01");
    check_loads(edited(warning, "stop = \"25\"", ""));
}

TEST_CASE("a tenant's limit has teeth if one of its zones can be stopped") {
    check_loads(edited(minimal, "zone = \"dev\"", "tenant = \"acme\"") + second_zone);
    const auto text =
        minimal +
        "[tenants.empty]\ncurrency = \"EUR\"\n[limits.second]\nkind = \"rate\"\nstop = 1\ntenant = \"empty\"\n";
    check_only_mistake(text, {"tenant = \"empty\"", "limits.second.tenant", "\"empty\" has no zone"});
}

TEST_CASE("a limit stays within the mandate") {
    const auto ceiling = minimal + "ceilings = [{ limit = \"daily\", amount_max = \"24.99\" }]\n";
    check_only_mistake(ceiling,
                       {"stop = ", "limits.daily.stop", "25.00 is above the ceiling of 24.99 in mandates.own"});
    check_loads(edited(ceiling, "24.99", "25"));
    const auto shed =
        edited(minimal, "stop = \"25\"", "stop = \"25\"\nshed_to = \"0.40\"") + "shed_to_min = \"0.50\"\n";
    check_only_mistake(shed, {"shed_to = ", "limits.daily.shed_to",
                              "0.40/h is below what mandates.own leaves running at least: 0.50/h"});
    check_loads(edited(shed, "0.40", "0.50"));
}

TEST_CASE("without shed_to a trip leaves what the mandate wants to be left") {
    const auto loaded = load(minimal + "shed_to_min = \"0.50\"\n");
    REQUIRE(loaded.ok());
    CHECK(loaded.policy.limits[0].shed_to.micros_per_hour == 500'000);
    CHECK(load(minimal).policy.limits[0].shed_to.micros_per_hour == 0);
}

TEST_CASE("a rate limit sheds to less than what trips it") {
    check_only_mistake(with_limit("kind = \"rate\"\nzone = \"dev\"\nstop = 4\nshed_to = 4\n"),
                       {"shed_to", "limits.second.shed_to", "is not below the stop"});
    check_loads(with_limit("kind = \"rate\"\nzone = \"dev\"\nstop = 4\nshed_to = \"3.99\"\n"));
    // What the mandate leaves running counts as much as what the limit says itself.
    const auto rate_without_shed_to = with_limit("kind = \"rate\"\nzone = \"dev\"\nstop = 4\n");
    const auto leaving = [&](const std::string& rate) {
        return edited(rate_without_shed_to, "owner = ", "shed_to_min = " + rate + "\nowner = ");
    };
    check_only_mistake(leaving("\"4\""), {"stop = 4", "limits.second.stop", "leaves running"});
    check_loads(leaving("\"3.99\""));
}

}  // namespace noodstop::config
