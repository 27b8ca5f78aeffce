// Engine state as bytes: what was written comes back, and no other bytes do harm.
#include "agent/core/archive_policy.hpp"
#include "agent/core/breaker.hpp"
#include "agent/core/meter.hpp"
#include "tests/support/policy_builder.hpp"

#include <doctest/doctest.h>

#include <random>
#include <variant>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

template <class T>
std::uint64_t digest_of(const T& value) {
    Digester digester;
    digester(const_cast<T&>(value));  // a Digester only reads
    return digester.value();
}

Policy rich_policy() {
    Policy policy = small_policy();
    policy.limits = {spend_limit("daily", 10), count_limit("machines", 3)};
    policy.mandates[0].protected_resources = {{{"lab"}, {"db"}, per_hour(3)}, {{"lab"}, {"web"}, std::nullopt}};
    policy.mandates[0].baseline = {{{"lab"}, "ci-", false, 5, per_hour(9)}};
    policy.mandates[0].exceptions = {{{"daily"}, noon, noon + 24h, units(50)}};
    policy.providers.push_back(provider_policy("other"));
    policy.providers.back().settings = ProcessSettings{"/usr/bin/blender", "render", ""};
    policy.zones[0].observe_until = noon;
    policy.notifications = {{"mail", {"/usr/bin/mail", "root"}, {"tripped"}, 10s}};
    return policy;
}

Breaker rich_breaker() {
    Breaker breaker;
    enter(breaker, BreakerState::tripped, Instant{5s}, noon, "limit daily reached");
    breaker.survivors = {{{"lab"}, {"a"}}, {{"lab"}, {"b"}}};
    breaker.just_stopped[{{"lab"}, {"c"}}] = Instant{7s};
    breaker.baseline_stops = {Instant{1s}, Instant{2s}};
    breaker.measure_stop(90s);
    Target target;
    target.resource = {"d"};
    target.phase = TargetPhase::ordered;
    target.step = {77};
    breaker.targets = {target, target};
    return breaker;
}

}  // namespace

TEST_CASE("numbers at the ends of their types come back") {
    const std::vector<std::int64_t> numbers{
        0, 1, -1, 63, 64, -64, -65, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
    std::vector<std::int64_t> restored;
    REQUIRE(from_bytes(to_bytes(numbers), restored));
    CHECK(restored == numbers);
    const std::vector<std::uint64_t> wide{0, std::numeric_limits<std::uint64_t>::max()};
    std::vector<std::uint64_t> wide_restored;
    REQUIRE(from_bytes(to_bytes(wide), wide_restored));
    CHECK(wide_restored == wide);
}

TEST_CASE("a number that doesn't fit its type is refused") {
    std::uint8_t small = 0;
    CHECK_FALSE(from_bytes(to_bytes(std::int64_t{256}), small));
    CHECK_FALSE(from_bytes(to_bytes(std::int64_t{-1}), small));
    bool truth = false;
    CHECK_FALSE(from_bytes(to_bytes(std::int64_t{2}), truth));
}

TEST_CASE("a time further away than any clock can say is refused") {
    Instant at;
    const Duration last{time_end - 1};
    for (const Duration time : {last, -last}) {
        REQUIRE(from_bytes(to_bytes(Instant{time}), at));
        CHECK(at == Instant{time});
    }
    for (const Duration time : {last + 1us, -last - 1us, Duration::max(), Duration::min()})
        CHECK_FALSE(from_bytes(to_bytes(Instant{time}), at));
}

TEST_CASE("a whole policy comes back as it was") {
    const Policy policy = rich_policy();
    Policy restored;
    REQUIRE(from_bytes(to_bytes(policy), restored));
    CHECK(restored == policy);
}

TEST_CASE("an alternative is read over the other one, either way") {
    const std::variant<std::int64_t, std::string> number = 7, text = "seven";
    for (const auto& [written, over] : {std::pair(number, text), std::pair(text, number)}) {
        auto restored = over;
        REQUIRE(from_bytes(to_bytes(written), restored));
        CHECK(restored == written);
    }
}

TEST_CASE("a breaker with everything in it comes back as it was") {
    const Breaker breaker = rich_breaker();
    Breaker restored;
    REQUIRE(from_bytes(to_bytes(breaker), restored));
    CHECK(to_bytes(restored) == to_bytes(breaker));
    CHECK(restored.survivors == breaker.survivors);
    CHECK(restored.targets.size() == 2);
}

TEST_CASE("bytes that were cut anywhere, or have one too many, are refused") {
    const std::string bytes = to_bytes(rich_policy());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        Policy restored;
        REQUIRE_FALSE(from_bytes(bytes.substr(0, length), restored));
    }
    Policy restored;
    CHECK_FALSE(from_bytes(bytes + '\0', restored));
}

