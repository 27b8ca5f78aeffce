// Who belongs to whom in a draft: the questions that several checks and the building of the policy ask.
#pragma once

#include "agent/config/checks.hpp"

namespace noodstop::config {

bool contains(const std::vector<Word>& words, std::string_view text);

// All mandates whose scope names the zone.
std::vector<const Entry*> mandates_over(const Draft& draft, const Entry& zone);

// The zone's own choice, else the only mandate over it; nothing if there is none or no telling which.
const Entry* mandate_of(const Draft& draft, const Entry& zone);

std::vector<const Entry*> zones_of_tenant(const Draft& draft, std::string_view tenant);

// The zones that a limit covers.
std::vector<const Entry*> zones_of_limit(const Draft& draft, const Entry& limit);

// The tenant that a mandate names, else that of the first zone in its scope.
std::string tenant_of_mandate(const Draft& draft, const Entry& mandate);

// Down to which rate a trip sheds, in micro-units an hour: as the limit says, else as much as the mandates over its
// zones leave running at least.
std::int64_t shed_to_of(const Draft& draft, const Entry& limit);

// An armed zone without authority: told once, at the zone.
bool is_armed_without_mandate(const Draft& draft, const Entry& zone);

// Whether all that decides about authority was understood.
bool authority_is_sound(const Draft& draft);

// Thresholds are money, but plain numbers for `count`, whole ones (nothing if not).
std::optional<std::int64_t> threshold(const Entry& limit, std::int64_t micros);

// "50.00", or "12" for a limit that counts.
std::string threshold_text(const Entry& limit, std::int64_t micros);

}  // namespace noodstop::config
