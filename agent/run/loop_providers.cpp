// The loop's desks: one for each provider of the policy in force.
#include "agent/run/loop.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace noodstop::run {

// What goes wrong here keeps no action from being carried out, and is tried again.
void Loop::follow_policy() {
    policy_changed_ = cycle_.take_policy_change() || policy_changed_;
    if (!policy_changed_)
        return;
    try {
        follow_providers();
        follow_channel();
        policy_changed_ = false;
    } catch (const std::exception& problem) {
        survive(problem);
    }
}

void Loop::follow_providers() {
    const core::Policy& policy = cycle_.engine().policy();
    const auto is_configured = [&](const core::ProviderName& name) {
        return std::any_of(policy.providers.begin(), policy.providers.end(),
                           [&](const core::ProviderPolicy& provider) { return provider.name == name; });
    };
    std::erase_if(desks_, [&](const auto& entry) { return !is_configured(entry.first); });
    for (const core::ProviderPolicy& provider : policy.providers) {
        ProviderSetup setup{provider, {}};
        const auto prices = std::find_if(policy.price_lists.begin(), policy.price_lists.end(),
                                         [&](const core::PriceList& list) { return list.name == provider.price_list; });
        if (prices != policy.price_lists.end())
            setup.prices = *prices;
        std::unique_ptr<ProviderDesk>& place = desks_[provider.name];
        if (!place || place->setup() != setup)
            place =
                std::make_unique<ProviderDesk>(std::move(setup), make_provider_, mailbox_, desk_answers(), priority_);
    }
}

ProviderDesk* Loop::desk(const core::ProviderName& provider) {
    const auto found = desks_.find(provider);
    return found == desks_.end() ? nullptr : found->second.get();
}

DeskAnswers Loop::desk_answers() {
    DeskAnswers answers;
    answers.look = [this](std::uint64_t number, core::Look look) {
        cycle_.collect_look(number, std::move(look));
        wake();
    };
    answers.step = [this](core::StepReport report) { collect(std::move(report)); };
    answers.observation = [this](core::Observation observation) { collect(std::move(observation)); };
    answers.rehearsal = [this](core::Rehearsal rehearsal) { collect(std::move(rehearsal)); };
    answers.fault = [this](const std::string& where, const std::string& problem) { fault(where, problem); };
    return answers;
}

}  // namespace noodstop::run
