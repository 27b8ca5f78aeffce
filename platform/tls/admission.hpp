// Who of those that connect may shake hands and stay: counts and rates, without sockets and clocks.
//
// A full handshake costs milliseconds of a processor, and anybody may ask for one. So few are under way at a time, and
// each source and all of them together may begin only so many a second. Where too many are under way the newest is let
// in and the oldest of the busiest source goes: who is slow makes room for who is not.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace noodstop::platform::tls {

using TimePoint = std::chrono::steady_clock::time_point;

struct HandshakeRate {
    std::uint32_t at_once_max = 1;     // after a pause
    std::uint32_t per_second_max = 1;  // in the long run
};

// Lets through what a rate allows, and remembers no more than one moment for it.
class RateGate {
public:
    bool has_room(const HandshakeRate& rate, TimePoint now) const;
    void pass(const HandshakeRate& rate, TimePoint now);
    bool is_rested(TimePoint now) const { return busy_until_ <= now; }

private:
    TimePoint busy_until_{};  // when all that has passed would be worked off at the rate of the long run
};

struct AdmissionLimits {
    std::size_t connections_max = 128;  // that are open
    std::size_t connections_per_source_max = 64;
    std::size_t handshakes_max = 32;  // that have come and are not open yet
    HandshakeRate source_rate{.at_once_max = 40, .per_second_max = 5};
    HandshakeRate total_rate{.at_once_max = 100, .per_second_max = 50};
    std::size_t sources_max = 1024;  // remembered; beyond it the one that rests longest is forgotten
};

enum class Refusal {
    connections,            // connections_max are open
    connections_of_source,  // connections_per_source_max are open
    handshakes_per_second,  // the source, or all together, began too many
    displaced,              // made room for a newer handshake
    no_tls,                 // what came first is no TLS
    too_late,               // no handshake within the deadline
    handshake,              // it failed; the text says why
    certificate,            // likewise, for the client's certificate: none, expired, of nobody who is trusted
};

const char* name_of(Refusal refusal);

class Admission {
public:
    using Visitor = std::uint64_t;

    explicit Admission(AdmissionLimits limits) : limits_(limits) {}

    struct Arrival {
        Visitor visitor = 0;
        std::optional<Visitor> displaced;  // has left by this; its socket is to be closed
    };
    // Somebody has connected. `source` is an address, or what of it one owner has: see source_of().
    std::variant<Arrival, Refusal> arrive(const std::string& source, TimePoint now);

    // The first message of the visitor is there, and answering it costs; nothing: go on.
    std::optional<Refusal> begin_handshake(Visitor visitor, TimePoint now);
    // The handshake is done; nothing: it may stay.
    std::optional<Refusal> open(Visitor visitor);
    void leave(Visitor visitor);  // at any time, and once more without harm

    std::size_t open_count() const { return open_count_; }
    std::size_t handshake_count() const { return visits_.size() - open_count_; }
    std::size_t source_count() const { return sources_.size(); }

private:
    struct Source {
        RateGate gate;
        std::size_t handshakes = 0;
        std::size_t connections = 0;
    };
    struct Visit {
        std::string source;
        bool is_open = false;
    };

    Source& source_at(const std::string& name, TimePoint now);
    std::optional<Refusal> refusal_for(const Source& source, TimePoint now) const;
    Visitor to_displace() const;

    AdmissionLimits limits_;
    RateGate gate_;
    std::map<std::string, Source> sources_;
    std::map<Visitor, Visit> visits_;  // in the order in which they came
    std::size_t open_count_ = 0;
    Visitor last_visitor_ = 0;
};

// The part of an address that one owner commands: of IPv6 the first 64 bits. `address` is as inet_ntop(3) writes it.
std::string source_of(const std::string& address);

}  // namespace noodstop::platform::tls