TEST_CASE("flipped bits are refused or read as something, and never do harm") {
    const std::string policy = to_bytes(rich_policy()), breaker = to_bytes(rich_breaker());
    for (std::size_t bit = 0; bit < policy.size() * 8; ++bit) {
        std::string flipped = policy;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        Policy restored;
        if (from_bytes(flipped, restored))
            CHECK(restored != rich_policy());
    }
    for (std::size_t bit = 0; bit < breaker.size() * 8; ++bit) {
        std::string flipped = breaker;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        Breaker restored;
        if (from_bytes(flipped, restored))
            CHECK(to_bytes(restored) != breaker);
    }
}

TEST_CASE("random bytes never do harm and allocate no more than they are long") {
    std::mt19937_64 random(42);
    for (int count = 0; count < 20'000; ++count) {
        std::string bytes(random() % 200, '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random());
        std::vector<std::string> texts;
        from_bytes(bytes, texts);
        CHECK(texts.size() <= bytes.size());
        Breaker breaker;
        from_bytes(bytes, breaker);
    }
}

TEST_CASE("a meter whose bytes name a metric or variety that doesn't exist is refused") {
    const auto meter_of = [] {
        return Meter(provider_policy("lab"), PriceBook(small_prices()), PriceBook(small_prices()), Instant{});
    };
    Meter meter = meter_of();
    FactLog facts;
    std::vector<TimedCharge> charges;
    Reading reading = machine("a");
    reading.measures = {{Metric::cpu, 5, true}};
    meter.take({{"lab"}, LookQuality::good, Instant{}, {reading}, {{Metric::cpu, 7, true}}, ""}, Instant{}, noon,
               charges, facts);
    const std::string bytes = to_bytes(meter);
    int refused = 0;
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        std::string changed = bytes;
        changed[index] = 0x7e;
        Meter restored = meter_of();
        if (!from_bytes(changed, restored) || !restored.restored())
            ++refused;
        else
            restored.advance(Instant{1s});
    }
    CHECK(refused > 10);
    Meter restored = meter_of();
    REQUIRE(from_bytes(bytes, restored));
    CHECK(restored.restored());
}

TEST_CASE("digests are equal for equal state and differ for each single change") {
    const Breaker breaker = rich_breaker();
    CHECK(digest_of(breaker) == digest_of(rich_breaker()));
    std::set<std::uint64_t> digests{digest_of(breaker)};
    const auto check = [&digests](auto change) {
        Breaker changed = rich_breaker();
        change(changed);
        CHECK(digests.insert(digest_of(changed)).second);
    };
    check([](Breaker& one) { one.held = true; });
    check([](Breaker& one) { one.warned = true; });
    check([](Breaker& one) { one.reason += "!"; });
    check([](Breaker& one) { one.since = one.since + 1us; });
    check([](Breaker& one) { one.survivors.clear(); });
    check([](Breaker& one) { one.targets.pop_back(); });
    check([](Breaker& one) { one.targets[1].step = {78}; });
    check([](Breaker& one) { one.stop_times.push_front(0s); });
    check([](Breaker& one) { one.baseline_stops.pop_back(); });
}

TEST_CASE("digests tell texts apart that differ in length or in zero bytes") {
    CHECK(digest_of(std::string("a")) != digest_of(std::string("a\0", 2)));
    CHECK(digest_of(std::string("12345678")) != digest_of(std::string("12345678\0", 9)));
    CHECK(digest_of(std::vector<std::string>{"ab", "c"}) != digest_of(std::vector<std::string>{"a", "bc"}));
}
