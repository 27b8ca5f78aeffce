#include "tests/uplink/life.hpp"

#include "tests/uplink/agent_box.hpp"
#include "tests/uplink/hub_box.hpp"
#include "tests/uplink/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <map>
#include <set>

namespace noodstop::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration rest_after_quiet_max = hours(6);
constexpr std::uint64_t steps_max = 300'000;  // a life that does more than this goes in a circle

class Life {
public:
    Life(std::uint64_t seed, const std::function<void(const std::string&)>& tell);
    LifeOutcome live();

private:
    void say(const std::string& what);
    void happen(const Happening& happening);
    void prepare_ends_of_agent();
    void prepare_disk_of_agent();
    void prepare_ends_of_hub();
    void prepare_hub();
    void prepare_network();
    void fail_disk(What what, Disk& disk, int error);
    void take_hub_back(const Happening& happening, const std::function<void()>& change);
    void agent_started();
    void hub_lost(const std::set<std::string>& had);
    void run_until(Duration end);
    void begin_quiet();
    bool settle();
    void check();
    void check_facts();
    void check_totals();
    void check_told();
    void fail(const char* checker, const std::string& why);

    Plan plan_;
    Random random_;
    Clockwork clockwork_;
    const std::function<void(const std::string&)>& tell_;
    HubBox hub_;
    Network network_;
    AgentBox agent_;
    std::map<What, std::function<void(const Happening&)>> happenings_;
    LifeOutcome outcome_;
    std::uint64_t steps_ = 0;

    // The hub has facts that the agent's disk no longer knows: somebody must say so, now or later.
    bool agent_went_back_ = false;
    // The hub lost facts whose acknowledgement this process of the agent has: it must say so.
    bool hub_went_back_ = false;
    // It lost something in this life, or lied, or its disk did; or an agent that was put back to an earlier moment told
    // all totals anew, of which a later one that is put back too knows nothing.
    bool hub_may_have_less_ = false;
    std::uint64_t told_back_before_ = 0;
};

std::set<std::string> names_without(const std::set<std::string>& all, const std::set<std::string>& known) {
    std::set<std::string> rest;
    std::set_difference(all.begin(), all.end(), known.begin(), known.end(), std::inserter(rest, rest.end()));
    return rest;
}

Life::Life(std::uint64_t seed, const std::function<void(const std::string&)>& tell)
    : plan_(seed),
      random_(seed),
      tell_(tell),
      hub_(clockwork_, random_, seed * 2 + 1, [this](const std::string& what) { say(what); }),
      network_(
          clockwork_, random_,
          [this](std::string request, Network::Answer answer) { hub_.serve(std::move(request), std::move(answer)); }),
      agent_(
          clockwork_, random_, network_, seed * 2, [this](const std::string& what) { say(what); },
          [this](const std::string& what) {
              if (tell_)
                  say(what);
          }) {
    Disk::mount(&agent_.disk);
    agent_.habits.sample_interval = plan_.sample_interval;
    agent_.habits.spool_bytes_max = plan_.spool_bytes_max;
    agent_.started = [this] { agent_started(); };
    prepare_ends_of_agent();
    prepare_disk_of_agent();
    prepare_ends_of_hub();
    prepare_hub();
    prepare_network();
}

void Life::say(const std::string& what) {
    for (const char letter : what)
        outcome_.digest = outcome_.digest * 31 + static_cast<unsigned char>(letter);
    if (tell_)
        tell_(fmt::format("{:9.3f} {}", static_cast<double>(clockwork_.now().count()) / 1e6, what));
}

void Life::fail(const char* checker, const std::string& why) {
    if (outcome_.failure.empty())
        outcome_.failure = fmt::format("{}: {}", checker, why);
}

