#include "tests/scenario/script.hpp"

#include "agent/config/load.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace noodstop::scenario {
namespace {

using Words = std::vector<std::string>;

[[noreturn]] void wrong(const std::string& why) {
    throw std::runtime_error(why);
}

// Words are separated by blanks; "quoted text" is one word.
Words split(const std::string& line) {
    Words words;
    std::string word;
    bool quoted = false, any = false;
    for (const char letter : line) {
        if (letter == '"') {
            quoted = !quoted;
            any = true;
        } else if (letter == ' ' && !quoted) {
            if (any)
                words.push_back(std::exchange(word, {}));
            any = false;
        } else {
            word.push_back(letter);
            any = true;
        }
    }
    if (any)
        words.push_back(word);
    return words;
}

Duration duration(const std::string& text) {
    std::istringstream in(text);
    Duration sum{0};
    std::int64_t number = 0;
    while (in >> number) {
        std::string unit;
        while (in && std::isalpha(in.peek()) != 0)
            unit.push_back(static_cast<char>(in.get()));
        const std::map<std::string, std::int64_t> micros{
            {"ms", 1000}, {"s", 1'000'000}, {"m", 60'000'000}, {"h", 3'600'000'000}, {"d", 86'400'000'000}};
        const auto known = micros.find(unit);
        if (known == micros.end())
            wrong("not a duration: " + text);
        sum += Duration{number * known->second};
    }
    return sum;
}

std::int64_t thousandths(const std::string& text) {
    const auto point = text.find('.');
    std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
    fraction.resize(3, '0');
    return std::stoll(text.substr(0, point)) * 1000 + std::stoll(fraction);
}

core::Money money(const std::string& text) {
    const auto point = text.find('.');
    std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
    fraction.resize(6, '0');
    return {std::stoll(text.substr(0, point)) * 1'000'000 + std::stoll(fraction)};
}

// "2026-03-01T12:00:00Z", by counting days from the calendar's epoch.
core::WallTime wall_time(const std::string& text) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d", &year, &month, &day, &hour, &minute, &second) < 3)
        wrong("not a date: " + text);
    const std::chrono::sys_days days{std::chrono::year{year} / month / day};
    return {std::chrono::duration_cast<Duration>(days.time_since_epoch() + std::chrono::hours(hour) +
                                                 std::chrono::minutes(minute) + std::chrono::seconds(second))};
}

core::Lever lever(const std::string& name) {
    const auto known = core::lever_from_name(name);
    if (!known)
        wrong("no lever: " + name);
    return *known;
}

std::string after(const Words& words, const std::string& mark) {
    const auto place = std::find(words.begin(), words.end(), mark);
    return place == words.end() || place + 1 == words.end() ? std::string() : *(place + 1);
}

}  // namespace

std::string Script::run(const std::string& text) {
    std::istringstream in(text);
    std::string line, made;
    for (int number = 1; std::getline(in, line); ++number) {
        if (line.starts_with("    "))
            continue;  // output of an earlier run
        made += line + "\n";
        if (line.empty() || line.front() == '#')
            continue;
        try {
            command(line);
        } catch (const std::exception& error) {
            wrong("line " + std::to_string(number) + ": " + error.what() + " in: " + line);
        }
        if (world_)
            made += world_->take_output();
    }
    return made;
}

void Script::command(const std::string& line) {
    const Words words = split(line);
    if (!setup(words, line) && !time(words) && !trouble(words) && !orders(words, line) && !provider(words) &&
        !thing(words))
        wrong("nobody understands this");
}

bool Script::setup(const Words& words, const std::string& line) {
    if (words[0] == "policy") {
        std::ifstream file(folder_ + "/policies/" + words.at(1) + ".toml");
        if (!file)
            wrong("no such policy");
        policy_text_.assign(std::istreambuf_iterator<char>(file), {});
        start_wall_ = wall_time("2026-03-01T12:00:00Z");
    } else if (words[0] == "set") {
        set(line.substr(4));
    } else if (words[0] == "assume") {
        assumptions_.push_back(words);
    } else if (words[0] == "hear" || words[0] == "ignore") {
        for (std::size_t index = 1; index < words.size(); ++index)
            world().hear(words[index], words[0] == "hear");
    } else if (words[0] == "start") {
        world().set_wall(after(words, "at").empty() ? start_wall_ : wall_time(after(words, "at")));
        world().set_synchronized(std::find(words.begin(), words.end(), "unsynchronized") == words.end());
        world().start({});
    } else if (words[0] == "show") {
        world().show(words.at(1));
    } else {
        return false;
    }
    return true;
}

