#include "platform/tls/admission.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace noodstop::platform::tls;
using namespace std::chrono_literals;

namespace {

using Arrival = Admission::Arrival;
using Visitor = Admission::Visitor;

const TimePoint start = TimePoint() + 1000h;
constexpr HandshakeRate endless{.at_once_max = 1'000'000, .per_second_max = 1'000'000};

AdmissionLimits roomy() {
    AdmissionLimits limits;
    limits.source_rate = endless;
    limits.total_rate = endless;
    return limits;
}

Visitor come(Admission& admission, const std::string& source, TimePoint now = start) {
    const auto verdict = admission.arrive(source, now);
    REQUIRE(std::holds_alternative<Arrival>(verdict));
    return std::get<Arrival>(verdict).visitor;
}

std::optional<Refusal> refusal_of(Admission& admission, const std::string& source, TimePoint now = start) {
    const auto verdict = admission.arrive(source, now);
    if (const auto* refusal = std::get_if<Refusal>(&verdict))
        return *refusal;
    admission.leave(std::get<Arrival>(verdict).visitor);
    return std::nullopt;
}

}  // namespace

TEST_CASE("a rate lets through so many at once, and then so many a second") {
    const HandshakeRate rate{.at_once_max = 3, .per_second_max = 2};
    RateGate gate;
    TimePoint now = start;
    for (int count = 0; count < 3; ++count) {
        CHECK(gate.has_room(rate, now));
        gate.pass(rate, now);
    }
    CHECK(!gate.has_room(rate, now));
    now += 499ms;
    CHECK(!gate.has_room(rate, now));
    now += 1ms;
    CHECK(gate.has_room(rate, now));
    gate.pass(rate, now);
    CHECK(!gate.has_room(rate, now));
    CHECK(!gate.is_rested(now));
    now += 1h;  // a long pause saves no more than what may come at once
    CHECK(gate.is_rested(now));
    for (int count = 0; count < 3; ++count) {
        CHECK(gate.has_room(rate, now));
        gate.pass(rate, now);
    }
    CHECK(!gate.has_room(rate, now));
}

TEST_CASE("so many may be open, and one that leaves makes room") {
    AdmissionLimits limits = roomy();
    limits.connections_max = 2;
    Admission admission(limits);
    const Visitor first = come(admission, "a");
    const Visitor second = come(admission, "b");
    CHECK(!admission.open(first));
    CHECK(!admission.open(second));
    CHECK(refusal_of(admission, "c") == Refusal::connections);
    admission.leave(first);
    admission.leave(first);
    CHECK(admission.open_count() == 1);
    CHECK(!refusal_of(admission, "c"));
}

TEST_CASE("handshakes that were begun together don't open more than may be open") {
    AdmissionLimits limits = roomy();
    limits.connections_max = 1;
    Admission admission(limits);
    const Visitor first = come(admission, "a");
    const Visitor second = come(admission, "b");
    CHECK(!admission.open(first));
    CHECK(admission.open(second) == Refusal::connections);
    admission.leave(second);
    CHECK(admission.handshake_count() == 0);
}

TEST_CASE("one source has no more than its share of connections") {
    AdmissionLimits limits = roomy();
    limits.connections_per_source_max = 1;
    Admission admission(limits);
    const Visitor first = come(admission, "a");
    const Visitor second = come(admission, "a");
    CHECK(!admission.open(first));
    CHECK(admission.open(second) == Refusal::connections_of_source);
    CHECK(refusal_of(admission, "a") == Refusal::connections_of_source);
    CHECK(!refusal_of(admission, "b"));
}

TEST_CASE("a source that begins too many handshakes waits, others don't") {
    AdmissionLimits limits = roomy();
    limits.source_rate = {.at_once_max = 2, .per_second_max = 1};
    Admission admission(limits);
    for (int count = 0; count < 2; ++count)
        CHECK(!admission.begin_handshake(come(admission, "a"), start));
    CHECK(refusal_of(admission, "a") == Refusal::handshakes_per_second);
    CHECK(!refusal_of(admission, "b"));
    CHECK(!refusal_of(admission, "a", start + 1s));
}

TEST_CASE("connecting alone costs nothing of the rate, and waiting for a hello either") {
    AdmissionLimits limits = roomy();
    limits.source_rate = {.at_once_max = 1, .per_second_max = 1};
    Admission admission(limits);
    std::vector<Visitor> silent;
    for (int count = 0; count < 10; ++count)
        silent.push_back(come(admission, "a"));
    CHECK(!admission.begin_handshake(silent[9], start));
    CHECK(admission.begin_handshake(silent[8], start) == Refusal::handshakes_per_second);
}

TEST_CASE("all sources together have a rate as well") {
    AdmissionLimits limits = roomy();
    limits.total_rate = {.at_once_max = 3, .per_second_max = 1};
    Admission admission(limits);
    for (const char* source : {"a", "b", "c"})
        CHECK(!admission.begin_handshake(come(admission, source), start));
    CHECK(refusal_of(admission, "d") == Refusal::handshakes_per_second);
}

TEST_CASE("where too many shake hands the oldest of the busiest source makes room") {
    AdmissionLimits limits = roomy();
    limits.handshakes_max = 4;
    Admission admission(limits);
    const Visitor honest = come(admission, "honest");
    const Visitor slow_1 = come(admission, "slow");
    const Visitor slow_2 = come(admission, "slow");
    const Visitor open_one = come(admission, "slow");
    CHECK(!admission.open(open_one));
    come(admission, "slow");
    auto verdict = admission.arrive("slow", start);
    REQUIRE(std::holds_alternative<Arrival>(verdict));
    CHECK(std::get<Arrival>(verdict).displaced == slow_1);
    verdict = admission.arrive("new", start);
    REQUIRE(std::holds_alternative<Arrival>(verdict));
    CHECK(std::get<Arrival>(verdict).displaced == slow_2);
    CHECK(admission.handshake_count() == 4);
    CHECK(admission.begin_handshake(slow_1, start) == Refusal::displaced);
    CHECK(!admission.begin_handshake(honest, start));
}

TEST_CASE("no more sources are remembered than allowed, and those with visitors stay") {
    AdmissionLimits limits = roomy();
    limits.sources_max = 10;
    limits.source_rate = {.at_once_max = 1, .per_second_max = 1};
    Admission admission(limits);
    const Visitor stays = come(admission, "stays");
    CHECK(!admission.begin_handshake(stays, start));
    CHECK(!admission.open(stays));
    for (int count = 0; count < 1000; ++count)
        admission.leave(come(admission, "source " + std::to_string(count)));
    CHECK(admission.source_count() <= 10);
    CHECK(refusal_of(admission, "stays") == Refusal::handshakes_per_second);
}

TEST_CASE("of an IPv6 address the network is the source, of IPv4 the address") {
    CHECK(source_of("192.0.2.7") == "192.0.2.7");
    CHECK(source_of("::ffff:192.0.2.7") == "192.0.2.7");
    CHECK(source_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    CHECK(source_of("2001:db8:1:2::9") == source_of("2001:db8:1:2:3:4:5:6"));
    CHECK(source_of("2001:db8:1:3::9") != source_of("2001:db8:1:2::9"));
}
