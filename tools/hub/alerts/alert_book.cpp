#include "tools/hub/alerts/alert_book.hpp"

#include <algorithm>
#include <set>

namespace noodstop::alerts {
namespace {

std::string reason_of(const core::Fact& fact) {
    for (const core::FactField& field : fact.fields)
        if (field.name == "reason" || field.name == "problem")
            return field.value;
    return {};
}

Alert about_zone(AlertKind kind, const std::string& agent, const core::Fact& fact) {
    return {{kind, agent, fact.zone.text}, fact.tenant, fact.wall, {}, reason_of(fact)};
}

bool is_closed(core::BreakerState state) {
    return state == core::BreakerState::tripped || state == core::BreakerState::latched;
}

// When a blind provider was last seen.
core::WallTime unseen_since(const core::ProviderStatus& provider, core::WallTime now) {
    return provider.look_age ? now - *provider.look_age : now;
}

}  // namespace

AlertBook::AlertBook(const std::vector<Alert>& standing) {
    for (const Alert& alert : standing)
        standing_.emplace(alert.key, alert);
}

void AlertBook::begin(Alert alert) {
    if (standing_.emplace(alert.key, alert).second)
        changes_.push_back(std::move(alert));
}

void AlertBook::end(const AlertKey& key, core::WallTime at) {
    const auto found = standing_.find(key);
    if (found == standing_.end())
        return;
    Alert ended = std::move(found->second);
    standing_.erase(found);
    // Clocks of agent and hub may differ.
    ended.ended = std::max(at, ended.began);
    changes_.push_back(std::move(ended));
}

void AlertBook::put_right(const Alert& alert, bool stands, core::WallTime at) {
    if (stands)
        begin(alert);
    else
        end(alert.key, at);
}

void AlertBook::take_fact(const std::string& agent, const core::Fact& fact) {
    using core::FactKind;
    const FactKind kind = fact.kind;
    const AlertKey blind{AlertKind::blind, agent, fact.provider.text};
    if (kind == FactKind::blind_began)
        begin({blind, fact.tenant, fact.wall, {}, reason_of(fact)});
    if (kind == FactKind::blind_ended)
        end(blind, fact.wall);
    const bool closes = kind == FactKind::tripped || kind == FactKind::latched || kind == FactKind::latch_found;
    const bool opens = kind == FactKind::reset || kind == FactKind::armed || kind == FactKind::observing;
    const bool disarms = kind == FactKind::disarmed;
    if (fact.zone.empty() || !(closes || opens || disarms))
        return;
    put_right(about_zone(AlertKind::disarmed, agent, fact), disarms, fact.wall);
    put_right(about_zone(AlertKind::tripped, agent, fact), closes, fact.wall);
}

void AlertBook::take_status(const std::string& agent, const core::Snapshot& status) {
    std::set<AlertKey> shown;
    for (const core::ZoneStatus& zone : status.zones) {
        Alert alert{{AlertKind::tripped, agent, zone.name.text}, zone.tenant, zone.since_wall, {}, zone.reason};
        put_right(alert, is_closed(zone.state), status.wall);
        shown.insert(alert.key);
        alert.key.kind = AlertKind::disarmed;
        put_right(alert, zone.state == core::BreakerState::disarmed, status.wall);
        shown.insert(alert.key);
    }
    for (const core::ProviderStatus& provider : status.providers) {
        const AlertKey key{AlertKind::blind, agent, provider.name.text};
        put_right({key, {}, unseen_since(provider, status.wall), {}, provider.problem}, provider.blind, status.wall);
        shown.insert(key);
    }
    std::vector<AlertKey> vanished;
    for (const auto& [key, alert] : standing_)
        if (key.agent == agent && key.kind != AlertKind::agent_missing && !shown.contains(key))
            vanished.push_back(key);
    for (const AlertKey& key : vanished)
        end(key, status.wall);
}

void AlertBook::agent_missing(const std::string& agent, core::WallTime last_seen, core::WallTime now) {
    begin({{AlertKind::agent_missing, agent, {}}, {}, std::min(last_seen, now), {}, "nothing was heard of it since"});
}

void AlertBook::agent_returned(const std::string& agent, core::WallTime now) {
    end({AlertKind::agent_missing, agent, {}}, now);
}

}  // namespace noodstop::alerts
