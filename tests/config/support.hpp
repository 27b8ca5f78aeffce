// Texts that load, and how to break them at one place.
#pragma once

#include "agent/config/load.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace noodstop::config {

// What quickstart shows: one control group, a daily limit, and the authority to enforce it.
inline const std::string minimal = R"(
[price_lists.own]
currency = "EUR"
as_of = 2026-11-01
unknown_price = "2"
prices = [{ metric = "cpu", price = "0.048" }]

[providers.batch]
kind = "cgroup"
root = "/sys/fs/cgroup/noodstop-not-there/batch"
price_list = "own"

[tenants.acme]
currency = "EUR"

[zones.dev]
tenant = "acme"
providers = ["batch"]
mode = "armed"

[limits.daily]
kind = "spend"
zone = "dev"
warn = "10"
stop = "25"

[mandates.own]
owner = "Acme B.V."
scope = ["dev"]
valid_from = 2026-01-01
valid_until = 2028-01-01
grants = [{ provider = "batch", levers = ["shut_down", "power_off"] }]
)";

// A second provider, zone and so on, for rules about two of them. Goes behind `minimal`.
inline const std::string second_zone = R"(
[providers.render]
kind = "process"
user = "render"
price_list = "own"

[zones.studio]
tenant = "acme"
providers = ["render"]
mode = "disarmed"
)";

inline Machine test_machine() {
    Machine machine;
    machine.cpus = 4;
    machine.host_name = "box";
    machine.check_ownership = false;
    return machine;
}

inline Loaded load(const std::string& text, const Machine& machine = test_machine()) {
    return load_text(text, "noodstop.toml", machine);
}

// `text` with its first `from` replaced; fails the test if it isn't there.
inline std::string edited(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

inline int line_of(const std::string& text, const std::string& part) {
    const auto at = text.find(part);
    REQUIRE(at != std::string::npos);
    int line = 1;
    for (std::size_t i = 0; i < at; ++i)
        line += text[i] == '\n' ? 1 : 0;
    return line;
}

inline std::string all_texts(const std::vector<Mistake>& mistakes) {
    std::string text;
    for (const auto& mistake : mistakes)
        text += to_text(mistake) + "\n";
    return text;
}

struct Expected {
    std::string place;    // a part of the text that stands in the line to be named
    std::string key;      // the whole dotted key
    std::string problem;  // a part of it
};

inline void check_names(const Mistake& mistake, const std::string& text, const Expected& expected) {
    CHECK(mistake.line == line_of(text, expected.place));
    CHECK(mistake.key == expected.key);
    CHECK_MESSAGE(mistake.problem.find(expected.problem) != std::string::npos, to_text(mistake));
    CHECK(!mistake.cure.empty());
}

// Exactly one mistake, and this one.
inline void check_only_mistake(const std::string& text, const Expected& expected,
                               const Machine& machine = test_machine()) {
    const auto loaded = load(text, machine);
    INFO(all_texts(loaded.mistakes));
    REQUIRE(loaded.mistakes.size() == 1);
    check_names(loaded.mistakes.front(), text, expected);
}

inline void check_loads(const std::string& text, const Machine& machine = test_machine()) {
    const auto loaded = load(text, machine);
    CHECK_MESSAGE(loaded.ok(), all_texts(loaded.mistakes));
}

inline bool has_remark(const Loaded& loaded, const std::string& key, const std::string& part) {
    for (const auto& remark : loaded.remarks) {
        if (remark.key == key && remark.problem.find(part) != std::string::npos)
            return true;
    }
    return false;
}

}  // namespace noodstop::config