LifeOutcome Life::live() {
    agent_.disk.faults.lies_about_sync = plan_.agent_disk_lies;
    hub_.disk.faults.lies_about_sync = plan_.hub_disk_lies;
    agent_.disk.faults.cut = plan_.agent_cut;
    hub_.disk.faults.cut = plan_.hub_cut;
    hub_.lost = [this](const std::set<std::string>& had) { hub_lost(had); };
    hub_.start();
    agent_.start();
    for (const Happening& happening : plan_.happenings)
        clockwork_.at(happening.at, [this, happening] { happen(happening); });
    run_until(plan_.quiet_at);
    begin_quiet();
    if (settle())
        check();
    else if (steps_ >= steps_max)
        fail("rest", "it goes in a circle");
    else
        fail("rest", fmt::format("no rest {} h after the last fault", rest_after_quiet_max.count() / 3'600'000'000));
    outcome_.facts = agent_.oracle.line().size();
    return outcome_;
}

void Life::run_until(Duration end) {
    while (steps_ < steps_max && clockwork_.step(end))
        ++steps_;
}

// ---- what happens ----

void Life::happen(const Happening& happening) {
    say(fmt::format("* {} ({} s, {})", to_text(happening.what), happening.length.count() / 1'000'000,
                    happening.number));
    happenings_.at(happening.what)(happening);
}

void Life::prepare_ends_of_agent() {
    const auto end = [this](What what, AgentBox::Ending ending, auto then) {
        happenings_[what] = [this, ending, then](const Happening& happening) {
            if (!agent_.running())
                return;
            agent_.end(ending, happening.length);
            then();
        };
    };
    end(What::agent_killed, AgentBox::Ending::death, [] {});
    end(What::agent_power_lost, AgentBox::Ending::power, [] {});
    end(What::agent_restored, AgentBox::Ending::death, [this] { agent_.restore(); });
    end(What::agent_database_lost, AgentBox::Ending::death, [this] { agent_.lose_database(); });
    happenings_[What::agent_backed_up] = [this](const Happening&) { agent_.back_up(); };
    happenings_[What::doors_restarted] = [this](const Happening&) { agent_.restart_doors(); };
}

void Life::fail_disk(What what, Disk& disk, int error) {
    happenings_[what] = [this, &disk, error](const Happening& happening) {
        disk.fail_all(error);
        clockwork_.in(happening.length, [&disk] { disk.work_again(); });
    };
}

void Life::prepare_disk_of_agent() {
    Disk& disk = agent_.disk;
    fail_disk(What::agent_disk_full, disk, ENOSPC);
    fail_disk(What::agent_disk_dead, disk, EIO);
    happenings_[What::agent_cut_at_operation] = [&disk](const Happening& happening) {
        disk.cut_after(happening.number);
    };
    happenings_[What::agent_operation_fails] = [&disk](const Happening& happening) {
        disk.fail_operation(happening.number, EIO);
    };
}

void Life::take_hub_back(const Happening& happening, const std::function<void()>& change) {
    hub_may_have_less_ = true;
    const std::set<std::string> had = hub_.has();
    hub_.end(HubBox::Ending::death, happening.length);
    change();
    hub_lost(had);
}

void Life::prepare_ends_of_hub() {
    happenings_[What::hub_killed] = [this](const Happening& happening) {
        hub_.end(HubBox::Ending::death, happening.length);
    };
    happenings_[What::hub_power_lost] = [this](const Happening& happening) {
        hub_.end(HubBox::Ending::power, happening.length);
    };
    happenings_[What::hub_backed_up] = [this](const Happening&) { hub_.back_up(); };
    happenings_[What::hub_restored] = [this](const Happening& happening) {
        take_hub_back(happening, [this] { hub_.restore(); });
    };
    happenings_[What::hub_database_lost] = [this](const Happening& happening) {
        take_hub_back(happening, [this] { hub_.lose_database(); });
    };
}

void Life::prepare_hub() {
    Disk& disk = hub_.disk;
    fail_disk(What::hub_disk_full, disk, ENOSPC);
    happenings_[What::hub_cut_at_operation] = [&disk](const Happening& happening) { disk.cut_after(happening.number); };
    happenings_[What::hub_operation_fails] = [&disk](const Happening& happening) {
        disk.fail_operation(happening.number, EIO);
    };
    HubManners& manners = hub_.manners;
    const auto behave = [this, &manners](What what, const HubManners& badly) {
        happenings_[what] = [this, &manners, badly](const Happening& happening) {
            manners = badly;
            clockwork_.in(happening.length, [&manners] { manners = {}; });
        };
    };
    behave(What::hub_slow, {.thinks_max = seconds(90)});
    behave(What::hub_busy, {.refuses_per_mille = 600});
    behave(What::hub_lies, {.lies_per_mille = 300});
    hub_may_have_less_ = plan_.hub_disk_lies || plan_.agent_disk_lies || plan_.takes_back();
}

void Life::prepare_network() {
    Weather& weather = network_.weather;
    const auto storm = [this, &weather](What what, auto begin) {
        happenings_[what] = [this, &weather, begin](const Happening& happening) {
            begin(happening);
            clockwork_.in(happening.length, [&weather] { weather = {}; });
        };
    };
    const auto cut = [this, &weather](const Happening& happening) {
        weather.silent = happening.number % 2 == 0;
        weather.reachable = happening.what == What::network_cut && happening.number % 3 == 0;
        network_.cut();
    };
    storm(What::hub_away, cut);
    storm(What::network_cut, cut);
    storm(What::network_lossy, [&weather](const Happening&) {
        weather.loss_per_mille = 200;
        weather.break_per_mille = 100;
    });
    storm(What::network_repeats,
          [&weather](const Happening&) { weather.twice_per_mille = weather.late_per_mille = 300; });
}

// ---- who must say what ----

void Life::agent_started() {
    std::set<std::string> line;
    for (const auto& [sequence, name] : agent_.oracle.line())
        line.insert(name);
    agent_went_back_ = !names_without(hub_.has(), line).empty();
    hub_went_back_ = false;  // what it remembers of acknowledgements may be of earlier
}

void Life::hub_lost(const std::set<std::string>& had) {
    const std::set<std::string> lost = names_without(had, hub_.has());
    if (lost.empty())
        return;
    const std::set<std::string> known = agent_.acknowledged();
    std::set<std::string> acknowledged;
    std::set_intersection(lost.begin(), lost.end(), known.begin(), known.end(),
                          std::inserter(acknowledged, acknowledged.end()));
    if (!acknowledged.empty()) {
        hub_went_back_ = true;
        told_back_before_ = agent_.told(core::FactKind::hub_went_back) + agent_.told(core::FactKind::history_diverged);
    }
    std::set<std::string> line;
    for (const auto& [sequence, name] : agent_.oracle.line())
        line.insert(name);
    agent_went_back_ = agent_went_back_ && !names_without(hub_.has(), line).empty();
}

// ---- the quiet end ----

void Life::begin_quiet() {
    say("(quiet)");
    agent_.habits.records = false;
    agent_.disk.work_again();
    hub_.disk.work_again();
    agent_.disk.cut_after(std::uint64_t{1} << 60);
    hub_.disk.cut_after(std::uint64_t{1} << 60);
    agent_.disk.faults.lies_about_sync = hub_.disk.faults.lies_about_sync = false;
    network_.weather = {};
    hub_.manners = {};
}

// Late copies of requests are still on their way for a while.
bool Life::settle() {
    const Duration end = clockwork_.now() + rest_after_quiet_max;
    const Duration not_before = clockwork_.now() + minutes(40);
    std::optional<Duration> rest_since;
    bool sampled = false;
    while (clockwork_.now() < end && steps_ < steps_max) {
        run_until(clockwork_.now() + seconds(1));
        if (!agent_.at_rest() || !hub_.running() || clockwork_.now() < not_before) {
            rest_since.reset();
            continue;
        }
        if (!std::exchange(sampled, true)) {
            agent_.sample_now();
            rest_since.reset();
            continue;
        }
        if (!rest_since)
            rest_since = clockwork_.now();
        if (clockwork_.now() - *rest_since > minutes(5))
            return true;
    }
    return false;
}

void Life::check() {
    hub_.turn_to();
    check_facts();
    check_totals();
    check_told();
}

void Life::check_facts() {
    const auto held = hub_.store().facts({agent_name, {}, hub::facts_answer_max});
    const auto gaps = hub_.store().gaps(agent_name);
    if (!held || !gaps)
        return fail("facts", "the hub can't be read: " + (held ? gaps.error().message : held.error().message));
    std::set<std::string> names;
    for (const hub::HeldFact& fact : held.value()) {
        const std::string name = name_of(fact.fact.fact);
        if (!names.insert(name).second)
            fail("facts", fmt::format("{} is twice in the hub, the second time as {} of epoch {}", name,
                                      fact.fact.sequence, fact.epoch));
        if (!agent_.oracle.ever_recorded(name))
            fail("facts", fmt::format("{} was never recorded", name));
    }
    for (const auto& [sequence, name] : agent_.oracle.line()) {
        const bool told = std::any_of(gaps->begin(), gaps->end(), [&, number = sequence](const core::Gap& gap) {
            return gap.first <= number && number <= gap.last;
        });
        // What was on its way to a disk that was found damaged, or was promised by one that lied: perhaps on no disk.
        if (names.contains(name) || agent_.oracle.is_doubtful(name))
            continue;
        if (!told)
            fail("facts", fmt::format("{} (fact {}) is missing in the hub", name, sequence));
        else
            fail("facts", fmt::format("{} (fact {}) is on the agent's disk and was given up as a gap", name, sequence));
    }
}

void Life::check_totals() {
    const auto totals = hub_.store().totals(agent_name);
    if (!totals)
        return fail("totals", "the hub can't be read: " + totals.error().message);
    Totals held;
    for (const core::Counter& counter : totals.value())
        held[counter.name] = counter.value.micros;
    Totals true_ones = agent_.oracle.totals();
    const Totals without_doubtful = agent_.oracle.totals(Oracle::Doubtful::not_there);
    // A disk that lied may have kept what it liked of counters that have ended.
    if (agent_.oracle.ended_is_doubtful()) {
        true_ones = agent_.oracle.last_sample();
        std::erase_if(held, [&](const auto& total) { return !true_ones.contains(total.first); });
    }
    for (const auto& [name, value] : true_ones) {
        const auto found = held.find(name);
        const auto other = without_doubtful.find(name);
        if (found == held.end() ? other == without_doubtful.end()
                                : other != without_doubtful.end() && other->second == found->second)
            continue;
        const std::string subject = name.zone.text + name.resource.text;
        if (found == held.end())
            fail("totals", fmt::format("the total of {} is not in the hub; it is {}", subject, value));
        else if (found->second != value)
            fail("totals",
                 fmt::format("the total of {} is {} in the hub and {} in truth", subject, found->second, value));
    }
    for (const auto& [name, value] : held)
        if (!true_ones.contains(name))
            fail("totals", fmt::format("the hub has a total of {} that the agent does not know",
                                       name.zone.text + name.resource.text));
}

void Life::check_told() {
    const auto events = hub_.store().events(agent_name);
    if (!events)
        return fail("told", "the hub can't be read: " + events.error().message);
    const bool hub_told = std::any_of(events->begin(), events->end(), [](const hub::Event& event) {
        return event.kind != hub::EventKind::first_seen && event.kind != hub::EventKind::totals_anew;
    });
    if (agent_went_back_ && !hub_told && agent_.told(core::FactKind::history_diverged) == 0)
        fail("told", "the agent's disk went back and nobody said so");
    const std::uint64_t told =
        agent_.told(core::FactKind::hub_went_back) + agent_.told(core::FactKind::history_diverged);
    if (hub_went_back_ && told == told_back_before_)
        fail("told", "the hub went back and the agent did not say so");
    if (!hub_may_have_less_ && agent_.told(core::FactKind::hub_went_back) > 0)
        fail("told", "the agent says that the hub went back, and it did not");
}

}  // namespace

LifeOutcome live_uplink(std::uint64_t seed, const std::function<void(const std::string&)>& tell) {
    return Life(seed, tell).live();
}

}  // namespace noodstop::sim
