// From looks to charges (DESIGN.md 4.1 to 4.4, 4.10).
#include "agent/core/move_back.hpp"
#include "tests/core/meter_rig.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace noodstop::tests;

namespace {

constexpr std::int64_t gibibyte = 1'073'741'824;

Reading group(const std::string& id, std::optional<std::int64_t> cpu, std::optional<std::int64_t> memory = 0) {
    Reading reading;
    reading.id = {id};
    reading.sku = "cgroup";
    reading.kind = "cgroup";
    reading.activity = Activity::running;
    reading.measures = {{Metric::cpu, cpu.value_or(0), cpu.has_value()},
                        {Metric::memory, memory.value_or(0), memory.has_value()}};
    return reading;
}

// Only vCPU time is priced: 0.01 a second, 0.036 for 3.6 million microseconds.
PriceList usage_prices() {
    PriceList list = small_prices();
    list.prices = {price_of(Metric::cpu, per_hour(36)), price_of(Metric::memory, per_hour(1))};
    return list;
}

}  // namespace

TEST_CASE("what runs is charged by time, and a millionth of a cent is not lost in many small steps") {
    PriceList prices = small_prices();
    prices.prices = {price_of(Metric::running, {7}, "vm")};  // 7 millionths an hour
    MeterRig rig(prices);
    rig.look({machine("a")});
    for (int step = 0; step < 36'000; ++step)
        rig.pass(100ms);
    CHECK(rig.ledger == Money{7});
}

TEST_CASE("the first look charges what was created before only from the start of metering") {
    MeterRig rig;
    rig.pass(1min);
    Reading old = machine("a");
    old.created = noon - 24h;
    rig.look({old});
    CHECK(rig.ledger == units(1));
}

TEST_CASE("a known creation time is charged from, an unknown one from the look before") {
    MeterRig rig;
    rig.look({});
    rig.pass(10min);
    Reading fresh = machine("a");
    fresh.created = noon + 7min;
    rig.look({fresh, machine("b")});
    CHECK(rig.ledger == units(3 + 10));
}

TEST_CASE("a creation that is dated later than now is unknown, and charged from the look before") {
    MeterRig rig;
    rig.look({});
    rig.pass(10min);
    Reading fresh = machine("a");
    fresh.created = noon + 11min;
    rig.look({fresh});
    CHECK(rig.ledger == units(10));
}

TEST_CASE("the downtime is charged for what ran then, also if it is stopped since, and for nothing that came later") {
    MeterRig rig;
    rig.look({machine("a")});
    rig.pass(1min);
    const Instant went_down = rig.now;
    rig.meter.lose_time(went_down);
    rig.pass(10min);
    CHECK(rig.ledger == units(11));
    rig.look({machine("a"), machine("b")});  // when b came nobody knows: perhaps before the reboot
    CHECK(rig.ledger == units(11 + 11));
    rig.pass(1min);
    rig.look({machine("c"), machine("d")});
    CHECK(rig.ledger == units(22 + 2 + 2));
    MoveBack(went_down, 1h)(rig.meter);
    const TimedCharge downtime = rig.meter.charge_downtime(1h);
    CHECK(downtime.amount.current == units(2 * 60));
    CHECK(downtime.from == went_down - 1h);
    CHECK(downtime.to == went_down);
    rig.pass(1min);
    CHECK(rig.ledger == units(26 + 2));
}

TEST_CASE("while the downtime is not known a creation before the reboot is charged from, and for the downtime too") {
    MeterRig rig;
    rig.look({});
    rig.pass(10min);
    rig.meter.lose_time(rig.now);
    const WallTime stands = noon + rig.now.since_origin;
    rig.pass(5min);
    Reading before = machine("a"), after = machine("b");
    before.created = noon + 7min;
    after.created = noon + 1h;
    rig.facts.begin_step(rig.now, stands);
    const Look look{{"lab"}, LookQuality::good, rig.now, {before, after}, {}, ""};
    std::vector<TimedCharge> charges;
    rig.meter.take(look, rig.now, stands, charges, rig.facts);
    REQUIRE(charges.size() >= 2);
    CHECK(charges[0].amount.current == units(3 + 5));
    CHECK(charges[1].amount.current == units(15));
    CHECK(rig.meter.charge_downtime(20min).amount.current == units(2 * 20));
}

TEST_CASE("of several reboots before time is known the dearest moment counts, also after a crash") {
    MeterRig rig;
    rig.look({machine("a"), machine("b")});
    rig.meter.lose_time(rig.now);
    rig.pass(1min);
    rig.look({machine("a")});
    rig.meter.lose_time(rig.now);
    Meter restored = MeterRig().meter;
    REQUIRE(from_bytes(to_bytes(rig.meter), restored));
    REQUIRE(restored.restored());
    CHECK(restored.charge_downtime(10min).amount.current == units(2 * 10));
}

TEST_CASE("a rise counts from the look before, a fall from now on") {
    MeterRig rig;
    rig.look({machine("a", Activity::stopped)});
    rig.pass(2min);
    rig.look({machine("a")});
    CHECK(rig.ledger == units(2));
    rig.pass(2min);
    rig.look({machine("a", Activity::stopped)});
    CHECK(rig.ledger == units(4));
    rig.pass(1h);
    CHECK(rig.ledger == units(4));
}

TEST_CASE("only what is stopped costs nothing by being there") {
    for (const Activity activity : {Activity::running, Activity::billed_idle, Activity::frozen, Activity::unknown}) {
        CAPTURE(to_text(activity));
        MeterRig rig;
        rig.look({machine("a", activity)});
        rig.pass(1min);
        CHECK(rig.ledger == units(1));
    }
}

TEST_CASE("the first sight of a counter is its baseline, then differences count") {
    MeterRig rig(usage_prices());
    rig.look({group("a", 5'000'000'000)});
    CHECK(rig.ledger == Money{});
    rig.pass(1s);
    rig.look({group("a", 5'002'000'000)});
    CHECK(rig.ledger == Money{20'000});
}

TEST_CASE("a counter that went backwards restarted, and its whole value is new usage") {
    MeterRig rig(usage_prices());
    rig.look({group("a", 9'000'000)});
    rig.pass(1s);
    rig.look({group("a", 3'000'000)});
    CHECK(rig.ledger == Money{30'000});
    CHECK(rig.has_told(FactKind::counter_restarted));
}

TEST_CASE("an absent look changes nothing that is known: what ran goes on being charged") {
    MeterRig rig;
    rig.look({machine("a")});
    for (int minute = 0; minute < 60; ++minute) {
        rig.pass(1min);
        CHECK(rig.look({}, LookQuality::absent) == Meter::Taken::absent);
    }
    CHECK(rig.ledger == units(60));
    CHECK(rig.meter.resources().size() == 1);
}

TEST_CASE("a late or doubled look changes nothing") {
    MeterRig rig;
    const Look first{{"lab"}, LookQuality::good, rig.now, machines({"a"}), {}, ""};
    rig.take(first);
    rig.pass(1min);
    rig.look(machines({"a", "b"}));
    const Money before = rig.ledger;
    CHECK(rig.take(first) == Meter::Taken::late);
    CHECK(rig.look(machines({})) == Meter::Taken::late);
    CHECK(rig.ledger == before);
    CHECK(rig.meter.resources().size() == 2);
}

TEST_CASE("what a partial look lists is true, what it doesn't list is not gone") {
    MeterRig rig;
    rig.look(machines({"a", "b"}));
    rig.pass(1min);
    CHECK(rig.look({machine("b", Activity::stopped), machine("c")}, LookQuality::partial) == Meter::Taken::partial);
    CHECK(rig.ledger == units(3));
    rig.pass(1min);
    CHECK(rig.ledger == units(5));
    rig.look(machines({"b"}));
    CHECK(rig.meter.resources().size() == 1);
}

TEST_CASE("unsorted and doubled readings are taken once each") {
    MeterRig rig;
    rig.look(machines({"c", "a", "b", "a"}));
    REQUIRE(rig.meter.resources().size() == 3);
    CHECK(rig.meter.resources()[0].id.text == "a");
    rig.pass(1min);
    CHECK(rig.ledger == units(3));
}

TEST_CASE("the provider's total prices what lived and died between two looks") {
    MeterRig rig(usage_prices());
    const auto total = [](std::int64_t raw) { return std::vector<Measure>{{Metric::cpu, raw, true}}; };
    rig.look({group("a", 1'000'000)}, LookQuality::good, total(50'000'000));
    rig.pass(1s);
    rig.look({group("a", 2'000'000)}, LookQuality::good, total(54'000'000));
    CHECK(rig.ledger == Money{40'000});  // a: one second, the vanished: three
}

TEST_CASE("resources that are read a moment after the total are not charged twice") {
    MeterRig rig(usage_prices());
    std::int64_t used = 0;
    for (int second = 0; second < 100; ++second) {
        used += 1'000'000;
        const std::int64_t ahead = 1000 * (second % 3);
        rig.look({group("a", used + ahead)}, LookQuality::good, {{Metric::cpu, used, true}});
        rig.pass(1s);
    }
    CHECK(rig.ledger >= Money{990'000});
    CHECK(rig.ledger <= Money{990'020});
}

TEST_CASE("a partial look explains, and its total is left for the next good one") {
    MeterRig rig(usage_prices());
    rig.look({group("a", 0)}, LookQuality::good, {{Metric::cpu, 0, true}});
    rig.pass(1s);
    rig.look({group("a", 1'000'000)}, LookQuality::partial, {{Metric::cpu, 900'000, true}});
    rig.pass(1s);
    rig.look({group("a", 2'000'000)}, LookQuality::good, {{Metric::cpu, 2'000'000, true}});
    CHECK(rig.ledger == Money{20'000});
}

TEST_CASE("a total that can't be read makes the look incomplete, and catches up later") {
    MeterRig rig(usage_prices());
    rig.look({}, LookQuality::good, {{Metric::cpu, 0, true}});
    rig.pass(1s);
    rig.look({}, LookQuality::good, {{Metric::cpu, 0, false}});
    CHECK(rig.meter.last_complete() == Instant{});
    rig.pass(1s);
    rig.look({}, LookQuality::good, {{Metric::cpu, 2'000'000, true}});
    CHECK(rig.ledger == Money{20'000});
}

TEST_CASE("a priced figure that is not known makes blind, an unpriced one doesn't matter") {
    MeterRig rig(usage_prices());
    Reading reading = group("a", 0, std::nullopt);
    rig.look({reading});
    rig.pass(10s);
    reading.measures[0].raw = 1;
    rig.look({reading});
    CHECK(rig.meter.blind(rig.now));
    CHECK(rig.has_told(FactKind::metric_unknown));
    Reading unpriced = group("a", 2);
    unpriced.measures.push_back({Metric::gpu, 0, false});
    rig.pass(1s);
    rig.look({unpriced});
    CHECK_FALSE(rig.meter.blind(rig.now));
}

TEST_CASE("while blind exposure grows at the blind rate or the last rate, whichever is larger") {
    MeterRig rig;  // blind after 5 s, at 600 an hour: 10 a minute
    rig.look({machine("a")});
    rig.pass(5s);
    CHECK_FALSE(rig.meter.blind(rig.now));
    rig.pass(6min - 5s);
    CHECK(rig.meter.blind(rig.now));
    CHECK(rig.meter.rate(rig.now) == per_hour(600));
    CHECK(rig.meter.assumed(rig.now).current == units(60 - 6));  // beside what is charged
    std::vector<Reading> twenty;
    for (char name = 'a'; name < 'u'; ++name)
        twenty.push_back(machine(std::string(1, name)));
    rig.look(twenty);
    CHECK(rig.meter.assumed(rig.now).current == Money{});
    rig.pass(6min);
    CHECK(rig.meter.rate(rig.now) == per_hour(1200));
    CHECK(rig.meter.assumed(rig.now).current == Money{});  // all of it is charged already
}

TEST_CASE("after blindness a counter's true difference replaces what was assumed") {
    MeterRig rig(usage_prices());
    rig.look({group("a", 0)});
    rig.pass(1h);
    CHECK(rig.meter.assumed(rig.now).current == units(600));
    rig.look({group("a", 7'000'000)});
    CHECK(rig.meter.assumed(rig.now).current == Money{});
    CHECK(rig.ledger == Money{70'000});
}

TEST_CASE("usage that partial looks have charged is not assumed once more") {
    MeterRig rig(usage_prices());
    std::int64_t cpu = 0;
    rig.look({group("a", cpu)});
    for (int second = 0; second < 4; ++second) {
        rig.pass(1s);
        rig.look({group("a", cpu += 1'000'000)}, LookQuality::partial);
    }
    CHECK(rig.ledger == Money{40'000});
    CHECK(rig.meter.assumed(rig.now).current == Money{});
}

TEST_CASE("after a start a provider has its time to answer before it is blind") {
    MeterRig rig;
    rig.look({machine("a")});
    rig.pass(1h);
    rig.meter.resume(rig.now);
    CHECK_FALSE(rig.meter.blind(rig.now));
    rig.pass(6s);
    CHECK(rig.meter.blind(rig.now));
}

TEST_CASE("an unknown price is charged high and told once") {
    MeterRig rig;
    Reading odd = machine("a"), other = machine("b");
    odd.sku = other.sku = "gpu-monster";
    rig.look({odd, other});
    rig.pass(1h);
    CHECK(rig.ledger == units(200));
    CHECK(std::count(rig.told.begin(), rig.told.end(), FactKind::price_unknown) == 1);
    CHECK_FALSE(rig.meter.price_known(*rig.meter.find({"a"})));
}

TEST_CASE("changed prices count forward only, and the acknowledged ones are carried beside") {
    MeterRig rig;
    rig.look({machine("a")});
    rig.pass(10min);
    PriceList dearer = small_prices();
    dearer.prices[0].rate = per_hour(600);
    rig.meter.configure(rig.meter.policy(), PriceBook(dearer), PriceBook(small_prices()));
    rig.now = rig.now + 1min;
    const Charge charge = rig.meter.advance(rig.now).amount;
    CHECK(charge.current == units(10));
    CHECK(charge.acknowledged == units(1));
    rig.look({machine("a")});
    for (const TimedCharge& late : rig.charges)
        CHECK(late.amount.current == Money{});
}

TEST_CASE("beyond resources_max the known keep their places and the meter says so") {
    MeterRig rig(small_prices(), 3);
    rig.look(machines({"b", "c", "d"}));
    CHECK_FALSE(rig.meter.overflowing());
    rig.pass(1min);
    rig.look(machines({"a", "b", "c", "d", "e"}));
    CHECK(rig.meter.overflowing());
    CHECK(rig.meter.resources().size() == 3);
    CHECK(rig.meter.find({"a"}) == nullptr);
    CHECK(rig.meter.last_complete() == Instant{});
    rig.pass(1min);
    rig.look({machine("e")}, LookQuality::partial);
    CHECK(rig.meter.overflowing());
    rig.pass(1min);
    rig.look(machines({"a", "e", "d"}));
    CHECK_FALSE(rig.meter.overflowing());
    CHECK(rig.meter.find({"a"}) != nullptr);
    CHECK(rig.meter.resources().size() == 3);
}

TEST_CASE("a full meter takes a whole new generation in one look") {
    MeterRig rig(small_prices(), 3);
    rig.look(machines({"x", "y", "z"}));
    rig.pass(1min);
    rig.look(machines({"a", "b", "c"}));
    CHECK_FALSE(rig.meter.overflowing());
    CHECK(rig.meter.find({"a"}) != nullptr);
    CHECK(rig.ledger == units(6));
}

TEST_CASE("varieties that nothing has any more are forgotten") {
    MeterRig rig;
    for (int generation = 0; generation < 500; ++generation) {
        Reading reading = machine("a");
        reading.sku = "sku-" + std::to_string(generation);
        rig.look({reading, machine("b")});
        rig.pass(1s);
        CHECK(rig.meter.varieties().size() <= unused_varieties_max + 3);
    }
    CHECK(rig.meter.variety(*rig.meter.find({"a"})).sku == "sku-499");
    CHECK(rig.meter.variety(*rig.meter.find({"b"})).sku == "vm");
}

TEST_CASE("of a flood of changes only some are told one by one") {
    std::vector<Reading> readings;
    for (int number = 0; number < 100; ++number)
        readings.push_back(machine("m" + std::to_string(number)));
    MeterRig rig;
    rig.look(readings);
    for (Reading& reading : readings)
        reading.activity = Activity::stopped;
    rig.pass(1min);
    rig.look(readings);
    CHECK(std::count(rig.told.begin(), rig.told.end(), FactKind::resource_changed) == facts_of_a_kind_max);
}

TEST_CASE("a meter goes on after a restart from its bytes as if nothing had been") {
    MeterRig rig;
    rig.look({machine("a"), group("g", 1'000'000, gibibyte)}, LookQuality::good, {{Metric::cpu, 5, true}});
    rig.pass(1234567us);
    MeterRig other;
    REQUIRE(from_bytes(to_bytes(rig.meter), other.meter));
    REQUIRE(other.meter.restored());
    other.now = rig.now;
    other.ledger = rig.ledger;
    for (MeterRig* one : {&rig, &other}) {
        one->pass(7654321us);
        one->look({machine("a"), group("g", 4'000'000, 3 * gibibyte)}, LookQuality::good, {{Metric::cpu, 9, true}});
        one->pass(1min);
    }
    CHECK(to_bytes(other.meter) == to_bytes(rig.meter));
    CHECK(other.ledger == rig.ledger);
}
