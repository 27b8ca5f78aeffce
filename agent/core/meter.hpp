// Turns the looks of one provider into charges (DESIGN.md 4.2 to 4.4).
//
//   state and gauges  charged by time at what the last look showed; a rise counts from the look before, since nobody
//                     saw when it happened; a fall counts from now
//   counters          charged by difference when a look shows it; the first sight is the baseline
//   provider totals   price what vanished between looks: total differences beyond what resources explain
//   no look           changes nothing: what ran goes on being charged, and `assumed` grows beside the ledger
#pragma once

#include "agent/core/fact_log.hpp"
#include "agent/core/ledger.hpp"
#include "agent/core/metered.hpp"

namespace noodstop::core {

// A charge and the time over which it arose. Counters: from == to, the moment of the look.
struct TimedCharge {
    Instant from;
    Instant to;
    Charge amount;
};

// Cost per hour at current and at acknowledged prices.
struct Rates {
    HourlyRate current;
    HourlyRate acknowledged;
    Rates& operator+=(const Rates& other) {
        current += other.current;
        acknowledged += other.acknowledged;
        return *this;
    }
};

inline Charge cost_rounded_up(const Rates& rates, Duration time) {
    return {cost_rounded_up(rates.current, time), cost_rounded_up(rates.acknowledged, time)};
}

template <class Archive>
void describe(Archive& archive, Rates& rates) {
    archive(rates.current, rates.acknowledged);
}

inline constexpr std::size_t unused_varieties_max = 64;

class Meter {
public:
    // `acknowledged` are the prices that decide until changed ones are acknowledged.
    Meter(ProviderPolicy policy, PriceBook current, PriceBook acknowledged, Instant metering_since);

    // After a start: blindness is counted from here, the providers have had no chance to answer before.
    void resume(Instant now) { resumed_ = now; }
    void configure(ProviderPolicy policy, PriceBook current, PriceBook acknowledged);

    // After a reboot, when it was `now` before it: how long the machine was down is not known yet, ...
    void lose_time(Instant now);
    // ... and now it is: charges what ran then. What started since is not charged for it. Call it when the past has
    // been moved back (move_back.hpp).
    TimedCharge charge_downtime(Duration downtime);

    // Charges what is known to run until `now`.
    TimedCharge advance(Instant now);

    enum class Taken : std::uint8_t { absent, late, partial, good };
    // Call advance(now) first. Charges that reach back are appended to `charges`.
    Taken take(const Look& look, Instant now, WallTime wall, std::vector<TimedCharge>& charges, FactLog& facts);

    // While the provider is not seen: what may have been spent beyond what was charged since the last look.
    Charge assumed(Instant now) const;
    bool blind(Instant now) const;
    Instant last_complete() const { return last_complete_; }
    bool ever_looked() const { return last_look_.has_value(); }
    std::optional<Instant> last_look() const { return last_look_; }

    // Of everything known, at least blind_rate while blind.
    Rates rates(Instant now) const;
    HourlyRate rate(Instant now) const { return rates(now).current; }
    const std::vector<Metered>& resources() const { return resources_; }  // sorted by id
    const Metered* find(const ResourceId& id) const;
    const Variety& variety(const Metered& resource) const { return varieties_[resource.variety]; }
    const std::vector<Variety>& varieties() const { return varieties_; }
    bool price_known(const Metered& resource) const { return quotes_[resource.variety].current.known; }
    Money accrued(const Metered& resource, Instant now) const;
    bool overflowing() const { return overflowing_; }
    const std::string& problem() const { return problem_; }
    const ProviderPolicy& policy() const { return policy_; }
    const PriceBook& prices() const { return current_; }

