// What the tests of alerts are about.
#pragma once

#include "agent/core/snapshot.hpp"
#include "tools/hub/alerts/alert.hpp"

namespace noodstop::alerts {

inline constexpr core::WallTime noon{std::chrono::seconds(1'764'936'000)};  // 2025-12-05T12:00:00Z

inline core::Fact zone_fact(core::FactKind kind, const std::string& zone, core::WallTime at = noon) {
    core::Fact fact;
    fact.kind = kind;
    fact.wall = at;
    fact.tenant = {"acme"};
    fact.zone = {zone};
    fact.fields = {{"reason", "limit daily reached"}};
    return fact;
}

inline core::Fact provider_fact(core::FactKind kind, const std::string& provider, core::WallTime at = noon) {
    core::Fact fact;
    fact.kind = kind;
    fact.wall = at;
    fact.provider = {provider};
    fact.fields = {{"last_look", "5m ago"}, {"problem", "no answer"}};
    return fact;
}

inline Alert trip_of(const std::string& zone, core::WallTime began = noon) {
    return {{AlertKind::tripped, "box", zone}, {"acme"}, began, {}, "limit daily reached"};
}

inline Alert ended(Alert alert, core::WallTime at) {
    alert.ended = at;
    return alert;
}

}  // namespace noodstop::alerts
