// Draft -> core::Policy. Only for a draft without mistakes: every value is there, every name resolves.
#pragma once

#include "agent/config/draft.hpp"

namespace noodstop::config {

core::Policy build_policy(const Draft& draft, const Machine& machine);

// Parts of it.
std::vector<core::PriceList> build_price_lists(const Draft& draft);
std::vector<core::ProviderPolicy> build_providers(const Draft& draft, const Machine& machine);
std::vector<core::ZonePolicy> build_zones(const Draft& draft);
std::vector<core::Limit> build_limits(const Draft& draft);
std::vector<core::Runbook> build_runbooks(const Draft& draft);
std::vector<core::Mandate> build_mandates(const Draft& draft);
void build_channel(const Draft& draft, core::ChannelPolicy& channel);

// Values of an entry as the core's types. The entry must have the key, by the text or by default.
core::Duration duration_of(const Entry& entry, std::string_view key);
core::HourlyRate rate_of(const Entry& entry, std::string_view key);
core::WallTime moment_of(const Entry& entry, std::string_view key);
std::uint32_t count_of(const Entry& entry, std::string_view key);
std::vector<std::string> texts_of(const Entry& entry, std::string_view key);

}  // namespace noodstop::config
