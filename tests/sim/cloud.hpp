// One provider of the world: the machines that truly run there, what they truly cost, how it answers and obeys.
#pragma once

#include "agent/core/lever.hpp"
#include "tests/sim/bill.hpp"
#include "tests/sim/random.hpp"

#include <map>
#include <optional>
#include <string>

namespace noodstop::sim {

// What a machine costs is known to the world by its make alone.
enum class Make : std::uint8_t {
    small,   // a virtual machine, billed while it exists and is not stopped
    large,   // the kind that mines
    odd,     // of a SKU that no price list knows
    metered  // billed by CPU time (a counter) and memory (a gauge); gone when it stops
};

struct Obedience {
    enum class Answer : std::uint8_t { obeys, refuses, lies, silent } answer = Answer::obeys;
    Duration takes{0};  // from the answer to the effect
};

struct Machine {
    std::string id;
    Make make = Make::small;
    std::string region = "west";
    core::Activity activity = core::Activity::running;
    Duration started{0};  // of the present run; moments are the world's time
    std::uint32_t vcpus = 1, gpus = 0, memory_gib = 0;
    Wide counter = 0;  // metered: vCPU microseconds used
    Duration counted_until{0};
    bool tells_creation = false;
    Obedience shut_down, power_off, suspend;
    Duration returns_after{0};  // after it was stopped, by whoever runs it; 0: never
    int returns_left = 0;
    int returns_as = 1;  // so many, all but one under new names
};

struct Prices {
    std::int64_t small = 0, large = 0, cpu = 0, memory = 0, unknown = 0;  // millionths per hour
};

// How the cloud answers at present.
struct Weather {
    bool absent = false;          // answers every look with an error
    bool silent = false;          // answers nothing
    bool partial = false;         // shows some
    bool hides = false;           // shows some and calls it everything: it lies
    bool doubled = false;         // answers twice
    bool stale = false;           // repeats its last answer
    bool unreadable = false;      // shows machines whose state or figures it can't tell
    bool refuses_orders = false;  // revoked rights
    bool hits_another = false;    // does what it was told, to another machine as well
    Duration look_takes{20'000};
    Duration order_takes{20'000};
};

class Cloud {
public:
    Cloud(std::string name, Prices prices) : name_(std::move(name)), prices_(prices) {}

    const std::string& name() const { return name_; }
    Weather weather;
    const Prices& prices() const { return prices_; }
    // What was changed in the machines or prices is billed from now on.
    void changed(Duration now);

    Machine& add(Duration now, Machine machine);
    void remove(Duration now, const std::string& id);
    Machine* find(const std::string& id);
    const std::map<std::string, Machine>& machines() const { return machines_; }
    std::map<std::string, Machine>& machines() { return machines_; }
    void set_activity(Duration now, Machine& machine, core::Activity activity);

    Wide rate(const Machine& machine) const;  // millionths per hour now
    const Bill& bill() const { return bill_; }
    std::int64_t total_cpu(Duration now);

    // What it shows if asked now; the weather's lies included.
    core::Look look(Duration now, core::WallTime wall, Random& random);
    core::Observation observe(const core::ResourceId& id) const;

private:
    core::Reading reading(const Machine& machine, Duration now, core::WallTime wall) const;
    void count(Machine& machine, Duration now);

    std::string name_;
    Prices prices_;
    std::map<std::string, Machine> machines_;
    Bill bill_;
    Wide total_cpu_ = 0;
    std::optional<core::Look> last_look_;
};

bool is_billed(const Machine& machine);
const char* sku_of(Make make);

}  // namespace noodstop::sim
