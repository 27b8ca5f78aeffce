// What the meter's own files look up, and nobody else.
#pragma once

#include "agent/core/metered.hpp"
#include "agent/core/price_book.hpp"

#include <algorithm>

namespace noodstop::core {

constexpr std::size_t index_of(Metric metric) {
    return static_cast<std::size_t>(metric);
}

inline HourlyRate price_of(const Quote& quote, Metric metric) {
    return quote.rates[index_of(metric)];
}

inline LastMeasure* find_measure(Metered& resource, Metric metric) {
    const auto place = std::find_if(resource.measures.begin(), resource.measures.end(),
                                    [metric](const LastMeasure& last) { return last.metric == metric; });
    return place == resource.measures.end() ? nullptr : &*place;
}

inline bool is_of(const Reading& reading, const Variety& variety) {
    return variety.sku == reading.sku && variety.region == reading.region && variety.family == reading.family &&
           variety.kind == reading.kind;
}

}  // namespace noodstop::core
