#include "agent/doors/exporters/export_batch.hpp"

namespace noodstop::exporters {
namespace {

Figure figure_of(core::CounterKind kind) {
    switch (kind) {
        case core::CounterKind::zone_spend:
            return Figure::zone_cost;
        case core::CounterKind::limit_used:
            return Figure::limit_used_cost;
        case core::CounterKind::resource_spend:
            return Figure::resource_cost;
    }
    return Figure::zone_cost;
}

}  // namespace

Reading reading_of(const core::Counter& counter) {
    const core::CounterName& name = counter.name;
    Reading reading =
        make_reading({figure_of(name.kind), counter.at, counter.value.micros}, {{"tenant", name.tenant.text},
                                                                                {"zone", name.zone.text},
                                                                                {"limit", name.limit.text},
                                                                                {"provider", name.provider.text},
                                                                                {"resource", name.resource.text},
                                                                                {"currency", name.currency}});
    reading.since = counter.since;
    return reading;
}

std::optional<ExportBatch> batch_of(const core::SpoolBatch& batch) {
    if (batch.empty())
        return std::nullopt;
    ExportBatch result;
    result.number = batch.number;
    for (const core::Sample& sample : batch.samples.samples)
        for (const core::Counter& counter : sample.counters)
            result.readings.push_back(reading_of(counter));
    result.facts = batch.facts.facts;
    result.gaps = batch.facts.gaps;
    return result;
}

}  // namespace noodstop::exporters
