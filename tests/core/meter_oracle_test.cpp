// The meter against an oracle that knows what really ran, in exact arithmetic (DESIGN.md 4.1 to 4.3).
#include "tests/core/meter_rig.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

constexpr std::int64_t hour_micros = 3'600'000'000;
constexpr std::int64_t gibibyte = 1'073'741'824;

// The oracle's unit: a millionth times an hour's microseconds times a GiB's bytes, in which every charge is whole.
using Exact = __int128;

struct Thing {
    bool running = true;
    std::int64_t memory = 0;
    std::int64_t cpu = 0;

    Exact rate() const {  // per microsecond
        return Exact{running ? 60'000'000 : 0} * gibibyte + Exact{memory} * 1'000'000;
    }
    Reading reading(const std::string& id) const {
        Reading made = machine(id, running ? Activity::running : Activity::stopped);
        made.measures = {{Metric::cpu, cpu, true}, {Metric::memory, memory, true}};
        return made;
    }
};

// What really runs, what it truly costs, and what rules 4.1 to 4.3 say that looks at it must charge.
class World {
public:
    explicit World(std::uint64_t seed) : random_(seed) {}

    // One change at most of each thing between two looks, at any moment of the interval.
    void live(Duration interval) {
        const std::map<std::string, Thing> before = things_;
        for (int name = 0; name < 8; ++name)
            change(std::string(1, static_cast<char>('a' + name)), interval.count());
        for (int name = 0; name < 8; ++name) {
            const std::string id(1, static_cast<char>('a' + name));
            const auto was = before.find(id);
            const auto is = things_.find(id);
            const Exact rate_before = was == before.end() ? 0 : was->second.rate();
            const Exact rate_after = is == things_.end() ? 0 : is->second.rate();
            charged_ += std::max(rate_before, rate_after) * interval.count();
        }
    }
    std::vector<Reading> readings() const {
        std::vector<Reading> all;
        for (const auto& [id, thing] : things_)
            all.push_back(thing.reading(id));
        return all;
    }
    std::vector<Measure> totals() const { return {{Metric::cpu, total_cpu_, true}}; }
    // Rounded down to millionths.
    std::int64_t spent() const { return saturate(spent_ / hour_micros / gibibyte); }
    std::int64_t charged() const { return saturate((charged_ + used_) / hour_micros / gibibyte); }

private:
    std::int64_t below(std::int64_t end) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(end));
    }

    void change(const std::string& id, std::int64_t interval) {
        const std::int64_t until = below(interval + 1);
        const auto known = things_.find(id);
        const Exact rate_before = known == things_.end() ? 0 : known->second.rate();
        switch (below(6)) {
            case 0:
                things_.erase(id);
                break;
            case 1:
                things_[id].memory = below(64 * gibibyte);
                break;
            case 2:
                things_[id].running = !things_[id].running;
                break;
            default:
                break;
        }
        const auto thing = things_.find(id);
        const Exact rate_after = thing == things_.end() ? 0 : thing->second.rate();
        spent_ += rate_before * until + rate_after * (interval - until);
        use(thing == things_.end() ? nullptr : &thing->second, below(interval * 4));
    }
    // Time of what is gone at the next look shows in the total alone.
    void use(Thing* thing, std::int64_t cpu) {
        if (thing != nullptr && below(40) == 0)
            thing->cpu = 0;  // restarted: what it uses since is all that its counter shows
        if (thing != nullptr)
            thing->cpu += cpu;
        total_cpu_ += cpu;
        spent_ += Exact{cpu} * 36'000'000 * gibibyte;
        used_ += Exact{cpu} * 36'000'000 * gibibyte;
    }

    std::mt19937_64 random_;
    std::map<std::string, Thing> things_;
    std::int64_t total_cpu_ = 0;
    Exact spent_ = 0, charged_ = 0, used_ = 0;
};

}  // namespace

TEST_CASE("over random lives the ledger is never below what was truly spent, and above it only by the stated rule") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        World world(seed);
        MeterRig rig;
        std::mt19937_64 random(seed * 7919);
        rig.look({}, LookQuality::good, world.totals());
        std::int64_t rounded_up = 0;  // each back-charge by less than a millionth
        for (int count = 0; count < 60; ++count) {
            const Duration interval(1 + static_cast<std::int64_t>(random() % 90'000'000));
            world.live(interval);
            rig.pass(interval / 3);
            rig.look({}, LookQuality::absent);
            rig.pass(interval - interval / 3);
            rig.look(world.readings(), LookQuality::good, world.totals());
            rounded_up += static_cast<std::int64_t>(rig.charges.size());
            REQUIRE(rig.ledger.micros >= world.spent() - 3);  // of three metrics the remainder is carried
            REQUIRE(rig.ledger.micros >= world.charged() - 3);
            REQUIRE(rig.ledger.micros <= world.charged() + rounded_up);
        }
    }
}
