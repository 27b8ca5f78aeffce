#include "agent/run/look_schedule.hpp"

#include <algorithm>

namespace noodstop::run {

void LookSchedule::follow(const std::vector<core::ProviderPolicy>& providers, core::Duration now) {
    std::map<core::ProviderName, Watched> followed;
    for (const core::ProviderPolicy& provider : providers) {
        Watched watched{.next_at = now};
        if (const auto known = watched_.find(provider.name); known != watched_.end())
            watched = known->second;
        watched.poll_interval = provider.poll_interval;
        watched.look_deadline = provider.look_deadline;
        watched.next_at = std::min(watched.next_at, now + provider.poll_interval);
        followed.emplace(provider.name, watched);
    }
    watched_ = std::move(followed);
}

void LookSchedule::want(const core::ProviderName& provider) {
    if (const auto found = watched_.find(provider); found != watched_.end())
        found->second.wanted = true;
}

std::vector<StartLook> LookSchedule::start_due(core::Duration now, core::Instant instant) {
    std::vector<StartLook> starts;
    for (auto& [provider, watched] : watched_) {
        if (!due(watched, now))
            continue;
        watched.next_at += watched.poll_interval;
        if (watched.wanted || watched.next_at <= now)
            watched.next_at = now + watched.poll_interval;
        watched.wanted = false;
        watched.out = Out{++last_number_, now, instant};
        starts.push_back({provider, last_number_});
    }
    return starts;
}

std::vector<core::Look> LookSchedule::give_up_late(core::Duration now) {
    std::vector<core::Look> looks;
    for (auto& [provider, watched] : watched_) {
        if (!watched.out || now - watched.out->started < watched.look_deadline)
            continue;
        core::Look look{.provider = provider, .taken_at = watched.out->taken_at};
        look.problem = "no answer within " + core::to_text(watched.look_deadline);
        looks.push_back(std::move(look));
        give_up(provider, watched);
    }
    return looks;
}

std::optional<core::Look> LookSchedule::answered(std::uint64_t number, core::Look look) {
    if (const auto late = given_up_.find(number); late != given_up_.end()) {
        look.provider = late->second.provider;
        look.taken_at = late->second.taken_at;
        given_up_.erase(late);
        if (!watched_.contains(look.provider))
            return std::nullopt;
        return look;
    }
    for (auto& [provider, watched] : watched_) {
        if (!watched.out || watched.out->number != number)
            continue;
        look.provider = provider;
        look.taken_at = watched.out->taken_at;
        watched.out.reset();
        return look;
    }
    return std::nullopt;
}

core::Duration LookSchedule::next_within(core::Duration now) const {
    core::Duration next = core::Duration::max();
    for (const auto& [provider, watched] : watched_) {
        if (watched.out)
            next = std::min(next, watched.out->started + watched.look_deadline - now);
        else
            next = std::min(next, watched.wanted ? core::Duration{0} : watched.next_at - now);
    }
    return std::max(next, core::Duration{0});
}

bool LookSchedule::due(const Watched& watched, core::Duration now) const {
    return !watched.out && (watched.wanted || now >= watched.next_at);
}

void LookSchedule::give_up(const core::ProviderName& provider, Watched& watched) {
    given_up_.emplace(watched.out->number, GivenUp{provider, watched.out->taken_at});
    watched.out.reset();
    if (given_up_.size() > given_up_looks_max)
        given_up_.erase(given_up_.begin());
}

}  // namespace noodstop::run
