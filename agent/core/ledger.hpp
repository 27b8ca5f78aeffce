// Money accrued in one window of one spend limit (DESIGN.md 4.1, 4.5, 4.7, 4.9).
//
// Each charge has two amounts: at current prices and at acknowledged ones. They differ only while changed prices wait
// for acknowledgement (4.4).
#pragma once

#include "agent/core/archive_units.hpp"
#include "agent/core/policy.hpp"

#include <algorithm>
#include <deque>

namespace noodstop::core {

struct Charge {
    Money current;
    Money acknowledged;
    Charge& operator+=(const Charge& other) {
        current += other.current;
        acknowledged += other.acknowledged;
        return *this;
    }
};

inline Charge larger(const Charge& left, const Charge& right) {
    return {std::max(left.current, right.current), std::max(left.acknowledged, right.acknowledged)};
}

// A calendar window that is over, kept to be reconciled with its bill.
struct ClosedWindow {
    WallTime began;
    Money accrued;
};

inline constexpr std::size_t closed_windows_max = 40;  // of each limit: more than a month of days
inline constexpr std::int64_t rolling_buckets = 120;   // a rolling window is this many buckets long

class Window {
public:
    Window() = default;
    // A policy that was read from damaged bytes may say any length.
    Window(WindowKind kind, Duration length) : kind_(kind), length_(std::max(length, Duration{0})) {}

    // `from` <= `to` <= now. What lies before the window is not counted in it.
    void charge(Instant from, Instant to, const Charge& amount);
    // Lets buckets that are wholly outside leave (rolling).
    void expire(Instant now);
    // Begins a new calendar window. `began` is on both lines.
    void open(Instant began, WallTime began_wall);
    // The first window: what was charged before the calendar was known stays in it.
    void adopt(Instant began, WallTime began_wall) { began_ = began, began_wall_ = began_wall; }
    // The open window is the one that contains this beginning; nothing accrued is lost (first synchronized time).
    void rename(WallTime began_wall) { began_wall_ = began_wall; }
    // The date of the open window proved wrong: the next beginning adopts it with all that was accrued.
    void forget_date() { began_wall_.reset(); }
    // What was charged until then was charged so much earlier.
    void move_back(Instant until, Duration by);
    // A changed length in the configuration: what is in the window stays until it is outside the new one.
    void resize(Duration length);

    // Never below `floor`, the reservation that was durable when the agent crashed, less what has left since (rolling).
    Charge accrued() const;
    void set_floor(Money floor, Instant at);
    Money floor() const { return floor_; }
    const Charge& charged() const { return sum_; }

    // The larger of estimate and bill; the difference by which a bill exceeds it, or none for a window not kept.
    std::optional<Money> reconcile(WallTime began, Money bill);
    void acknowledge_prices() { sum_.acknowledged = sum_.current, forget_old_prices(); }

    WindowKind kind() const { return kind_; }
    Duration length() const { return length_; }
    std::optional<WallTime> began_wall() const { return began_wall_; }
    Instant began() const { return began_; }
    // Of a window read from bytes: its buckets are in order, and none is at a time that no clock can say.
    bool is_sound() const;
    const std::deque<ClosedWindow>& closed() const { return closed_; }

    template <class Archive>
    friend void describe(Archive& archive, Window& window) {
        archive(window.kind_, window.length_, window.sum_, window.buckets_, window.began_, window.began_wall_,
                window.closed_, window.floor_, window.floor_until_);
    }

private:
    struct Bucket {
        std::int64_t index = 0;  // of bucket_length() since the origin
        Charge sum;
        template <class Archive>
        friend void describe(Archive& archive, Bucket& bucket) {
            archive(bucket.index, bucket.sum);
        }
    };

    void charge_rolling(Instant from, Instant to, const Charge& amount);
    void charge_calendar(Instant from, Instant to, const Charge& amount);
    void add_to_bucket(std::int64_t index, const Charge& amount);
    void forget_old_prices();
    Duration bucket_length() const;

    WindowKind kind_ = WindowKind::day;
    Duration length_{0};  // rolling
    Charge sum_;
    std::deque<Bucket> buckets_;  // rolling; ascending
    Instant began_;               // calendar
    std::optional<WallTime> began_wall_;
    std::deque<ClosedWindow> closed_;
    Money floor_;
    Instant floor_until_;  // rolling: when what the floor stands for has left
};

template <class Archive>
void describe(Archive& archive, Charge& charge) {
    archive(charge.current, charge.acknowledged);
}
template <class Archive>
void describe(Archive& archive, ClosedWindow& window) {
    archive(window.began, window.accrued);
}

}  // namespace noodstop::core
