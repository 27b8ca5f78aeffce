#include "tests/scenario/policy_text.hpp"

#include "agent/config/load.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace noodstop::scenario {
namespace {

// What configuration can't say yet: signatures come with the mandate's own file, clouds with their providers.
void take_assumption(core::Policy& policy, const Words& words) {
    if (words.at(1) == "quorum") {
        policy.mandates.at(0).is_signed = true;
        policy.mandates.at(0).loosening_quorum = static_cast<std::uint32_t>(std::stoul(words.at(2)));
    } else if (words.at(1) == "zone" && words.at(3) == "shares") {
        core::ZonePolicy zone = policy.zones.at(0);
        zone.name = {words[2]};
        std::erase_if(policy.zones, [&zone](const core::ZonePolicy& other) { return other.name == zone.name; });
        zone.providers = {{words.at(4)}};
        zone.mandate = {after(words, "under")};
        zone.mode = zone.mandate.empty() ? core::ZoneMode::disarmed : core::ZoneMode::armed;
        policy.zones.push_back(zone);
    } else {
        wrong("assume quorum N | assume zone NAME shares PROVIDER [under MANDATE]");
    }
}

}  // namespace

void PolicyText::read(const std::string& name) {
    std::ifstream file(folder_ + "/policies/" + name + ".toml");
    if (!file)
        wrong("no such policy");
    text_.assign(std::istreambuf_iterator<char>(file), {});
}

void PolicyText::set(const std::string& line) {
    const auto equals = line.find(" = ");
    const auto dot = line.rfind('.', equals);
    if (equals == std::string::npos || dot == std::string::npos)
        wrong("set SECTION.KEY = VALUE");
    const std::string whole = line.substr(0, equals), value = line.substr(equals + 3);
    const bool drops_section = value == "nothing" && text_.find("[" + whole + "]") != std::string::npos;
    const std::string section = drops_section ? whole : line.substr(0, dot);
    const std::string key = line.substr(dot + 1, equals - dot - 1);
    std::istringstream in(text_);
    std::string made, row;
    bool inside = false, done = false, in_old_list = false;
    const auto put = [&] {
        if (!done && value != "nothing")
            made += key + " = " + value + "\n";
        done = true;
    };
    while (std::getline(in, row)) {
        if (std::exchange(in_old_list, in_old_list && row != "]"))
            continue;
        if (row.starts_with("[")) {
            if (inside && !drops_section)
                put();
            inside = row == "[" + section + "]";
            if (inside && drops_section)
                done = true;
        }
        if (inside && drops_section)
            continue;
        if (inside && row.starts_with(key + " =")) {
            put();
            in_old_list = row.ends_with("[");
            continue;
        }
        made += row + "\n";
    }
    if (inside && !drops_section)
        put();
    if (!done && value != "nothing")
        made += "[" + section + "]\n" + key + " = " + value + "\n";
    text_ = made;
}

core::Policy PolicyText::load() const {
    config::Machine machine;
    machine.cpus = 4;
    machine.check_ownership = false;
    machine.cgroup_mount = "";
    const config::Loaded loaded = config::load_text(text_, "policy.toml", machine);
    std::string mistakes;
    for (const config::Mistake& mistake : loaded.mistakes)
        mistakes += "\n" + config::to_text(mistake);
    if (!loaded.ok())
        wrong("the policy is wrong:" + mistakes);
    core::Policy policy = loaded.policy;
    for (const Words& words : assumptions_)
        take_assumption(policy, words);
    return policy;
}

}  // namespace noodstop::scenario
