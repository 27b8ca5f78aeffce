#include "agent/config/nesting_guard.hpp"
#include "agent/config/schema.hpp"
#include "tests/config/support.hpp"

namespace noodstop::config {

TEST_CASE("the shortest useful configuration loads") {
    const auto loaded = load(minimal);
    REQUIRE_MESSAGE(loaded.ok(), all_texts(loaded.mistakes));
    CHECK(loaded.policy.agent.name == "box");
    REQUIRE(loaded.policy.limits.size() == 1);
    CHECK(loaded.policy.limits[0].stop == 25'000'000);
    CHECK(loaded.policy.zones[0].mandate.text == "own");
    CHECK(loaded.policy.mandates[0].tenant.text == "acme");
    CHECK(!loaded.policy.mandates[0].is_signed);
    CHECK(loaded.policy.runbooks[0].name.text == "default");
}

TEST_CASE("ten mistakes give ten messages, each in its line") {
    auto text = minimal + "\n[limit.weekly]\nkind = \"spend\"\n";
    text = edited(text, "currency = \"EUR\"", "currency = \"euro\"");
    text = edited(text, "as_of = 2026-11-01", "as_of = \"November\"");
    text = edited(text, "unknown_price = \"2\"", "unknown_price = 2.5");
    text = edited(text, "kind = \"cgroup\"", "kind = \"cgroup\"\npoll_intervall = \"1s\"");
    text = edited(text, "price_list = \"own\"", "price_list = \"owm\"\nblind_after = 5");
    text = edited(text, "mode = \"armed\"", "mode = \"arm\"");
    text = edited(text, "warn = \"10\"", "warn = \"30\"");
    text = edited(text, "valid_until = 2028-01-01", "valid_until = 2025-01-01");
    const auto loaded = load(text);
    INFO(all_texts(loaded.mistakes));
    REQUIRE(loaded.mistakes.size() == 10);
    const std::vector<Expected> expected{
        {"currency = \"euro\"", "price_lists.own.currency", "\"euro\" is not a currency"},
        {"as_of", "price_lists.own.as_of", "\"November\" is not a date"},
        {"unknown_price", "price_lists.own.unknown_price", "is 2.5, a number with a point"},
        {"poll_intervall", "providers.batch.poll_intervall", "is not a key"},
        {"owm", "providers.batch.price_list", "\"owm\" is not one of the price lists"},
        {"blind_after", "providers.batch.blind_after", "is 5, without a unit"},
        {"mode", "zones.dev.mode", "\"arm\" is not one of its words"},
        {"warn", "limits.daily.warn", "30.00 is above its stop of 25.00"},
        {"valid_until", "mandates.own.valid_until", "is not after valid_from"},
        {"[limit.weekly]", "limit", "\"limit\" is not a section"},
    };
    for (std::size_t i = 0; i < expected.size(); ++i)
        check_names(loaded.mistakes[i], text, expected[i]);
    CHECK(loaded.policy == core::Policy{});
}

TEST_CASE("a mistake is told with file, line, key, problem and cure") {
    const auto text = edited(minimal, "stop = \"25\"", "stop = 25.5");
    CHECK(all_texts(load(text).mistakes) ==
          "noodstop.toml:25: limits.daily.stop: is 25.5, a number with a point, which computers can't hold exactly. "
          "Cure: Put it in quotes: stop = \"25.5\".\n");
}

TEST_CASE("unknown keys are mistakes at every depth, with the nearest known one as cure") {
    const auto text = edited(minimal, "metric = \"cpu\"", "metrik = \"cpu\"");
    check_only_mistake(text, {"metrik", "price_lists.own.prices[1].metrik", "\"metrik\" is not a key"});
    CHECK(load(text).mistakes[0].cure == "Did you mean \"metric\"?");
    check_only_mistake(minimal + "[agent]\nxyz = 1\n", {"xyz", "agent.xyz", "is not a key"});
}

TEST_CASE("broken syntax is told with line and column") {
    const auto text = edited(minimal, "stop = \"25\"", "stop = ");
    const auto loaded = load(text);
    REQUIRE(loaded.mistakes.size() == 1);
    CHECK(loaded.mistakes[0].line == line_of(text, "stop ="));
    CHECK(loaded.mistakes[0].problem.find("column 8") != std::string::npos);
    CHECK(!loaded.mistakes[0].cure.empty());
}

TEST_CASE("letters with accents stand in quotes and comments only") {
    for (const char* letter : {"\u00e9", "\u0416", "\u2013", "\u201c", "\u6f22", "\U0001f600"}) {
        INFO(letter);
        CHECK(load(minimal + letter + " = 1\n").mistakes.size() == 1);
        CHECK(load(minimal + "x = " + letter + "\n").mistakes.size() == 1);
        check_loads(edited(minimal, "Acme B.V.", letter) + "# " + letter + "\n");
        const auto folded = load(edited(minimal, "\"Acme B.V.\"", "\"\"\"\\\n  " + std::string(letter) + "\"\"\""));
        CHECK(folded.policy.mandates.at(0).owner == letter);
    }
}

TEST_CASE("a name that stands twice is a mistake") {
    const auto text = minimal + "[limits.daily]\nkind = \"spend\"\n";
    const auto loaded = load(text);
    REQUIRE(loaded.mistakes.size() == 1);
    CHECK(loaded.mistakes[0].line == line_of(text + " ", "[limits.daily]\nkind = \"spend\"\n "));
}

TEST_CASE("sections in a wrong shape are mistakes") {
    check_only_mistake(minimal + "[agent.more]\n", {"[agent.more]", "agent.more", "is not a key"});
    check_only_mistake("notifications = 5\n" + minimal,
                       {"notifications", "notifications", "is a whole number, not a section"});
    check_only_mistake(minimal + "[notifications]\ncommand = [\"/bin/true\"]\n",
                       {"command", "notifications.command", "is a list, not a table"});
    check_only_mistake(minimal + "[[notifications.duty]]\ncommand = [\"/bin/true\"]\n",
                       {"[[notifications", "notifications.duty", "is a list, not a table"});
    check_only_mistake(edited(minimal, "grants = [{ provider = \"batch\", levers = [\"shut_down\", \"power_off\"] }]",
                              "grants = \"all\""),
                       {"grants", "mandates.own.grants", "is a text, not a list of tables"});
}

TEST_CASE("what stands in a list of tables is a table, and not in a list of texts") {
    const auto text = edited(minimal, "grants = [", "grants = [5,\n");
    check_only_mistake(text, {"grants", "mandates.own.grants[1]", "is a whole number, not a table"});
    check_only_mistake(edited(minimal, "scope = [\"dev\"]", "scope = [\"dev\",\n5]"),
                       {"5]\nvalid", "mandates.own.scope[2]", "is 5, a whole number, not a name"});
}

TEST_CASE("names must be fit for a file's name") {
    for (const char* name : {"\"../x\"", "\"\"", "\"a b\"", "-x", "\"\\u001b[2J\"", "\"\\u009b2J\""}) {
        const auto text = minimal + "[tenants." + name + "]\ncurrency = \"EUR\"\n";
        const auto loaded = load(text);
        REQUIRE_MESSAGE(loaded.mistakes.size() == 1, name);
        CHECK(loaded.mistakes[0].problem.find("is not a name") != std::string::npos);
        CHECK(to_text(loaded.mistakes[0]).find('\x1b') == std::string::npos);
        CHECK(to_text(loaded.mistakes[0]).find("\xc2\x9b") == std::string::npos);  // U+009B, an escape in one character
    }
    check_only_mistake(
        minimal + "[tenants." + std::string(name_length_max + 1, 'a') + "]\ncurrency = \"EUR\"\n",
        {"[tenants.aaa", "tenants." + ('"' + std::string(name_length_max + 1, 'a') + '"'), "is not a name"});
}

TEST_CASE("types and ranges are checked") {
    const auto with = [](const std::string& line) {
        return edited(minimal, "[zones.dev]", "[agent]\n" + line + "\n[zones.dev]");
    };
    check_only_mistake(with("lock_memory = \"yes\""),
                       {"lock_memory", "agent.lock_memory", "is \"yes\", a text, not true or false"});
    check_only_mistake(with("name = 5"), {"name = 5", "agent.name", "is 5, a whole number"});
    check_only_mistake(with("durability_deadline = \"1m\""),
                       {"durability", "agent.durability_deadline", "\"1m\" is too large"});
    check_only_mistake(with("calm_interval = \"1ms\""), {"calm", "agent.calm_interval", "\"1ms\" is too small"});
    check_only_mistake(with("state_folder = \"var\""),
                       {"state_folder", "agent.state_folder", "is not an absolute path"});
    check_only_mistake(with("socket_path = \"run/x\""),
                       {"socket_path", "agent.socket_path", "is not an absolute path"});
    check_only_mistake(with("socket_path = \"/" + std::string(socket_path_length_max, 'x') + "\""),
                       {"socket_path", "agent.socket_path", "is 108 bytes long"});
    check_only_mistake(with("time_zone = \"Europe/Amsterdan\""),
                       {"time_zone", "agent.time_zone", "is not a time zone"});
    check_only_mistake(with("doors_user = \"\\u0000\""), {"doors_user", "agent.doors_user", "zero byte"});
    check_only_mistake(with("doors_user = \"" + std::string(text_length_max + 1, 'x') + "\""),
                       {"doors_user", "agent.doors_user", "bytes long"});
    check_loads(with("time_zone = \"Europe/Amsterdam\""));
}

TEST_CASE("a required key that is missing is named at its section") {
    check_only_mistake(edited(minimal, "owner = \"Acme B.V.\"\n", ""),
                       {"[mandates.own]", "mandates.own.owner", "is missing"});
    check_only_mistake(edited(minimal, "price_list = \"own\"\n", ""),
                       {"[providers.batch]", "providers.batch.price_list", "is missing"});
    check_only_mistake(edited(minimal, "unknown_price = \"2\"\n", ""),
                       {"[price_lists.own]", "price_lists.own.unknown_price", "is missing"});
}

TEST_CASE("every name that refers to something must exist") {
    check_only_mistake(edited(minimal, "tenant = \"acme\"", "tenant = \"acne\""),
                       {"acne", "zones.dev.tenant", "\"acne\" is not one of the tenants"});
    check_only_mistake(edited(minimal, "providers = [\"batch\"]", "providers = [\n\"batch\",\n\"bitch\"]"),
                       {"bitch", "zones.dev.providers", "\"bitch\" is not one of the providers"});
    check_only_mistake(edited(minimal, "zone = \"dev\"", "zone = \"prod\""),
                       {"prod", "limits.daily.zone", "is not one of the zones"});
    check_only_mistake(edited(minimal, "scope = [\"dev\"]", "scope = [\"dve\"]"),
                       {"dve", "mandates.own.scope", "is not one of the zones"});
    check_only_mistake(edited(minimal, "provider = \"batch\"", "provider = \"butch\""),
                       {"butch", "mandates.own.grants[1].provider", "is not one of the providers"});
    check_only_mistake(edited(minimal, "mode = \"armed\"", "mode = \"armed\"\nrunbook = \"gentle\""),
                       {"gentle", "zones.dev.runbook", "is not one of the actions"});
    check_only_mistake(minimal + "ceilings = [{ limit = \"dayly\", amount_max = 50 }]\n",
                       {"dayly", "mandates.own.ceilings[1].limit", "is not one of the limits"});
}

TEST_CASE("a mistyped section is one mistake, and not also all that would refer to it") {
    for (const char* name : {"price_lists", "providers", "tenants", "zones", "limits", "mandates"}) {
        const auto section = "[" + std::string(name) + ".";
        const auto typed = "[" + std::string(name).substr(0, 4) + std::string(name).substr(5) + ".";
        const auto loaded = load(edited(minimal, section, typed));
        INFO(all_texts(loaded.mistakes));
        CHECK(loaded.mistakes.size() == 1);
    }
    CHECK(load("tenants = 5\n" + edited(minimal, "[tenants.acme]\ncurrency = \"EUR\"", "")).mistakes.size() == 1);
    CHECK(load("tenants.acme = 5\n" + edited(minimal, "[tenants.acme]\ncurrency = \"EUR\"", "")).mistakes.size() == 1);
}

TEST_CASE("no input is too long, too deep or too many to be answered") {
    CHECK(load(std::string(file_size_max + 1, '\n')).mistakes.size() == 1);
    CHECK(!load(std::string(400'000, '[')).ok());
    CHECK(!load("x = " + std::string(400'000, '{')).ok());
    std::string dotted = "a";
    for (int i = 0; i < 400'000; ++i)
        dotted += ".a";
    CHECK(!load("[" + dotted + "]\n").ok());
    CHECK(!load(dotted + " = 1\n").ok());
    CHECK(!load("x = [{" + dotted + " = 1}]\n").ok());
    std::string many;
    for (std::size_t i = 0; i < mistakes_max + 10; ++i)
        many += "x" + std::to_string(i) + " = 1\n";
    const auto loaded = load(many);
    REQUIRE(loaded.mistakes.size() == mistakes_max + 1);
    CHECK(loaded.mistakes.back().problem == "has 10 more mistakes.");
    std::string sections = minimal;
    for (std::size_t i = 0; i < sections_max; ++i)
        sections += "[tenants.t" + std::to_string(i) + "]\ncurrency = \"EUR\"\n";
    CHECK(load(sections).mistakes.size() == 1);
    std::string prices = "prices = [";
    for (std::size_t i = 0; i <= list_items_max; ++i)
        prices += "{},";
    check_only_mistake(edited(minimal, "prices = [{ metric = \"cpu\", price = \"0.048\" }]", prices + "]"),
                       {"prices", "price_lists.own.prices", "has 10001 items"});
}

TEST_CASE("the nesting guard is not led astray by texts and comments") {
    const std::string dots(30, '.');
    CHECK(line_nested_too_deeply("a = \"" + dots + "\"\n") == 0);
    CHECK(line_nested_too_deeply("a = \"\\\"" + dots + "\"\n") == 0);
    CHECK(line_nested_too_deeply("a = '" + dots + "'\n# it's " + dots + "\n") == 0);
    CHECK(line_nested_too_deeply("a = \"\"\"\n\"" + dots + "\"\"\"\"\n") == 0);
    CHECK(line_nested_too_deeply("a = '''\n'" + dots + "'''\n") == 0);
    CHECK(line_nested_too_deeply("# ' \" '''\nb" + dots + "\n") == 2);
    CHECK(line_nested_too_deeply("a = \"\"\"\n\"\"\"\"\"\nb" + dots + "\n") == 3);
    CHECK(line_nested_too_deeply("a = \"x\n" + dots + "\n") == 2);
}

}  // namespace noodstop::config
