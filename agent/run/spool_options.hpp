// Who follows the spool, by what configuration says of the channel.
#pragma once

#include "agent/core/channel_policy.hpp"
#include "agent/journal/spool.hpp"

namespace noodstop::run {

// Names of consumers, as the doors process asks for them. An exporter has its own behind `exporter_prefix`.
inline constexpr const char* hub_consumer = "hub";
inline constexpr const char* exporter_prefix = "exporter/";
// Feeds the page for scrapers, where nobody else takes samples.
inline constexpr const char* metrics_consumer = "metrics";

std::vector<journal::Consumer> consumers_of(const core::ChannelPolicy& channel);

// With epochs drawn from the kernel.
journal::SpoolOptions spool_options(const core::ChannelPolicy& channel);

}  // namespace noodstop::run
