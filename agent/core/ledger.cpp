#include "agent/core/ledger.hpp"

#include "agent/core/archive.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::core {
namespace {

// The part of `amount` that falls to `part` of `whole` time.
Money share(Money amount, Duration part, Duration whole) {
    return {saturate(Wide{amount.micros} * part.count() / whole.count())};
}

Charge share(const Charge& amount, Duration part, Duration whole) {
    return {share(amount.current, part, whole), share(amount.acknowledged, part, whole)};
}

Charge without(const Charge& amount, const Charge& part) {
    return {amount.current - part.current, amount.acknowledged - part.acknowledged};
}

std::int64_t divide_down(std::int64_t value, std::int64_t by) {
    return value / by - (value % by < 0);
}

}  // namespace

void Window::charge(Instant from, Instant to, const Charge& amount) {
    if (amount.current == Money{} && amount.acknowledged == Money{})
        return;
    if (kind_ == WindowKind::rolling)
        charge_rolling(from, to, amount);
    else
        charge_calendar(from, to, amount);
}

// What lies before the beginning belongs to the window that closed; rounding goes to the open one.
void Window::charge_calendar(Instant from, Instant to, const Charge& amount) {
    Charge before;
    if (to <= began_ && from < began_)
        before = amount;
    else if (from < began_)
        before = share(amount, began_ - from, to - from);
    sum_ += without(amount, before);
    if (!closed_.empty())
        closed_.back().accrued += before.current;
}

void Window::charge_rolling(Instant from, Instant to, const Charge& amount) {
    const std::int64_t length = bucket_length().count();
    const std::int64_t last = divide_down(to.since_origin.count(), length);
    const Instant outside = to - length_;
    Charge given = from < outside ? share(amount, outside - from, to - from) : Charge{};
    Instant at = std::max(from, outside);
    for (std::int64_t index = divide_down(at.since_origin.count(), length); index < last; ++index) {
        const Instant bucket_end{Duration{(index + 1) * length}};
        const Charge until_end = share(amount, bucket_end - from, to - from);
        add_to_bucket(index, without(until_end, given));
        given = until_end;
    }
    add_to_bucket(last, without(amount, given));
}

// Charges come in no strict order: a look may reach back over several buckets.
void Window::add_to_bucket(std::int64_t index, const Charge& amount) {
    sum_ += amount;
    const auto place =
        std::lower_bound(buckets_.begin(), buckets_.end(), index,
                         [](const Bucket& bucket, std::int64_t wanted) { return bucket.index < wanted; });
    if (place != buckets_.end() && place->index == index)
        place->sum += amount;
    else
        buckets_.insert(place, Bucket{index, amount});
}

void Window::expire(Instant now) {
    if (kind_ != WindowKind::rolling)
        return;
    const std::int64_t length = bucket_length().count();
    while (!buckets_.empty() && Instant{Duration{(buckets_.front().index + 1) * length}} <= now - length_) {
        sum_ = without(sum_, buckets_.front().sum);
        floor_ = std::max(Money{}, floor_ - buckets_.front().sum.current);
        buckets_.pop_front();
    }
    if (floor_ != Money{} && now >= floor_until_)
        floor_ = {};
}

// Whole buckets, so that none leaves early; one that holds what was charged before and since stays.
void Window::move_back(Instant until, Duration by) {
    if (began_ <= until)
        began_ = began_ - by;
    if (kind_ != WindowKind::rolling)
        return;
    const std::int64_t length = bucket_length().count();
    for (Bucket& bucket : buckets_)
        if (bucket.index < divide_down(until.since_origin.count(), length))
            bucket.index -= by.count() / length;
    if (floor_until_ - length_ <= until)
        floor_until_ = floor_until_ - by;
}

// Buckets are renumbered by their ends, so that none leaves early.
void Window::resize(Duration length) {
    length = std::max(length, Duration{0});
    const std::int64_t before = bucket_length().count();
    if (length > length_)
        floor_until_ = floor_until_ + (length - length_);
    length_ = length;
    if (kind_ != WindowKind::rolling || bucket_length().count() == before)
        return;
    sum_ = {};
    for (const Bucket& bucket : std::exchange(buckets_, {}))
        add_to_bucket(divide_down((bucket.index + 1) * before - 1, bucket_length().count()), bucket.sum);
}

void Window::open(Instant began, WallTime began_wall) {
    if (began_wall_) {
        closed_.push_back({*began_wall_, accrued().current});
        if (closed_.size() > closed_windows_max)
            closed_.pop_front();
    }
    sum_ = {};
    floor_ = {};
    began_ = began;
    began_wall_ = began_wall;
}

Charge Window::accrued() const {
    return {std::max(sum_.current, floor_), std::max(sum_.acknowledged, floor_)};
}

void Window::set_floor(Money floor, Instant at) {
    floor_ = std::max(floor_, floor);
    floor_until_ = at + length_;
}

std::optional<Money> Window::reconcile(WallTime began, Money bill) {
    for (ClosedWindow& window : closed_) {
        if (window.began != began)
            continue;
        const Money more = std::max(Money{}, bill - window.accrued);
        window.accrued = std::max(window.accrued, bill);
        return more;
    }
    return std::nullopt;
}

void Window::forget_old_prices() {
    for (Bucket& bucket : buckets_)
        bucket.sum.acknowledged = bucket.sum.current;
}

bool Window::is_sound() const {
    if (length_ < Duration{0})
        return false;
    const std::int64_t furthest = time_end / bucket_length().count();
    std::int64_t before = -furthest;
    for (const Bucket& bucket : buckets_) {
        if (bucket.index <= before || bucket.index >= furthest)
            return false;
        before = bucket.index;
    }
    return true;
}

Duration Window::bucket_length() const {
    return std::max(Duration{1'000'000}, length_ / rolling_buckets);
}

}  // namespace noodstop::core
