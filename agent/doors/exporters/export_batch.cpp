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

ExportBatch bounded_by(const core::RunBounds& bounds) {
    ExportBatch batch;
    batch.after = bounds.after;
    if (!bounds.empty())
        batch.end = bounds.end();
    return batch;
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

ExportBatch batch_of(const core::SampleRun& run) {
    ExportBatch batch = bounded_by(run);
    for (const core::Sample& sample : run.samples)
        for (const core::Counter& counter : sample.counters)
            batch.readings.push_back(reading_of(counter));
    return batch;
}

ExportBatch batch_of(const core::FactRun& run) {
    ExportBatch batch = bounded_by(run);
    batch.facts = run.facts;
    batch.gaps = run.gaps;
    return batch;
}

}  // namespace noodstop::exporters
