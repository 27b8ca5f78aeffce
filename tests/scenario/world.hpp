// A small world for scenarios: simulated providers whose things run, stop, hide and disobey; a machine clock; a disk.
// It drives the production engine and prints the facts that come out.
#pragma once

#include "agent/core/engine.hpp"
#include "agent/run/input_queue.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace noodstop::scenario {

using core::Duration;

struct Thing {
    core::Activity activity = core::Activity::running;
    std::string sku = "cgroup", region = "local", kind = "cgroup", family;
    std::int64_t millicpus = 0;  // uses so many thousandths of a CPU; 0: no cpu counter
    bool counts_cpu = false;
    std::int64_t cpu_micros = 0;
    std::optional<std::int64_t> memory_bytes;
    bool hides_memory = false;
    std::optional<core::WallTime> created;
    std::uint32_t vcpus = 0, gpus = 0;
    std::set<core::Lever> ignores;  // accepts the order, does nothing
    std::string fails_with;         // refuses every order with this
    Duration takes{0};              // from an accepted stop to its effect
    Duration returns_after{0};      // starts again so long after a stop; 0: never
    bool vanishes = true;           // a stop removes it (a control group's processes) or leaves it stopped (a VM)
};

struct Place {  // one provider
    std::map<std::string, Thing> things;
    bool answers = true;
    std::string silence = "no answer";
    std::set<std::string> shows_only;  // partial looks
    bool has_total = true;
    std::int64_t total_cpu_micros = 0;  // of everything that ever ran
    Duration next_poll{0};
    std::map<core::Lever, core::RehearsalLine> rehearsal;
    bool rehearses = true;
    Duration rehearsal_takes{0};
    Duration reports_after{0};  // from a step's order to the word that it was taken
    bool doubles_looks = false;
    bool lists_in_disorder = false;  // backwards and twice
    bool hides_total = false;        // there is one, but it can't be read
};

class World {
public:
    explicit World(core::Policy policy);

    void set_wall(core::WallTime wall) { wall_ = wall; }
    core::WallTime wall() const { return wall_; }
    void set_synchronized(bool value) { synchronized_ = value; }
    void hear(const std::string& kind, bool heard);

    void start(core::Recovered recovered, bool knows_calendar = true);
    void pass(Duration time);
    void sleep(Duration time);  // suspend: clocks go on, nobody runs
    void reboot(Duration down);
    void jump_wall(Duration by) { wall_ = wall_ + by; }
    void crash(bool keeps_database, bool keeps_latches);
    void ask_to_stop();
    void restart_in_order(Duration stop_takes);
    // Of the durable state, by its key; false: there is no such piece.
    bool lose(const std::string& piece) { return disk_.erase(piece) > 0; }
    bool damage(const std::string& piece);
    void set_latches_kept(bool value) { latches_kept_ = value; }
    void find_latches();                  // those that the last crash seemed to lose
    void configure(core::Policy policy);  // for the next start
    void reload(core::Policy policy);
    void order(core::Order order);
    void late_look(const std::string& provider, Duration age);
    void bill(core::LateBill bill) { feed(bill); }
    void ask_rehearsal(const core::ZoneName& zone) { feed(core::RehearsalRequest{2, zone}); }
    void begin_days_earlier(Duration by);  // as if in another time zone

    Place& place(const std::string& provider);
    Thing* find(const std::string& thing);
    void show(const std::string& what);
    void say(const std::string& line) { output_ += "    " + line + "\n"; }
    std::string take_output() { return std::exchange(output_, {}); }

private:
    struct Later {
        Duration at{0};
        std::function<void()> what;
    };

    core::ClockReading clock() const;
    void feed(core::Input input);
    void digest_effects(core::Effects effects);
    void advance(Duration time);
    void happen_later();
    void answer(Duration delay, core::Input input);
    void look(const std::string& provider);
    core::Look make_look(const std::string& provider) const;
    void carry_out(const core::StepOrder& order);
    void stop(const std::string& provider, const std::string& thing);
    core::Observation observe(const core::ObserveOrder& order);
    void rehearse(const core::RehearseOrder& order);
    void keep(const core::Effects& effects);
    void print(const core::Fact& fact);
    core::Calendar calendar() const;

    core::Policy policy_;
    std::optional<core::Engine> engine_;
    std::map<std::string, Place> places_;
    core::WallTime wall_;
    Duration boot_{std::chrono::seconds(100)};
    Duration elapsed_{0};  // since the scenario began, for people
    int boots_ = 1;
    bool synchronized_ = true;
    run::InputQueue waiting_;
    bool feeding_ = false;
    std::vector<Later> later_;
    core::StatePieces disk_;
    std::map<std::string, core::Latch> latches_;
    std::map<std::string, core::Latch> lost_latches_;
    bool latches_kept_ = true;
    Duration days_begin_earlier_{0};
    Duration next_checkpoint_{0};
    std::set<core::FactKind> unheard_;
    std::string output_;
};

}  // namespace noodstop::scenario
