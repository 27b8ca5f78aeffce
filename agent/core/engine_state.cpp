#include "agent/core/archive_policy.hpp"
#include "agent/core/engine_impl.hpp"

#include <algorithm>

namespace noodstop::core {
namespace {

// The first number of every piece; pieces of another version are not read.
constexpr std::uint32_t piece_version = 1;

// What must be known before anything else makes sense.
struct EnginePiece {
    std::uint32_t version = piece_version;
    Timeline time;
    FactLog facts;
    std::uint64_t last_step_number = 0;
    std::uint64_t looks = 0;
    bool prices_pending = false;
};

template <class Archive>
void describe(Archive& archive, EnginePiece& piece) {
    archive(piece.version, piece.time, piece.facts, piece.last_step_number, piece.looks, piece.prices_pending);
}

struct PolicyPiece {
    std::uint32_t version = piece_version;
    Policy policy;
    ProviderPrices acknowledged;
};

template <class Archive>
void describe(Archive& archive, PolicyPiece& piece) {
    archive(piece.version, piece.policy, piece.acknowledged);
}

// Enough to restart a window at, if its own piece is lost.
struct ReservePiece {
    std::uint32_t version = piece_version;
    Money reservation;
    std::optional<WallTime> window_began;
};

template <class Archive>
void describe(Archive& archive, ReservePiece& piece) {
    archive(piece.version, piece.reservation, piece.window_began);
}

template <class Piece>
std::optional<Piece> read_piece(const Recovered& recovered, const std::string& key,
                                std::vector<std::string>& problems) {
    const auto place = recovered.state.find(key);
    if (place == recovered.state.end())
        return std::nullopt;
    Piece piece;
    if (from_bytes(place->second, piece))
        return piece;
    problems.push_back("state of " + key + " could not be read and was given up");
    return std::nullopt;
}

}  // namespace

Engine::Impl::Impl(Policy policy_in_force, const Recovered& recovered) : recovery_problems(recovered.problems) {
    auto engine = read_piece<EnginePiece>(recovered, "engine", recovery_problems);
    auto before = read_piece<PolicyPiece>(recovered, "policy", recovery_problems);
    if (engine && engine->version == piece_version) {
        time = engine->time;
        facts = engine->facts;
        last_step_number = engine->last_step_number;
        looks = engine->looks;
        prices_pending = engine->prices_pending;
        now = time.now();
        wall = time.window_time();
    } else if (!recovered.state.empty()) {
        recovery_problems.emplace_back("the agent's time line was lost: only latches and reservations were taken up");
    }
    policy = before && before->version == piece_version ? before->policy : policy_in_force;
    acknowledged = before && before->version == piece_version ? before->acknowledged : prices_of(policy_in_force);
    if (auto table = read_piece<Calendar>(recovered, "calendar", recovery_problems))
        calendar = std::move(*table);
    connect();
    recover(recovered);
    configured = std::move(policy_in_force);
}

void Engine::Impl::recover(const Recovered& recovered) {
    for (ZoneRoom& zone : zones)
        recover_zone(zone, recovered);
    for (LimitRoom& limit : limits)
        recover_limit(limit, recovered);
    for (ProviderRoom& provider : providers) {
        const std::string key = "provider/" + provider.meter.policy().name.text;
        const auto piece = recovered.state.find(key);
        if (piece == recovered.state.end() || !time.started())
            continue;
        Meter meter = provider.meter;
        if (from_bytes(piece->second, meter) && meter.restored())
            provider.meter = std::move(meter);
        else
            recovery_problems.push_back("state of " + key + " could not be read: its counters begin anew");
    }
    for (const Latch& latch : recovered.latches)
        if (latch.tripped && !zone_place(latch.zone))
            recovery_problems.push_back("zone " + latch.zone.text +
                                        " is latched but not configured: nothing is stopped in it");
}

void Engine::Impl::recover_zone(ZoneRoom& zone, const Recovered& recovered) {
    if (time.started()) {
        if (auto breaker = read_piece<Breaker>(recovered, "zone/" + zone.policy.name.text, recovery_problems))
            zone.breaker = std::move(*breaker);
        recover_spent(zone, recovered);
    }
    for (const Latch& latch : recovered.latches)
        if (latch.zone == zone.policy.name)
            take_latch(zone.breaker, latch, now, wall);
}

// After a crash a window restarts at the larger of what the last durable look gives and its reservation. Where its sums
// are lost, what was reserved counts as spent, and what comes is added to it.
void Engine::Impl::recover_limit(LimitRoom& limit, const Recovered& recovered) {
    const std::string& name = limit.watch.rule().name.text;
    bool has_sums = false;
    if (time.started()) {
        const auto piece = recovered.state.find("limit/" + name);
        LimitWatch watch = limit.watch;
        has_sums = piece != recovered.state.end() && from_bytes(piece->second, watch) && watch.restored();
        if (has_sums)
            limit.watch = std::move(watch);
        else if (piece != recovered.state.end())
            recovery_problems.push_back("state of limit " + name + " could not be read: its reservation counts");
    }
    const auto reserve = read_piece<ReservePiece>(recovered, "reserve/" + name, recovery_problems);
    if (!reserve)
        return;
    Window& window = limit.watch.window();
    if (!window.began_wall() && reserve->window_began)
        window.adopt(now, *reserve->window_began);
    if (window.began_wall() != reserve->window_began)
        return;
    if (!has_sums)
        window.charge(now, now, {reserve->reservation, reserve->reservation});
    limit.watch.restore_reservation(reserve->reservation, now);
}

StatePieces Engine::Impl::save() const {
    StatePieces pieces;
    pieces["engine"] = engine_piece();
    pieces["calendar"] = to_bytes(calendar);
    pieces["policy"] = to_bytes(PolicyPiece{piece_version, policy, acknowledged});
    for (const ZoneRoom& zone : zones)
        pieces["zone/" + zone.policy.name.text] = to_bytes(zone.breaker);
    for (const ZoneRoom& zone : zones)
        if (zone.spent)
            pieces[spent_key(zone.policy.name)] = to_bytes(*zone.spent);
    for (const ProviderRoom& provider : providers)
        pieces["provider/" + provider.meter.policy().name.text] = to_bytes(provider.meter);
    for (const LimitRoom& limit : limits) {
        pieces["limit/" + limit.watch.rule().name.text] = to_bytes(limit.watch);
        pieces["reserve/" + limit.watch.rule().name.text] = reserve_piece(limit);
    }
    return pieces;
}

std::string Engine::Impl::engine_piece() const {
    return to_bytes(EnginePiece{piece_version, time, facts, last_step_number, looks, prices_pending});
}

std::string Engine::Impl::reserve_piece(const LimitRoom& limit) const {
    return to_bytes(ReservePiece{piece_version, limit.watch.reservation(), limit.watch.window().began_wall()});
}

void Engine::Impl::mark_zone(const ZoneRoom& zone) {
    changed_zones.insert(static_cast<std::size_t>(&zone - zones.data()));
}

std::uint64_t Engine::Impl::digest() const {
    Digester digester;
    auto& self = const_cast<Impl&>(*this);  // a Digester only reads
    digester(self.time, self.last_step_number, self.looks, self.prices_pending);
    for (ZoneRoom& zone : self.zones)
        digester(zone.breaker);
    for (LimitRoom& limit : self.limits)
        digester(limit.watch);
    for (ProviderRoom& provider : self.providers)
        digester(provider.meter);
    return digester.value();
}

}  // namespace noodstop::core
