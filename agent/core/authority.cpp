#include "agent/core/authority.hpp"

#include <algorithm>

namespace noodstop::core {
namespace {

using Places = std::vector<std::size_t>;  // indexes into the meter's resources

// The first whose id is `text` or comes after it; what begins with `text` follows it without a gap.
std::size_t first_from(const Meter& meter, const std::string& text) {
    const auto& resources = meter.resources();
    const auto place =
        std::lower_bound(resources.begin(), resources.end(), text,
                         [](const Metered& resource, const std::string& wanted) { return resource.id.text < wanted; });
    return static_cast<std::size_t>(place - resources.begin());
}

void mark_protected(const Meter& meter, const ProtectedResource& named, std::vector<ResourceClass>& classes) {
    const std::size_t index = first_from(meter, named.id.text);
    if (named.provider != meter.policy().name || index == classes.size() || meter.resources()[index].id != named.id)
        return;
    if (!named.rate_max || meter.resources()[index].steady_rate() <= *named.rate_max)
        classes[index] = ResourceClass::protected_;
}

bool matches(const BaselineSelector& selector, const ResourceId& id) {
    return selector.exact ? id.text == selector.prefix : id.text.starts_with(selector.prefix);
}

Places matching(const Meter& meter, const BaselineSelector& selector, const std::vector<ResourceClass>& classes) {
    Places places;
    const auto& resources = meter.resources();
    for (std::size_t index = first_from(meter, selector.prefix);
         index < resources.size() && matches(selector, resources[index].id); ++index)
        if (classes[index] != ResourceClass::protected_ && is_billed(resources[index].activity))
            places.push_back(index);
    return places;
}

// The oldest count_max are agreed, so that a scale-out beyond the agreement is what gets stopped.
void keep_oldest(Places& places, const Meter& meter, std::uint32_t count_max) {
    if (places.size() <= count_max)
        return;
    std::stable_sort(places.begin(), places.end(), [&meter](std::size_t left, std::size_t right) {
        return meter.resources()[left].first_seen < meter.resources()[right].first_seen;
    });
    places.resize(count_max);
}

// The cheapest that together cost at most rate_max are agreed.
void keep_cheapest(Places& places, const Meter& meter, HourlyRate rate_limit) {
    std::stable_sort(places.begin(), places.end(), [&meter](std::size_t left, std::size_t right) {
        return meter.resources()[left].steady_rate() < meter.resources()[right].steady_rate();
    });
    HourlyRate sum;
    std::size_t kept = 0;
    for (; kept < places.size(); ++kept) {
        sum += meter.resources()[places[kept]].steady_rate();
        if (sum > rate_limit)
            break;
    }
    places.resize(kept);
}

void mark_baseline(const Meter& meter, const BaselineSelector& selector, std::vector<ResourceClass>& classes) {
    if (selector.provider != meter.policy().name)
        return;
    Places places = matching(meter, selector, classes);
    if (selector.count_max)
        keep_oldest(places, meter, *selector.count_max);
    if (selector.rate_max)
        keep_cheapest(places, meter, *selector.rate_max);
    for (const std::size_t index : places)
        classes[index] = ResourceClass::baseline;
}

bool contains(const std::vector<ZoneName>& zones, const ZoneName& zone) {
    return std::find(zones.begin(), zones.end(), zone) != zones.end();
}

std::string quoted(const Mandate& mandate) {
    return "mandate " + mandate.id.text;
}

std::string refusal_for_class(const Mandate& mandate, const StepQuestion& question) {
    const bool stops = question.lever != Lever::resume && question.lever != Lever::start;
    switch (question.class_) {
        case ResourceClass::protected_:
            return stops ? quoted(mandate) + " protects it" : "";
        case ResourceClass::baseline:
            if (!stops)
                return "";
            if (!mandate.baseline_may_be_shed)
                return quoted(mandate) + " does not let baseline resources be stopped";
            if (question.baseline_stops_last_hour >= mandate.baseline_stops_per_hour_max)
                return quoted(mandate) + " lets at most " + std::to_string(mandate.baseline_stops_per_hour_max) +
                       " baseline resources be stopped in an hour";
            return "";
        case ResourceClass::unknown:
            return question.lever == Lever::start ? "what was unknown is never started again" : "";
    }
    return "";
}

}  // namespace

std::vector<ResourceClass> classify(const Meter& meter, const std::vector<const Mandate*>& mandates) {
    std::vector<ResourceClass> classes(meter.resources().size(), ResourceClass::unknown);
    for (const Mandate* mandate : mandates)
        for (const ProtectedResource& named : mandate->protected_resources)
            mark_protected(meter, named, classes);
    for (const Mandate* mandate : mandates)
        for (const BaselineSelector& selector : mandate->baseline)
            mark_baseline(meter, selector, classes);
    return classes;
}

bool is_valid(const Mandate& mandate, WallTime now) {
    return mandate.valid_from <= now && now < mandate.valid_until;
}

bool grants(const Mandate& mandate, const ProviderName& provider, Lever lever) {
    return std::any_of(mandate.grants.begin(), mandate.grants.end(), [&](const Grant& grant) {
        return grant.provider == provider &&
               std::find(grant.levers.begin(), grant.levers.end(), lever) != grant.levers.end();
    });
}

bool grants_any_stop(const Mandate& mandate, const std::vector<ProviderName>& providers) {
    return std::any_of(providers.begin(), providers.end(), [&mandate](const ProviderName& provider) {
        return grants(mandate, provider, Lever::power_off) || grants(mandate, provider, Lever::shut_down);
    });
}

std::string refusal(const Mandate* mandate, const StepQuestion& question, WallTime now) {
    if (mandate == nullptr)
        return "no mandate";
    if (now < mandate->valid_from)
        return quoted(*mandate) + " is not valid before " + to_text(mandate->valid_from);
    if (now >= mandate->valid_until)
        return quoted(*mandate) + " expired at " + to_text(mandate->valid_until);
    if (!contains(mandate->scope, question.zone))
        return quoted(*mandate) + " does not cover zone " + question.zone.text;
    // Whoever may suspend may take the suspension back.
    const Lever needed = question.lever == Lever::resume ? Lever::suspend : question.lever;
    if (!grants(*mandate, question.provider, needed))
        return quoted(*mandate) + " grants no " + to_text(needed) + " for provider " + question.provider.text;
    return refusal_for_class(*mandate, question);
}

}  // namespace noodstop::core
