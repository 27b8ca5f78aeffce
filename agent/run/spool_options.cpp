#include "agent/run/spool_options.hpp"

#include <sys/random.h>

#include <algorithm>

namespace noodstop::run {
namespace {

// Fails only where a signal interrupts it before there is randomness at all.
std::uint64_t draw_from_kernel() {
    std::uint64_t number = 0;
    while (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) {
    }
    return number;
}

}  // namespace

std::vector<journal::Consumer> consumers_of(const core::ChannelPolicy& channel) {
    std::vector<journal::Consumer> consumers;
    if (channel.uplink)
        consumers.push_back({.name = hub_consumer, .takes_facts = true, .takes_samples = true, .is_hub = true});
    for (const core::ExporterPolicy& exporter : channel.exporters) {
        const bool takes_facts = exporter.kind == core::ExporterKind::otlp_logs;
        consumers.push_back({.name = exporter_prefix + exporter.name,
                             .takes_facts = takes_facts,
                             .takes_samples = !takes_facts,
                             .is_hub = false});
    }
    // The page is made of what exporters are given. Of the hub's batches it would be as old as the hub is away.
    const bool is_fed = std::any_of(consumers.begin(), consumers.end(), [](const journal::Consumer& consumer) {
        return consumer.takes_samples && !consumer.is_hub;
    });
    if (channel.metrics && !is_fed)
        consumers.push_back({.name = metrics_consumer, .takes_facts = false, .takes_samples = true, .is_hub = false});
    return consumers;
}

journal::SpoolOptions spool_options(const core::ChannelPolicy& channel) {
    journal::SpoolOptions options;
    options.consumers = consumers_of(channel);
    options.bytes_max = channel.spool_bytes_max;
    options.draw = draw_from_kernel;
    return options;
}

}  // namespace noodstop::run
