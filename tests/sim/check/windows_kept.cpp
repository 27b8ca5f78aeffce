// Windows: what was spent in one stays in it until it is over. None opens early or twice, none stays open long after
// its end where time is known, and what a limit has used falls only with a window that opens or by what is long past
// (DESIGN.md 4.7).
#include "tests/sim/check/checks.hpp"
#include "tests/sim/check/rules.hpp"

#include <map>
#include <set>

namespace noodstop::sim {
namespace {

class WindowsChecker : public Checker {
public:
    const char* name() const override { return "windows"; }

    void policy_given(const core::Policy&) override { is_reloaded_ = true; }

    // The new prices decide at once, also of what was spent.
    void decided(const std::vector<core::RecordedFact>& facts) override {
        for (const core::RecordedFact& recorded : facts)
            is_reloaded_ = is_reloaded_ || recorded.fact.kind == core::FactKind::price_acknowledged;
    }

    void persist_sent(const core::RecordBatch& batch, bool whole_state) override {
        if (whole_state)
            for (const auto& [name, kept] : kept_)
                sent_[batch.number][name] = kept.began;
    }

    void persist_answered(const core::RecordBatch& batch, bool durable) override {
        if (durable)
            for (const auto& [name, began] : sent_[batch.number])
                kept_[name].durable_began = began;
        sent_.erase(batch.number);
    }

    void ended(Ending) override {
        for (auto& [name, kept] : kept_) {
            kept.used.reset();  // what was not durable may be gone
            kept.rises.clear();
            kept.began = kept.durable_began;
            kept.entered_at = {};
        }
        sent_.clear();
        good_at_.clear();  // which look was durable, and is reached back to, may be any
        shown_.clear();
        if (world().excuses().disk_forgets)
            kept_.clear();
    }

    // A look charges what it shows since the good look before, or since a newcomer's creation, which an agent whose
    // time is ahead takes for longer ago.
    void look_delivered(const core::Look& look, Duration asked_at, Duration) override {
        std::set<core::ResourceId>& shown = shown_[look.provider];
        reaches_back_to_ = std::min(reaches_back_to_, good_at_[look.provider]);
        const Duration ahead = std::max(Duration{0}, world().window_time().latest());
        for (const core::Reading& reading : look.readings)
            if (shown.insert(reading.id).second && reading.created)
                reaches_back_to_ = std::min(reaches_back_to_, *reading.created - world().plan().wall_at_start - ahead);
        if (look.quality == core::LookQuality::good)
            good_at_[look.provider] = asked_at;
    }

    void published(const core::Snapshot& snapshot) override {
        if (world().excuses().disk_forgets)
            return;
        if (world().window_time().corrections() != 0 && time_moves())
            return forget();  // the date was a guess: the windows are the same, under other names
        for (const core::LimitStatus& limit : snapshot.limits)
            if (limit.kind == core::LimitKind::spend)
                check(limit);
        is_reloaded_ = false;
        published_at_ = reaches_back_to_ = world().now();
    }

private:
    void forget() {
        kept_.clear();
        sent_.clear();
    }

    struct Rise {
        Duration since{0};  // it may have been spent since then
        std::int64_t amount = 0;
    };
    struct Kept {
        std::optional<core::WallTime> began, durable_began;
        std::optional<std::int64_t> used;
        std::vector<Rise> rises;  // of rolling windows
        Duration entered_at{0};   // the first snapshot since which the present window should have been open
    };

    void check(const core::LimitStatus& limit) {
        Kept& kept = kept_[limit.name];
        const bool opened = kept.began && limit.window_began && *limit.window_began > *kept.began;
        if (kept.began && limit.window_began && *limit.window_began < *kept.began)
            return fail("limit " + limit.name.text + " has its window of " + core::to_text(*limit.window_began) +
                        " open again, after that of " + core::to_text(*kept.began));
        if (limit.window == core::WindowKind::rolling)
            check_rolling(limit, kept);
        else if (kept.used && limit.used < *kept.used && !opened && !is_reloaded_)
            fail("limit " + limit.name.text + " had used " + std::to_string(*kept.used) + " and has used " +
                 std::to_string(limit.used) + " in the same window");
        if (limit.window != core::WindowKind::rolling)
            check_moment(limit, kept);
        kept.used = limit.used;
        kept.began = limit.window_began;
    }

    // Within what the agent may take for the time, the window is that of the time.
    void check_moment(const core::LimitStatus& limit, Kept& kept) {
        if (!limit.window_began)
            return;
        const WindowTime& time = world().window_time();
        const core::WallTime now = world().true_wall();
        if (*limit.window_began > now + time.latest())
            fail("limit " + limit.name.text + " has the window of " + core::to_text(*limit.window_began) +
                 " open, and it is " + core::to_text(now));
        const Duration length = std::chrono::hours(limit.window == core::WindowKind::day ? 24 : 24 * 30);
        const core::WallTime ended = *limit.window_began + length;
        const Duration patience = world().plan().poll_interval * 2;
        if (time.stands() || world().frozen() || now + time.earliest() < ended + patience)
            kept.entered_at = {};
        else if (kept.entered_at == Duration{0})
            kept.entered_at = world().now();
        else if (world().now() - kept.entered_at > patience)
            fail("limit " + limit.name.text + " still has the window of " + core::to_text(*limit.window_began) +
                 " open, and it is " + core::to_text(now));
    }

    // What leaves was spent a window's length ago. What is seen to be spent was spent since it was last told, or since
    // what a look reached back to, or while the machine was down.
    void check_rolling(const core::LimitStatus& limit, Kept& kept) {
        if (!kept.used)  // of what others spent before, nobody knows when
            kept.rises = {{-limit.window_length, limit.used}};
        const std::int64_t before = kept.used.value_or(limit.used);
        if (limit.used > before)
            kept.rises.push_back({spent_since(), limit.used - before});
        if (limit.used >= before || is_reloaded_)
            return;
        std::int64_t left = before - limit.used;
        for (Rise& rise : kept.rises) {
            if (rise.since > world().now() - limit.window_length)
                continue;
            const std::int64_t part = std::min(left, rise.amount);
            left -= part;
            rise.amount -= part;
        }
        std::erase_if(kept.rises, [](const Rise& rise) { return rise.amount == 0; });
        if (left > 0)
            fail("limit " + limit.name.text + " lost " + std::to_string(left) + " that was spent within " +
                 core::to_text(limit.window_length));
    }

    // Since when at the earliest it can take to be spent what it has charged since it last told: what was before the
    // boot lies as long ago as time told, and the downtime is charged when time tells.
    Duration spent_since() const {
        const WindowTime& time = world().window_time();
        const Duration since = std::min(published_at_, reaches_back_to_);
        const bool is_of_before = world().plan().wall_at_start + since < time.booted_at();
        return is_of_before || time_moves() ? since - time.moved() : since;
    }

    // Synchronized time is taken up by the agent's next step, which is no later than its next poll.
    bool time_moves() const {
        return world().true_wall() <= world().window_time().trusted_since() + world().plan().poll_interval;
    }

    using Begins = std::map<core::LimitName, std::optional<core::WallTime>>;
    std::map<core::LimitName, Kept> kept_;
    std::map<std::uint64_t, Begins> sent_;  // by batch
    std::map<core::ProviderName, std::set<core::ResourceId>> shown_;
    std::map<core::ProviderName, Duration> good_at_;
    Duration published_at_{0}, reaches_back_to_{0};
    bool is_reloaded_ = false;
};

}  // namespace

std::unique_ptr<Checker> make_windows_checker() {
    return std::make_unique<WindowsChecker>();
}

}  // namespace noodstop::sim
