#include "tests/sim/check/reckoning.hpp"

#include <algorithm>

namespace noodstop::sim {
namespace {

Wide sum_of(const auto& shown) {
    Wide sum = 0;
    for (const auto& [id, one] : shown)
        sum += one.rate;
    return sum;
}

// By what the look shows alone: SKU, state, memory.
Wide rate_of(const core::Reading& reading, const Prices& prices, Wide known_before) {
    if (reading.activity == core::Activity::stopped)
        return 0;
    if (reading.sku == "small")
        return prices.small;
    if (reading.sku == "large")
        return prices.large;
    if (reading.sku == "odd")
        return prices.unknown;
    for (const core::Measure& measure : reading.measures)
        if (measure.metric == core::Metric::memory)
            return measure.known ? Wide{prices.memory} * (measure.raw >> 30) : known_before;
    return 0;
}

std::int64_t total_of(const core::Look& look) {
    return look.totals.empty() ? 0 : look.totals.front().raw;
}

}  // namespace

void Reckoning::look_delivered(const core::Look& look, Duration asked_at, Duration read_at, Duration now,
                               const Cloud& cloud) {
    ++looks_;
    if (look.quality == core::LookQuality::absent)
        return;
    Book& book = books_[cloud.name()];
    if (book.asked_at && asked_at <= *book.asked_at)
        return;  // late: something newer is known
    std::map<std::string, Shown> shown;
    for (const core::Reading& reading : look.readings) {
        const auto before = book.shown.find(reading.id.text);
        const Machine* machine = const_cast<Cloud&>(cloud).find(reading.id.text);
        shown[reading.id.text] = {
            rate_of(reading, cloud.prices(), before == book.shown.end() ? Wide{0} : before->second.rate),
            machine == nullptr ? read_at : machine->started, asked_at};
    }
    if (look.quality == core::LookQuality::good)
        note_least(book, look, shown, read_at, now, cloud);
    note_most(book, look, shown, now, cloud);
    if (look.quality == core::LookQuality::partial)
        for (const auto& [id, one] : book.shown)
            shown.try_emplace(id, one);
    book.shown = std::move(shown);
    book.asked_at = asked_at;
    if (look.quality == core::LookQuality::good) {
        book.shown_whole = book.shown;
        book.seen_since_start = true;
        book.good_asked_at = asked_at;
        book.good_read_at = read_at;
        book.good_at = now;
        book.total = total_of(look);
    }
}

// Between two good looks: attributed to the first of them, so that no window is charged with what an older one may
// have been.
void Reckoning::note_least(Book& book, const core::Look& look, const std::map<std::string, Shown>& shown,
                           Duration read_at, Duration now, const Cloud& cloud) {
    if (!book.good_read_at)
        return;
    const Duration before = *book.good_read_at;
    const Duration told = std::max(before, untold_before_.value_or(before));
    Wide sum = 0, untold = 0;
    for (const auto& [id, one] : shown) {
        if (one.rate == 0)
            continue;
        const auto last = book.shown_whole.find(id);
        const bool shown_before = last != book.shown_whole.end() && last->second.rate != 0;
        const Wide rate = shown_before ? std::min(one.rate, last->second.rate) : one.rate;
        const Duration from = shown_before ? one.started : dated(one.started, now);
        sum += rate * std::max(Duration{0}, read_at - std::max(told, from)).count();
        untold += rate * std::max(Duration{0}, told - std::max(before, from)).count();
    }
    const std::int64_t used = std::max<std::int64_t>(0, total_of(look) - book.total);
    sum += Wide{used} * cloud.prices().cpu;
    if (sum != 0)
        book.least.push_back({before, sum});
    if (untold != 0)
        book.untold.push_back({before, untold});
}

void Reckoning::note_most(Book& book, const core::Look& look, const std::map<std::string, Shown>& shown, Duration now,
                          const Cloud& cloud) {
    Wide back = 0;
    for (const auto& [id, one] : shown) {
        const auto last = book.shown.find(id);
        const Wide rate_before = last == book.shown.end() ? Wide{0} : last->second.rate;
        if (one.rate <= rate_before)
            continue;
        Duration from = book.asked_at ? book.good_asked_at.value_or(Duration{0}) : now;
        if (last != book.shown.end())
            from = last->second.asked_at;
        for (const core::Reading& reading : look.readings)
            if (reading.id.text == id && reading.created && last == book.shown.end())
                from = std::min(from, std::max(one.started - std::max(Duration{0}, latest_), Duration{0}));
        back += (one.rate - rate_before) * (now - from + book.older_by).count();
    }
    if (look.quality == core::LookQuality::good)
        book.older_by = Duration{0};
    std::map<std::string, Shown> all = shown;
    if (look.quality == core::LookQuality::partial)
        for (const auto& [id, one] : book.shown)
            all.try_emplace(id, one);
    const Wide rate = sum_of(all);
    book.kept.highest_since = std::max(book.kept.highest_since, rate);
    book.sent.highest_since = std::max(book.sent.highest_since, rate);
    book.highest_since_end = std::max(book.highest_since_end, rate);
    if (book.crashed_from) {
        back += 2 * book.kept.highest_since * (now - *book.crashed_from).count();
        book.crashed_from.reset();
    }
    const std::int64_t used = book.asked_at ? std::max<std::int64_t>(0, total_of(look) - book.total) : 0;
    book.most.add(now, back + Wide{used} * cloud.prices().cpu);
    book.most.set_rate(now, rate);
}

// Where the agent knows no creation it charges from the look before.
Duration Reckoning::dated(Duration started, Duration now) const {
    const bool is_unknown = now - started + latest_ < Duration{0};
    return is_unknown ? started : started + std::max(Duration{0}, -earliest_);
}

void Reckoning::time_moved(Duration now, Duration booted_at, Duration by, Duration short_by) {
    for (auto& [name, book] : books_) {
        book.most.add(now, book.highest_since_end * by.count());
        book.least.insert(book.least.end(), book.untold.begin(), book.untold.end());
        book.untold.clear();
        book.least.push_back({now, -book.highest_since_end * short_by.count()});
        book.older_by = book.asked_at.value_or(booted_at) < booted_at ? by : Duration{0};
    }
}

void Reckoning::persist_sent(bool whole_state) {
    for (auto& [name, book] : books_) {
        book.least_sent = book.least.size();
        if (whole_state)
            book.sent = {book.asked_at, book.good_asked_at, book.good_read_at, book.shown_whole,
                         book.total,    book.least.size(),  book.untold,       sum_of(book.shown)};
    }
}

void Reckoning::persisted(bool whole_state) {
    for (auto& [name, book] : books_) {
        book.least_kept = book.least_sent;
        if (whole_state && !book.crashed_from)  // before a look it knows what it knew before the crash
            book.kept = book.sent;
    }
}

// In order it gives back what was reserved for a crash.
void Reckoning::agent_ended(bool orderly) {
    ended_ = true;
    std::map<std::string, SumsSince> reserved;
    for (auto& [name, book] : books_) {
        reserved[name] =
            sums_of({book.least.begin(), book.least.begin() + static_cast<std::ptrdiff_t>(book.least_kept)});
        book.highest_since_end = std::max(book.kept.highest_since, sum_of(book.shown));
        const Duration kept = book.kept.asked_at.value_or(Duration{0});
        book.crashed_from = std::min(book.crashed_from.value_or(kept), kept);
        book.good_asked_at = book.kept.good_asked_at;
        book.good_read_at = book.kept.good_read_at;
        book.shown_whole = book.kept.shown_whole;
        book.total = book.kept.total;
        book.least.resize(book.kept.least);
        book.untold = book.kept.untold;
        book.least_kept = book.least_sent = book.kept.least;
        book.seen_since_start = false;
    }
    if (!orderly)
        reserved_.push_back(std::move(reserved));
}

Reckoning::SumsSince Reckoning::sums_of(const Charges& charges) {
    SumsSince sums;
    for (const Charged& one : charges)
        sums[one.at] += one.amount;
    Wide sum = 0;
    for (auto one = sums.rbegin(); one != sums.rend(); ++one)
        sum = one->second += sum;
    return sums;
}

std::int64_t Reckoning::at_least(const std::set<std::string>& clouds, Duration from) const {
    Wide most = 0;
    for (const auto& reserved : reserved_) {
        Wide sum = 0;
        for (const auto& [cloud, sums] : reserved)
            if (const auto since = sums.lower_bound(from); clouds.contains(cloud) && since != sums.end())
                sum += since->second;
        most = std::max(most, sum);
    }
    Wide sum = 0;
    for (const auto& [cloud, book] : books_)
        if (clouds.contains(cloud))
            for (const Charged& one : book.least)
                sum += one.at >= from ? one.amount : Wide{0};
    return money(std::max(most, sum));
}

std::int64_t Reckoning::at_most(const std::set<std::string>& clouds, Duration from, Duration now) const {
    Wide sum = 0;
    for (const std::string& cloud : clouds)
        if (const auto book = books_.find(cloud); book != books_.end()) {
            sum += book->second.most.until(now) - book->second.most.until(from);
            if (book->second.crashed_from)
                sum += 2 * book->second.kept.highest_since * (now - *book->second.crashed_from).count();
        }
    return money(sum) + 1;
}

std::int64_t Reckoning::known_rate(const std::set<std::string>& clouds) const {
    Wide sum = 0;
    for (const std::string& cloud : clouds)
        if (const auto book = books_.find(cloud); book != books_.end())
            sum += sum_of(book->second.shown);
    return static_cast<std::int64_t>(sum);
}

std::int64_t Reckoning::shown_rate(const std::set<std::string>& clouds) const {
    Wide sum = 0;
    for (const auto& [cloud, book] : books_)
        if (clouds.contains(cloud) && book.seen_since_start)
            sum += sum_of(book.shown);
    return static_cast<std::int64_t>(sum);
}

std::optional<Duration> Reckoning::last_good(const std::string& cloud) const {
    const auto book = books_.find(cloud);
    return book == books_.end() ? std::nullopt : book->second.good_at;
}

}  // namespace noodstop::sim