    template <class Archive>
    friend void describe(Archive& archive, Meter& meter) {
        archive(meter.metering_since_, meter.charged_until_, meter.last_look_, meter.last_complete_,
                meter.charged_since_look_, meter.counter_rate_, meter.varieties_, meter.resources_, meter.totals_,
                meter.state_carry_, meter.measure_carry_, meter.overflowing_, meter.left_out_, meter.lost_time_at_,
                meter.rates_when_down_);
    }
    // After describe() filled it from bytes: everything derived is computed anew. False if the bytes contradict.
    bool restored();

private:
    struct Quotes {
        Quote current, acknowledged;
        bool same = true;  // both cost the same
    };
    Quotes quote(const Variety& variety) const;
    // One amount at each of the two prices.
    struct Sums {
        Wide current = 0, acknowledged = 0;
        void add(Wide quantity, HourlyRate at_current, HourlyRate at_acknowledged);
    };
    struct Carries {
        Carry current, acknowledged;
        Charge take(const Sums& sums, Wide times, std::int64_t denominator);
        template <class Archive>
        friend void describe(Archive& archive, Carries& carries) {
            archive(carries.current, carries.acknowledged);
        }
    };
    // A cumulative counter of the whole provider.
    struct Total {
        Metric metric = Metric::cpu;
        std::int64_t raw = 0;
        std::int64_t unexplained = 0;  // beyond the resources' differences, since the first sight
        std::int64_t charged = 0;      // the highest `unexplained` so far
        template <class Archive>
        friend void describe(Archive& archive, Total& total) {
            archive(total.metric, total.raw, total.unexplained, total.charged);
        }
    };
    // What one look brings, while it is taken.
    struct Taking {
        Taking(const Look& look_taken, Instant now_, WallTime wall_, FactLog& facts_,
               std::vector<TimedCharge>& charges_)
            : look(look_taken), now(now_), wall(wall_), facts(facts_), charges(charges_) {}
        const Look& look;
        Instant now;
        WallTime wall;
        FactLog& facts;
        std::vector<TimedCharge>& charges;
        Duration interval{0};                                // since the look before, 0 at the first
        bool measures_rates = false;                         // the interval is long enough for counters to tell a rate
        bool complete = true;                                // no priced figure was missing
        Rates left_out;                                      // of what is billed and found no room
        bool overflowed = false;                             // something new found no room
        std::size_t room = 0;                                // for what is new
        std::array<Sums, metric_count> counted{};            // counter differences times price
        std::array<std::int64_t, metric_count> explained{};  // raw counter differences of resources
        Sums risen;                                          // rise of time rates since the look before
        std::vector<Metered> appeared;
        std::vector<std::size_t> gone;  // indexes into resources_
    };

    void merge(Taking& taking, const std::vector<Reading>& readings);
    std::vector<Reading> worth_knowing(Taking& taking, const std::vector<Reading>& readings);
    void leave_out(Taking& taking, const Reading& reading);
    std::size_t room_for_new(LookQuality quality) const;
    void appear(Taking& taking, const Reading& reading);
    void update(Taking& taking, Metered& resource, const Reading& reading);
    void disappear(Taking& taking, const Metered& resource);
    void apply(Taking& taking);
    void forget_rate(const Metered& gone);
    void read_measures(Taking& taking, Metered& resource, const Reading& reading);
    void count(Taking& taking, Metered& resource, const Measure& measure);
    std::optional<Instant> creation(const Taking& taking, const Reading& reading) const;
    void back_charge(Taking& taking, Instant from, const Rates& rates);
    void explain_totals(Taking& taking);
    void explain_total(Taking& taking, const Measure& measure);
    void charge_counters(Taking& taking);
    void requote();
    void recount();
    void forget_unused_varieties();
    std::uint32_t variety_of(const Reading& reading, FactLog& facts);
    HourlyRate time_rate(const Metered& resource, const Quote& quote) const;
    Rates time_rates(const Metered& resource) const;
    Rates known_time_rates() const;
    Fact fact_about(FactKind kind, const ResourceId& resource) const;

    ProviderPolicy policy_;
    PriceBook current_, acknowledged_;
    Instant metering_since_;
    Instant resumed_;
    Instant charged_until_;
    std::optional<Instant> last_look_;  // taken_at of the last good or partial look
    Instant last_complete_;             // ... of the last good one with every priced figure
    Charge charged_since_look_;
    Rates counter_rate_;
    std::vector<Variety> varieties_;
    std::vector<Quotes> quotes_;  // of varieties_
    std::vector<Metered> resources_;
    std::vector<Total> totals_;
    Sums state_sum_;                             // rates of all billed resources
    std::array<Sums, metric_count> gauge_sums_;  // raw value times price
    Carries state_carry_;
    std::array<Carries, metric_count> measure_carry_;
    bool overflowing_ = false;
    std::optional<Instant> lost_time_at_;  // at the first reboot since time was known
    Rates rates_when_down_;                // of what ran then, by all that is known since
    Rates left_out_;                       // of what the last good look showed billed beyond resources_max
    bool incomplete_told_ = false;         // that a priced figure is missing
    std::string problem_;
};

}  // namespace noodstop::core
