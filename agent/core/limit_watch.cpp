#include "agent/core/limit_watch.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::core {
namespace {

constexpr std::int64_t reservation_share = 100;  // one part in a hundred of the limit (DESIGN.md 4.9)

constexpr std::array<Stage, stage_count> all_stages{Stage::warn, Stage::hold, Stage::stop};

std::optional<std::int64_t> configured(const Limit& rule, Stage stage) {
    // An allow limit has no amounts: one offender reaches its stage.
    if (rule.kind == LimitKind::allow)
        return stage == rule.allow_stage ? std::optional<std::int64_t>(1) : std::nullopt;
    switch (stage) {
        case Stage::warn:
            return rule.warn;
        case Stage::hold:
            return rule.hold;
        case Stage::stop:
            return rule.stop;
    }
    return std::nullopt;
}

}  // namespace

LimitWatch::LimitWatch(Limit rule) : rule_(std::move(rule)), window_(rule_.window, rule_.window_length) {}

void LimitWatch::configure(Limit rule) {
    if (rule.kind != rule_.kind || rule.window != window_.kind())
        window_ = Window(rule.window, rule.window_length);
    window_.resize(rule.window_length);
    rule_ = std::move(rule);
}

// What was confirmed below the new threshold is reached no more; `spend` is evaluated anew at every step anyway.
void LimitWatch::raise(std::int64_t stop) {
    raised_to_ = stop;
    for (const Stage stage : all_stages) {
        const auto limit = threshold(stage);
        if (limit && exposure_ >= *limit)
            continue;
        reached_[static_cast<std::size_t>(stage)] = false;
        confirmations_[static_cast<std::size_t>(stage)] = {};
    }
}

std::optional<std::int64_t> LimitWatch::threshold(Stage stage) const {
    const std::optional<std::int64_t> rule = configured(rule_, stage);
    if (!rule || !rule_.stop)  // an allow limit has none
        return rule;
    const std::int64_t stop =
        std::max({*rule_.stop, raised_to_.value_or(*rule_.stop), excepted_to_.value_or(*rule_.stop)});
    if (stage == Stage::stop)
        return stop;
    if (stop == *rule_.stop || *rule_.stop <= 0)
        return rule;
    return saturate(Wide{*rule} * stop / *rule_.stop);
}

void LimitWatch::evaluate(const Usage& usage, Instant now) {
    rate_ = usage.rates.current;
    if (rule_.kind == LimitKind::spend)
        evaluate_spend(usage);
    else if (usage.good_look)
        evaluate_counted(usage, now);
}

// Changed prices only warn until they are acknowledged: the acknowledged ones decide (DESIGN.md 4.4).
void LimitWatch::evaluate_spend(const Usage& usage) {
    Charge exposure = window_.accrued();
    used_ = exposure.acknowledged.micros;
    exposure += usage.assumed;
    exposure += cost_rounded_up(usage.rates, usage.reaction);
    exposure_ = exposure.acknowledged.micros;
    exposure_at_new_prices_ = exposure.current.micros;
    for (const Stage stage : all_stages) {
        const auto limit = threshold(stage);
        const Money deciding =
            stage == Stage::warn ? std::max(exposure.current, exposure.acknowledged) : exposure.acknowledged;
        reached_[static_cast<std::size_t>(stage)] = limit && deciding.micros >= *limit;
    }
    const auto stop = threshold(Stage::stop);
    withheld_ = stop && exposure.current.micros >= *stop && !reached(Stage::stop);
}

void LimitWatch::evaluate_counted(const Usage& usage, Instant now) {
    const bool is_rate = rule_.kind == LimitKind::rate;
    used_ = is_rate ? usage.rates.acknowledged.micros_per_hour : usage.counted;
    exposure_ = used_;
    exposure_at_new_prices_ = is_rate ? usage.rates.current.micros_per_hour : usage.counted;
    for (const Stage stage : all_stages) {
        const auto limit = threshold(stage);
        confirm(stage, limit && (stage == Stage::warn ? std::max(used_, exposure_at_new_prices_) : used_) >= *limit,
                usage, now);
    }
    const auto stop = threshold(Stage::stop);
    withheld_ = stop && exposure_at_new_prices_ >= *stop && used_ < *stop;
}

void LimitWatch::confirm(Stage stage, bool condition, const Usage& usage, Instant now) {
    Confirmation& confirmation = confirmations_[static_cast<std::size_t>(stage)];
    bool& reached = reached_[static_cast<std::size_t>(stage)];
    if (!condition) {
        confirmation = {};
        reached = false;
        return;
    }
    if (confirmation.count > 0 && now - confirmation.last > usage.poll_interval * confirm_gap_max)
        confirmation.count = 0;
    if (confirmation.count == 0 || now - confirmation.last >= usage.poll_interval / 2) {
        ++confirmation.count;
        confirmation.last = now;
    }
    reached = reached || confirmation.count >= rule_.confirm;
}

std::optional<Duration> LimitWatch::time_to_stop() const {
    const auto stop = threshold(Stage::stop);
    if (!stop)
        return std::nullopt;
    if (reached(Stage::stop) || exposure_ >= *stop)
        return Duration{0};
    if (rule_.kind != LimitKind::spend || rate_ == HourlyRate{})
        return std::nullopt;
    return time_to_spend({*stop - exposure_}, rate_);
}

// The reservation stands on what was charged, not on an earlier reservation: crashes don't add up.
bool LimitWatch::reserve() {
    const auto stop = threshold(Stage::stop);
    if (rule_.kind != LimitKind::spend || !stop)
        return false;
    const Money charged = window_.charged().current;
    const Money share{*stop / reservation_share};
    const Money highest = std::max(charged + share, window_.floor());
    if (reservation_ >= charged + Money{share.micros / 2} && reservation_ <= highest)
        return false;
    const Money before = reservation_;
    reservation_ = highest;
    return reservation_ != before;
}

bool LimitWatch::release_reservation() {
    const Money before = std::exchange(reservation_, window_.accrued().current);
    return reservation_ != before;
}

void LimitWatch::restore_reservation(Money reservation, Instant now) {
    reservation_ = reservation;
    window_.set_floor(reservation, now);
}

}  // namespace noodstop::core
