// Prices as configured: data, without the rules of their use (price_book.hpp).
#pragma once

#include "agent/core/resource.hpp"

namespace noodstop::core {

struct Price {
    std::string sku;     // "*" for every SKU of the provider
    std::string region;  // "*" for every region
    std::string family;  // groups SKUs for the highest known price; may be empty
    Metric metric = Metric::running;
    // Millionths of the currency unit per unit of the metric (per hour for states and gauges).
    HourlyRate rate;
    bool free = false;  // the only zero: rate 0 without it is a configuration error
    bool operator==(const Price&) const = default;
};

struct PriceList {
    PriceListName name;
    std::string currency;  // ISO 4217
    std::string source;    // where the figures come from
    WallTime as_of;        // date of the list
    Duration stale_after = std::chrono::hours(24 * 35);
    HourlyRate unknown_price;  // per hour running, for what nothing in the list matches; > 0
    std::vector<Price> prices;
    bool operator==(const PriceList&) const = default;
};

}  // namespace noodstop::core
