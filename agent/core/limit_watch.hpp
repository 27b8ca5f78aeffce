// One limit under watch: what is used, what the bill would be if the stop were ordered now, and which stages that
// reaches (DESIGN.md 2 "limit" and "exposure", 4.4, 4.6, 4.9).
#pragma once

#include "agent/core/ledger.hpp"
#include "agent/core/meter.hpp"

#include <array>

namespace noodstop::core {

inline constexpr std::size_t stage_count = 3;
inline constexpr int confirm_gap_max = 3;  // looks further apart than this many intervals don't confirm each other

// Looks in a row that showed a stage reached. Several providers' looks of one round count once.
struct Confirmation {
    std::uint32_t count = 0;
    Instant last;
};

// What one evaluation is made from.
struct Usage {
    Charge assumed;             // spend: beyond the ledger, while blind
    Rates rates;                // of everything in scope
    Duration reaction{0};       // of the slowest zone in scope
    std::int64_t counted = 0;   // count: resources, vCPUs or GPUs; allow: offenders
    bool good_look = false;     // a good look of a provider in scope came with this step
    Duration poll_interval{0};  // the longest in scope
};

class LimitWatch {
public:
    LimitWatch() = default;
    explicit LimitWatch(Limit rule);
    void configure(Limit rule);

    // Evaluates at `now`; afterwards the answers below are those of now.
    void evaluate(const Usage& usage, Instant now);

    // `spend` at every step, the others as of the last good look and confirmed.
    // A stage that the rule has lost since is not reached.
    bool reached(Stage stage) const {
        return reached_[static_cast<std::size_t>(stage)] && threshold(stage).has_value();
    }
    // A stop that changed prices alone would cause: withheld until they are acknowledged.
    bool withheld() const { return withheld_; }
    // At the prices that decide, the acknowledged ones.
    std::int64_t used() const { return used_; }
    std::int64_t exposure() const { return exposure_; }
    std::int64_t exposure_at_new_prices() const { return exposure_at_new_prices_; }
    HourlyRate rate() const { return rate_; }
    std::optional<std::int64_t> threshold(Stage stage) const;
    std::optional<Duration> time_to_stop() const;

    // Lifts the stop threshold, and the others with it in proportion, above what the rule says.
    void raise(std::int64_t stop);
    // A planned exception that holds today; none: back to the rule.
    void except(std::optional<std::int64_t> stop) { excepted_to_ = stop; }
    std::optional<std::int64_t> raised_to() const { return raised_to_; }
    void forget_raise() { raised_to_.reset(); }

    // The high-water mark that a crash restarts at. True: it moved and must be made durable.
    bool reserve();
    // At an orderly stop: what was charged is all that is reserved. True: it moved.
    bool release_reservation();
    Money reservation() const { return reservation_; }
    void restore_reservation(Money reservation, Instant now);

    const Limit& rule() const { return rule_; }
    Window& window() { return window_; }
    const Window& window() const { return window_; }
    // After reading it from bytes; false: they were no watch of this rule, and it can't be used.
    bool restored() const {
        return window_.is_sound() && (window_.kind() == rule_.window || rule_.kind != LimitKind::spend);
    }

    template <class Archive>
    friend void describe(Archive& archive, LimitWatch& watch) {
        archive(watch.window_, watch.confirmations_, watch.reached_, watch.raised_to_, watch.used_, watch.exposure_);
    }

private:
    void evaluate_spend(const Usage& usage);
    void evaluate_counted(const Usage& usage, Instant now);
    void confirm(Stage stage, bool condition, const Usage& usage, Instant now);

    Limit rule_;
    Window window_;
    std::array<Confirmation, stage_count> confirmations_{};
    std::array<bool, stage_count> reached_{};
    bool withheld_ = false;
    std::optional<std::int64_t> raised_to_;
    std::optional<std::int64_t> excepted_to_;
    std::int64_t used_ = 0;
    std::int64_t exposure_ = 0;
    std::int64_t exposure_at_new_prices_ = 0;  // differs while changed prices wait
    HourlyRate rate_;
    Money reservation_;
};

template <class Archive>
void describe(Archive& archive, Confirmation& confirmation) {
    archive(confirmation.count, confirmation.last);
}

}  // namespace noodstop::core
