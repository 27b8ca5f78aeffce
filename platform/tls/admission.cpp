#include "platform/tls/admission.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace noodstop::platform::tls {
namespace {

TimePoint::duration interval_of(const HandshakeRate& rate) {
    return std::chrono::nanoseconds(std::chrono::seconds(1)) / std::max<std::uint32_t>(1, rate.per_second_max);
}

}  // namespace

const char* name_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::connections:
            return "too many connections";
        case Refusal::connections_of_source:
            return "too many connections from there";
        case Refusal::handshakes_per_second:
            return "too many handshakes a second";
        case Refusal::displaced:
            return "made room for a newer handshake";
        case Refusal::no_tls:
            return "no TLS";
        case Refusal::too_late:
            return "no handshake within the deadline";
        case Refusal::handshake:
            return "the handshake failed";
        case Refusal::certificate:
            return "the client's certificate is not good";
    }
    return "unknown";
}

bool RateGate::has_room(const HandshakeRate& rate, TimePoint now) const {
    const auto at_once = std::max<std::uint32_t>(1, rate.at_once_max);
    return busy_until_ - now <= (at_once - 1) * interval_of(rate) || is_rested(now);
}

void RateGate::pass(const HandshakeRate& rate, TimePoint now) {
    busy_until_ = std::max(busy_until_, now) + interval_of(rate);
}

Admission::Source& Admission::source_at(const std::string& name, TimePoint now) {
    const auto found = sources_.find(name);
    if (found != sources_.end())
        return found->second;
    if (sources_.size() >= limits_.sources_max) {
        // Those with visitors stay: they are as many as visitors at most.
        const auto is_idle = [](const auto& entry) {
            return entry.second.handshakes == 0 && entry.second.connections == 0;
        };
        std::erase_if(sources_, [&](const auto& entry) { return is_idle(entry) && entry.second.gate.is_rested(now); });
        const auto idle = std::find_if(sources_.begin(), sources_.end(), is_idle);
        if (sources_.size() >= limits_.sources_max && idle != sources_.end())
            sources_.erase(idle);
    }
    return sources_[name];
}

std::optional<Refusal> Admission::refusal_for(const Source& source, TimePoint now) const {
    if (open_count_ >= limits_.connections_max)
        return Refusal::connections;
    if (source.connections >= limits_.connections_per_source_max)
        return Refusal::connections_of_source;
    if (!source.gate.has_room(limits_.source_rate, now) || !gate_.has_room(limits_.total_rate, now))
        return Refusal::handshakes_per_second;
    return std::nullopt;
}

// Only called where there is a handshake.
Admission::Visitor Admission::to_displace() const {
    std::size_t most = 0;
    Visitor chosen = 0;
    for (const auto& [visitor, visit] : visits_) {
        if (visit.is_open)
            continue;
        const std::size_t handshakes = sources_.at(visit.source).handshakes;
        if (handshakes > most) {
            most = handshakes;
            chosen = visitor;
        }
    }
    return chosen;
}

std::variant<Admission::Arrival, Refusal> Admission::arrive(const std::string& name, TimePoint now) {
    Source& source = source_at(name, now);
    if (const auto refusal = refusal_for(source, now))
        return *refusal;
    Arrival arrival{++last_visitor_, std::nullopt};
    if (handshake_count() >= limits_.handshakes_max && handshake_count() > 0) {
        arrival.displaced = to_displace();
        leave(*arrival.displaced);
    }
    ++source.handshakes;
    visits_.emplace(arrival.visitor, Visit{name, false});
    return arrival;
}

std::optional<Refusal> Admission::begin_handshake(Visitor visitor, TimePoint now) {
    const auto found = visits_.find(visitor);
    if (found == visits_.end())
        return Refusal::displaced;
    Source& source = sources_.at(found->second.source);
    if (const auto refusal = refusal_for(source, now))
        return refusal;
    source.gate.pass(limits_.source_rate, now);
    gate_.pass(limits_.total_rate, now);
    return std::nullopt;
}

std::optional<Refusal> Admission::open(Visitor visitor) {
    const auto found = visits_.find(visitor);
    if (found == visits_.end() || found->second.is_open)
        return Refusal::displaced;
    Source& source = sources_.at(found->second.source);
    if (open_count_ >= limits_.connections_max)
        return Refusal::connections;
    if (source.connections >= limits_.connections_per_source_max)
        return Refusal::connections_of_source;
    found->second.is_open = true;
    --source.handshakes;
    ++source.connections;
    ++open_count_;
    return std::nullopt;
}

void Admission::leave(Visitor visitor) {
    const auto found = visits_.find(visitor);
    if (found == visits_.end())
        return;
    Source& source = sources_.at(found->second.source);
    if (found->second.is_open) {
        --source.connections;
        --open_count_;
    } else {
        --source.handshakes;
    }
    visits_.erase(found);
}

std::string source_of(const std::string& address) {
    in6_addr bytes{};
    if (::inet_pton(AF_INET6, address.c_str(), &bytes) != 1)
        return address;
    if (IN6_IS_ADDR_V4MAPPED(&bytes))
        return address.substr(address.rfind(':') + 1);
    std::memset(bytes.s6_addr + 8, 0, 8);
    char text[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(AF_INET6, &bytes, text, sizeof text);
    return std::string(text) + "/64";
}

}  // namespace noodstop::platform::tls