bool Script::time(const Words& words) {
    if (words[0] == "pass")
        world().pass(duration(words.at(1)));
    else if (words[0] == "wall" && words.at(1) == "clock" && words.at(2) == "jumps")
        world().jump_wall(words.at(3) == "back" ? -duration(words.at(4)) : duration(words.at(4)));
    else if (words[0] == "wall" && words.at(1) == "clock" && words.at(2) == "is")
        world().set_synchronized(words.at(3) == "synchronized");
    else if (words[0] == "machine" && words.at(1) == "sleeps")
        world().sleep(duration(words.at(2)));
    else if (words[0] == "machine" && words.at(1) == "reboots")
        world().reboot(duration(words.at(3)));
    else
        return false;
    return true;
}

bool Script::trouble(const Words& words) {
    if (words[0] == "crash") {
        const std::string lost = after(words, "losing");
        if (!lost.empty() && lost != "database" && lost != "everything")
            wrong("crash losing database|everything");
        world().crash(lost.empty(), lost != "everything");
        return true;
    }
    if (words[0] == "reload") {
        world().reload(load());
        return true;
    }
    if (words[0] == "bill") {
        world().bill({{words.at(1)}, wall_time(words.at(3)), money(words.at(4))});
        return true;
    }
    return false;
}

// order KIND [ZONE] [limit NAME] [to AMOUNT] [by WHO[,WHO]] because "WHY"
bool Script::orders(const Words& words, const std::string&) {
    if (words[0] != "order")
        return false;
    core::Order order;
    const auto kind = core::order_kind_from_name(words.at(1));
    if (!kind)
        wrong("no such order");
    order.kind = *kind;
    const std::set<std::string> marks{"limit", "to", "by", "because"};
    if (words.size() > 2 && !marks.contains(words[2]))
        order.zone = {words[2]};
    order.limit = {after(words, "limit")};
    if (const std::string to = after(words, "to"); !to.empty())
        order.raise_to = money(to);
    std::string by = after(words, "by");
    if (by.empty())
        by = "uid:0 (root)";
    for (std::istringstream names(by); std::getline(names, by, ',');)
        order.given_by.push_back({by});
    order.reason = after(words, "because");
    world().order(std::move(order));
    return true;
}

bool Script::provider(const Words& words) {
    if (words.size() < 2)
        return false;
    Place* place = nullptr;
    if (words[1] == "runs") {
        runs(words);
        return true;
    }
    const std::string rest = words[1] + (words.size() > 2 ? " " + words[2] : "");
    place = &world().place(words[0]);
    if (rest == "stops answering") {
        place->answers = false;
        if (const std::string why = after(words, "saying"); !why.empty())
            place->silence = why;
    } else if (rest == "answers again") {
        place->answers = true;
    } else if (rest == "shows only") {
        place->shows_only = {words.begin() + 3, words.end()};
    } else if (rest == "shows everything") {
        place->shows_only.clear();
    } else if (rest == "doubles looks") {
        place->doubles_looks = true;
    } else if (rest == "has no") {
        place->has_total = false;
    } else if (rest == "sends a" && words.at(3) == "late") {
        world().late_look(words[0], duration(words.at(5)));
    } else if (words[1] == "rehearsal") {
        if (words.at(2) == "refuses")
            place->rehearsal[lever(words.at(3))] = {lever(words[3]), core::RehearsalAnswer::refused, words.at(4)};
        place->rehearses = words[2] != "is-silent";
        if (words[2] == "agrees")
            place->rehearsal.clear();
    } else {
        return false;
    }
    return true;
}

// PROVIDER runs THING[,THING...] [using N cpus] [as SKU] [in REGION] [kind K] [family F] [memory N GiB] [vcpus N] ...
void Script::runs(const Words& words) {
    std::istringstream names(words.at(2));
    for (std::string name; std::getline(names, name, ',');) {
        Thing made;
        change(made, words, 3);
        world().place(words[0]).things[name] = made;
    }
}

void Script::change(Thing& thing, const Words& words, std::size_t from) {
    const Words rest(words.begin() + static_cast<std::ptrdiff_t>(std::min(from, words.size())), words.end());
    if (const std::string cpus = after(rest, "using"); !cpus.empty()) {
        thing.millicpus = thousandths(cpus);
        thing.counts_cpu = true;
    }
    if (const std::string sku = after(rest, "as"); !sku.empty()) {
        thing.sku = sku;
        thing.kind = "vm";
        thing.vanishes = false;
    }
    if (const std::string region = after(rest, "in"); !region.empty())
        thing.region = region;
    if (const std::string kind = after(rest, "kind"); !kind.empty())
        thing.kind = kind;
    if (const std::string family = after(rest, "family"); !family.empty())
        thing.family = family;
    if (const std::string memory = after(rest, "memory"); !memory.empty())
        thing.memory_bytes = thousandths(memory) * (std::int64_t{1} << 30) / 1000;
    if (const std::string vcpus = after(rest, "vcpus"); !vcpus.empty())
        thing.vcpus = static_cast<std::uint32_t>(std::stoul(vcpus));
    if (const std::string age = after(rest, "created"); !age.empty())
        thing.created = world().wall() - duration(age);
}

