#include "tests/scenario/script.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace noodstop::scenario {

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
    if (!setup(words, line) && !time(words) && !trouble(words) && !orders(words) && !provider(words) && !thing(words))
        wrong("nobody understands this");
}

bool Script::setup(const Words& words, const std::string& line) {
    if (words[0] == "policy") {
        policy_.read(words.at(1));
        start_wall_ = wall_time("2026-03-01T12:00:00Z");
    } else if (words[0] == "set") {
        policy_.set(line.substr(4));
    } else if (words[0] == "assume") {
        policy_.assume(words);
    } else if (words[0] == "hear" || words[0] == "ignore") {
        for (std::size_t index = 1; index < words.size(); ++index)
            world().hear(words[index], words[0] == "hear");
    } else if (words[0] == "start") {
        world().set_wall(after(words, "at").empty() ? start_wall_ : wall_time(after(words, "at")));
        world().set_synchronized(!mentions(words, "unsynchronized"));
        world().start({}, !mentions(words, "without"));
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
    else if (words[0] == "days" && words.at(1) == "begin")
        world().begin_days_earlier(duration(words.at(2)));
    else
        return false;
    return true;
}

bool Script::trouble(const Words& words) {
    if (words[0] == "crash")
        crash(words);
    else if (words[0] == "agent" && words.at(1) == "is")
        world().ask_to_stop();
    else if (words[0] == "agent")
        world().restart_in_order(duration(words.at(5)));
    else if (words[0] == "latch" && words.at(2) == "are")
        world().find_latches();
    else if (words[0] == "latch")
        world().set_latches_kept(words.at(2) == "work");
    else if (words[0] == "reload")
        world().reload(policy_.load());
    else if (words[0] == "bill")
        world().bill({{words.at(1)}, wall_time(words.at(3)), money(words.at(4))});
    else
        return false;
    return true;
}

// crash [losing database|everything|PIECE] [damaging PIECE] [with the changed file]
void Script::crash(const Words& words) {
    const std::string lost = after(words, "losing"), damaged = after(words, "damaging");
    const bool loses_database = lost == "database" || lost == "everything";
    if ((!lost.empty() && !loses_database && !world().lose(lost)) || (!damaged.empty() && !world().damage(damaged)))
        wrong("there is no such piece of state");
    if (mentions(words, "with"))
        world().configure(policy_.load());
    world().crash(!loses_database, lost != "everything");
}

// order KIND [ZONE] [limit NAME] [to AMOUNT] [by WHO[,WHO]|nobody] because "WHY", or rehearse [ZONE]
bool Script::orders(const Words& words) {
    if (words[0] == "rehearse") {
        world().ask_rehearsal({words.size() > 1 ? words[1] : ""});
        return true;
    }
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
    const std::string by = mentions(words, "by") ? after(words, "by") : "uid:0 (root)";
    if (by.empty())
        order.given_by.emplace_back();
    else if (by != "nobody")
        for (const std::string& name : names(by))
            order.given_by.push_back({name});
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
    } else if (rest == "hides its") {
        place->hides_total = true;
    } else if (rest == "lists in") {
        place->lists_in_disorder = true;
    } else if (rest == "reports after") {
        place->reports_after = duration(words.at(3));
    } else if (rest == "loses everything") {
        place->things.clear();
    } else if (rest == "sends a" && words.at(3) == "late") {
        world().late_look(words[0], duration(words.at(5)));
    } else if (words[1] == "rehearsal") {
        if (words.at(2) == "refuses")
            place->rehearsal[lever(words.at(3))] = {lever(words[3]), core::RehearsalAnswer::refused, words.at(4)};
        if (words[2] == "takes")
            place->rehearsal_takes = duration(words.at(3));
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
    for (const std::string& name : names(words.at(2))) {
        Thing made;
        change(made, words, 3);
        if (made.sku == "itself")
            made.sku = name;
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
    if (mentions(rest, "hiding"))
        thing.hides_memory = true;
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

World& Script::world() {
    if (!world_)
        world_ = std::make_unique<World>(policy_.load());
    return *world_;
}

}  // namespace noodstop::scenario
