// One life: the agent's production cycle, engine, store and recovery on a simulated machine, clouds, people and
// attackers around it, and checkers that watch.
#pragma once

#include "agent/run/cycle.hpp"
#include "agent/run/journal_shelf.hpp"
#include "tests/sim/check/reckoning.hpp"
#include "tests/sim/check/window_time.hpp"
#include "tests/sim/clocks.hpp"
#include "tests/sim/clockwork.hpp"
#include "tests/sim/story.hpp"
#include "tests/sim/witness.hpp"

#include <deque>
#include <map>
#include <optional>

namespace noodstop::sim {

class World {
public:
    // `disk` is formatted for this life. With a story, all that happens is told.
    World(Plan plan, Disk& disk, Checkers checkers, Story* story);
    ~World();

    // The first failure, "checker: sentence"; empty if the life was lived without.
    std::string live();

    // ---- for checkers: the truth ----
    const Plan& plan() const { return plan_; }
    Duration now() const { return clockwork_.now(); }
    core::WallTime true_wall() const { return plan_.wall_at_start + now(); }
    core::WallTime machine_wall() const { return clocks_.wall(now()); }
    const WindowTime& window_time() const { return window_time_; }
    const std::vector<Cloud>& clouds() const { return clouds_; }
    const Cloud* cloud(const core::ProviderName& name) const;
    const core::Policy& configuration() const { return configuration_; }
    const Excuses& excuses() const { return excuses_; }
    const Reckoning& reckoning() const { return reckoning_; }
    std::size_t orders_waiting() const { return orders_.size(); }
    bool running() const { return cycle_.has_value(); }
    bool is_quiet() const { return quiet_; }
    bool frozen() const { return frozen_until_ > now(); }
    Duration thawed_at() const { return frozen_until_; }  // the last time; 0: never frozen since the start
    // How long the agent could not run since a moment, frozen or suspended.
    Duration frozen_since(Duration moment) const;
    std::size_t ends_so_far() const { return ends_; }
    bool disk_was_unreadable() const { return disk_was_unreadable_; }  // at the last start
    std::size_t files_set_aside() const;
    std::uint64_t digest() const { return digest_; }
    std::uint64_t steps() const { return steps_; }

private:
    // world_agent.cpp: the agent as a process
    void start_agent();
    void end_agent(Ending ending, Duration back_after);
    void wind_down();
    Duration until_quiet(Duration moment) const;
    void wake();
    void turn();
    void turn_by(Duration moment);
    bool step_and_maybe_crash();
    void carry_out(run::Action& action);
    void do_one(run::KeepLatch& action);
    void do_one(run::Persist& action);
    void do_one(run::StartStep& action);
    void do_one(run::StartLook& action);
    void do_one(run::StartObservation& action);
    void do_one(run::StartRehearsal& action);
    void do_one(run::Reply& action);
    void do_one(run::Notify&) {}
    void do_one(run::PublishFacts& action);
    void do_one(run::PublishSnapshot& action);
    void write_batch(run::Persist persist);
    void take_latches();
    void write_latches(std::map<core::ZoneName, core::Latch> taken);
    void read_journal();
    void orderly_stop();
    bool mind_cut();
    void follow_clocks(const core::ClockReading& clock);
    // Runs `what` later if the same process still lives then, and wakes it.
    void later(Duration delay, std::function<void()> what);

    // world_channel.cpp: who follows the spool
    journal::SpoolOptions followers();
    void mind_channel();
    void happen_to_channel();
    void ask_and_answer(const std::string& consumer);
    core::LaneAnswer answer_of_hub(const core::RunBounds& run);
    void notice_beside();

    // world_clouds.cpp: what is asked of clouds
    Cloud* find_cloud(const core::ProviderName& name);
    void answer_look(std::size_t cloud, std::uint64_t number);
    core::StepReport obey(const core::StepOrder& order, bool& silent);
    void take_effect(const core::StepOrder& order, const std::string& machine);
    void halt(Cloud& cloud, const std::string& id);
    void bring_back(const std::string& cloud, const std::string& machine, Machine copy);
    void start_machine(std::size_t cloud, Machine machine);

    // world_appliance.cpp
    void happen_to_appliance(const Happening& happening, Random& random);
    void happen_to_clocks(const Happening& happening, Random& random);
    void lose_time(Random& random, Duration length);
    void synchronize_in(Duration time);
    void freeze_until(Duration moment);

    // world_happenings.cpp: what the plan says
    void happen(const Happening& happening);
    void happen_to_machines(const Happening& happening, Random& random);
    void happen_to(Machine& machine, Cloud& cloud, const Happening& happening, Random& random);
    void happen_to_cloud(const Happening& happening, Random& random);
    void happen_to_disk(const Happening& happening, Random& random);
    void forget(What what, std::uint64_t draw);
    void order(const Happening& happening, Random& random);

    // world_floods.cpp
    void flood_with_kinds(std::size_t cloud, int waves);
    void flood_with_orders(const core::ZoneName& zone, Random& random);

    // world_happenings.cpp
    void reload(const Happening& happening, Random& random);
    void change_limits(std::int64_t quarters);
    void change_prices(Random& random);
    void change_mandate(const core::MandateId& id, Random& random);
    void remove_zone(const core::ZoneName& gone);
    void become_quiet();
    void end_when_at_rest();

    void tell(const std::string& sentence);
    template <class Call>
    void witness(Call&& call) {
        for (const auto& checker : checkers_)
            call(*checker);
    }
    std::string first_failure() const;
    void mix(std::uint64_t value) { digest_ = (digest_ ^ value) * 0x100000001B3 + (digest_ >> 29); }
    void mix(const std::string& text);

    Plan plan_;
    Disk& disk_;
    Checkers checkers_;
    Story* story_;
    Clockwork clockwork_;
    Random random_;             // of what happens between happenings: delays, what a power cut takes
    Random random_of_disk_;     // of a life that is compared
    Random random_of_channel_;  // of those who follow
    std::vector<Cloud> clouds_;
    core::Policy configuration_;  // as the file says
    Excuses excuses_;
    Reckoning reckoning_;
    std::set<std::uint64_t> whole_batches_;  // by number, of this process
    bool quiet_ = false;
    Duration end_at_{0};
    std::optional<Duration> at_rest_since_;
    std::uint64_t digest_ = 0xCBF29CE484222325;

    // The machine.
    Clocks clocks_;
    WindowTime window_time_;
    Duration disk_delay_{300};
    int final_sync_error_ = 0;  // of the last batch of an orderly stop
    Duration disk_hangs_until_{0};
    bool disk_was_unreadable_ = false;
    std::optional<Image> old_snapshot_;
    std::function<void()> before_power_on_;

    // The process.
    std::optional<run::Cycle> cycle_;
    std::optional<run::JournalShelf> shelf_;
    std::uint64_t process_ = 0;
    std::size_t ends_ = 0;
    std::uint64_t steps_ = 0;
    Duration frozen_until_{0};
    std::vector<std::pair<Duration, Duration>> freezes_;  // from, until; in order
    std::optional<Duration> turn_at_;
    std::optional<core::Instant> stepped_to_;  // the agent's time at its last step
    std::map<core::ZoneName, core::Latch> latches_waiting_;
    bool latches_are_written_ = false;
    Duration latch_retry_{0};
    std::map<std::uint64_t, core::Order> orders_;
    std::uint64_t last_request_ = 0;
    std::uint64_t last_read_ = 0;  // the journal is read on from here
    std::uint64_t mines_ = 0;
    std::vector<std::string> last_wave_;
};

}  // namespace noodstop::sim