bool Script::thing(const Words& words) {
    Thing* thing = words.size() > 1 ? world().find(words[0]) : nullptr;
    if (thing == nullptr)
        return false;
    const std::string rest = words[1] + (words.size() > 2 ? " " + words[2] : "");
    if (words[1] == "ignores")
        for (std::size_t index = 2; index < words.size(); ++index)
            thing->ignores.insert(lever(words[index]));
    else if (words[1] == "obeys")
        thing->ignores.clear(), thing->fails_with.clear();
    else if (words[1] == "refuses")
        thing->fails_with = words.at(2);
    else if (words[1] == "takes")
        thing->takes = duration(words.at(2));
    else if (rest == "comes back")
        thing->returns_after = duration(words.at(4));
    else if (rest == "stays away")
        thing->returns_after = Duration{0};
    else if (rest == "hides memory")
        thing->hides_memory = true;
    else if (rest == "restarts its")
        thing->cpu_micros = 0;
    else if (words[1] == "ends")
        world().place(words.at(3)).things.erase(words[0]);
    else if (words[1] == "changes")
        change(*thing, words, 2);
    else if (words[1] == "is")
        for (const auto activity : {core::Activity::running, core::Activity::billed_idle, core::Activity::frozen,
                                    core::Activity::stopped, core::Activity::unknown}) {
            if (words.at(2) == core::to_text(activity))
                thing->activity = activity;
        }
    else
        return false;
    return true;
}

core::Policy Script::load() {
    config::Machine machine;
    machine.cpus = 4;
    machine.check_ownership = false;
    machine.cgroup_mount = "";
    const config::Loaded loaded = config::load_text(policy_text_, "policy.toml", machine);
    std::string mistakes;
    for (const config::Mistake& mistake : loaded.mistakes)
        mistakes += "\n" + config::to_text(mistake);
    if (!loaded.ok())
        wrong("the policy is wrong:" + mistakes);
    core::Policy policy = loaded.policy;
    for (const Words& words : assumptions_)
        assume(policy, words);
    return policy;
}

// What configuration can't say yet: signatures come with the mandate's own file, clouds with their providers.
void Script::assume(core::Policy& policy, const Words& words) {
    if (words.at(1) == "quorum") {
        policy.mandates.at(0).is_signed = true;
        policy.mandates.at(0).loosening_quorum = static_cast<std::uint32_t>(std::stoul(words.at(2)));
    } else if (words.at(1) == "zone" && words.at(3) == "shares") {
        core::ZonePolicy zone = policy.zones.at(0);
        zone.name = {words[2]};
        zone.providers = {{words.at(4)}};
        zone.mandate = {};
        zone.mode = core::ZoneMode::disarmed;
        policy.zones.push_back(zone);
    } else {
        wrong("assume quorum N | assume zone NAME shares PROVIDER");
    }
}

// SECTION.KEY = VALUE: replaces the line of the key in its section, adds it, or, with VALUE `nothing`, removes it;
// `set SECTION = nothing` removes a whole section.
void Script::set(const std::string& line) {
    const auto equals = line.find(" = ");
    const auto dot = line.rfind('.', equals);
    if (equals == std::string::npos || dot == std::string::npos)
        wrong("set SECTION.KEY = VALUE");
    const std::string whole = line.substr(0, equals), value = line.substr(equals + 3);
    const bool drops_section = value == "nothing" && policy_text_.find("[" + whole + "]") != std::string::npos;
    const std::string section = drops_section ? whole : line.substr(0, dot);
    const std::string key = line.substr(dot + 1, equals - dot - 1);
    std::istringstream in(policy_text_);
    std::string made, row;
    bool inside = false, done = false;
    const auto put = [&] {
        if (!done && value != "nothing")
            made += key + " = " + value + "\n";
        done = true;
    };
    while (std::getline(in, row)) {
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
            continue;
        }
        made += row + "\n";
    }
    if (inside && !drops_section)
        put();
    if (!done)
        made += "[" + section + "]\n" + key + " = " + value + "\n";
    policy_text_ = made;
}

World& Script::world() {
    if (!world_)
        world_ = std::make_unique<World>(load());
    return *world_;
}

}  // namespace noodstop::scenario
