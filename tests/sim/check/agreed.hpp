// Who is agreed and who is protected, by the mandates' bounds and by what the looks have shown: an oracle of
// DESIGN.md 6 that shares nothing with the agent's classes.
#pragma once

#include "tests/sim/check/rules.hpp"
#include "tests/sim/world.hpp"

#include <map>
#include <set>

namespace noodstop::sim {

// The bounds of all selectors of a provider together: no more than these can be agreed at once.
struct AgreedBounds {
    std::optional<std::uint32_t> count;
    std::optional<std::int64_t> rate;  // millionths per hour
};
AgreedBounds agreed_bounds(const core::Policy& policy, const core::ProviderName& provider);

// Of a SKU at this provider, by the price lists of a policy; metered ones have none.
std::optional<std::int64_t> listed_rate(const core::Policy& policy, const core::ProviderName& provider,
                                        const std::string& sku);

// Dearer than every protection of it holds for.
bool is_beyond_protection(const core::Policy& policy, const core::ProviderName& provider, const core::ResourceId& id,
                          std::int64_t rate);

// What a life has shown so far: whether anything can ever have been beyond the bounds.
class EverShown {
public:
    void policy_given(const core::Policy& policy) { policies_.push_back(policy); }
    void look_delivered(const core::Look& look);

    // All that the selector ever matched is within it.
    bool is_within(const core::BaselineSelector& selector) const;
    bool is_within(const core::ProtectedResource& kept) const;

private:
    std::optional<std::int64_t> highest_rate(const core::ProviderName& provider, const core::ResourceId& id) const;

    std::vector<core::Policy> policies_;
    std::map<core::ProviderName, std::map<core::ResourceId, std::set<std::string>>> skus_;
};

}  // namespace noodstop::sim
