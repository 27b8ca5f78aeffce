#include "agent/core/price_book.hpp"

#include <algorithm>

namespace noodstop::core {
namespace {

bool matches(const std::string& pattern, const std::string& text) {
    return pattern == "*" || pattern == text;
}

int exactness(const Price& price) {
    return 2 * (price.sku != "*") + (price.region != "*");
}

}  // namespace

PriceBook::PriceBook(PriceList list) : list_(std::move(list)) {}

Quote PriceBook::quote(const Variety& variety) const {
    Quote quote{.rates = {}, .known = false};
    bool matched = false;
    for (std::size_t index = 0; index < metric_count; ++index) {
        if (const Price* price = best_match(variety, static_cast<Metric>(index))) {
            quote.rates[index] = price->rate;
            matched = true;
            quote.known = quote.known || price->sku != "*" || price->metric == Metric::running;
        }
    }
    // A price for every SKU's traffic doesn't make a machine known where machines have prices of their own.
    quote.known = quote.known || (matched && !prices_running());
    if (!quote.known)
        quote.rates[static_cast<std::size_t>(Metric::running)] = assumed_price(variety);
    return quote;
}

bool PriceBook::prices(Metric metric) const {
    return std::any_of(list_.prices.begin(), list_.prices.end(),
                       [metric](const Price& price) { return price.metric == metric && !price.free; });
}

bool PriceBook::prices_running() const {
    return std::any_of(list_.prices.begin(), list_.prices.end(),
                       [](const Price& price) { return price.metric == Metric::running; });
}

HourlyRate PriceBook::highest(Metric metric) const {
    HourlyRate highest;
    for (const Price& price : list_.prices)
        if (price.metric == metric)
            highest = std::max(highest, price.rate);
    return highest;
}

const Price* PriceBook::best_match(const Variety& variety, Metric metric) const {
    const Price* best = nullptr;
    for (const Price& price : list_.prices) {
        if (price.metric != metric || !matches(price.sku, variety.sku) || !matches(price.region, variety.region))
            continue;
        if (best == nullptr || exactness(price) > exactness(*best))
            best = &price;
    }
    return best;
}

HourlyRate PriceBook::assumed_price(const Variety& variety) const {
    HourlyRate highest;
    for (const Price& price : list_.prices)
        if (price.metric == Metric::running && !variety.family.empty() && price.family == variety.family)
            highest = std::max(highest, price.rate);
    return highest == HourlyRate{} ? list_.unknown_price : highest;
}

}  // namespace noodstop::core
