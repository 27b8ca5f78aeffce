// What one unit of a metric costs for a SKU in a region, and how sure that is (DESIGN.md 4.4).
#pragma once

#include "agent/core/price_list.hpp"

#include <array>

namespace noodstop::core {

// What distinguishes resources in price: nothing else does.
struct Variety {
    std::string sku, family, region, kind;
    auto operator<=>(const Variety&) const = default;
};

struct Quote {
    // Per unit of each metric; zero where the list does not price the metric for this variety.
    std::array<HourlyRate, metric_count> rates{};
    bool known = true;  // false: `running` is charged at an assumed price
};

class PriceBook {
public:
    explicit PriceBook(PriceList list);

    // Exact SKU and region first, then any region, then any SKU. Where nothing says what running costs, neither for the
    // SKU nor for every one: the highest known price of the family while running, else unknown_price.
    Quote quote(const Variety& variety) const;
    bool prices(Metric metric) const;
    // The dearest price of a metric: for usage that nobody can attribute to a resource any more.
    HourlyRate highest(Metric metric) const;
    bool stale(WallTime now) const { return now - list_.as_of > list_.stale_after; }
    const PriceList& list() const { return list_; }

private:
    bool prices_running() const;
    const Price* best_match(const Variety& variety, Metric metric) const;
    HourlyRate assumed_price(const Variety& variety) const;

    PriceList list_;
};

}  // namespace noodstop::core
