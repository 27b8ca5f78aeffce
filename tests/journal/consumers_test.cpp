#include "agent/journal/consumers.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::journal;
using core::FactKind;
using core::HubAnswer;
using core::LaneAnswer;
using core::Position;

namespace {

constexpr std::uint64_t earlier = 100;
constexpr std::uint64_t present = 200;

// The hub, with facts 1-50 of an earlier epoch and 51-60 of the present one; of samples 1-5 and 6-8.
struct Rig {
    Line line;
    Consumers consumers{{{"hub", true, true, true}}, {{"hub", {50, 5}}}};

    Rig() {
        line.begin({earlier, 1, 1, true});
        line.begin({present, 51, 6, true});
        consumers.epoch_began(line.present());
        REQUIRE(answer(hand_out(60, 8), {true, Position{present, 60}}, {true, Position{present, 8}}));
        REQUIRE(cursor() == Cursor{60, 8});
    }
    // Facts after the cursor up to `facts`, samples up to `samples`; 0: none.
    std::uint64_t hand_out(std::uint64_t facts, std::uint64_t samples) {
        core::SpoolBatch batch;
        batch.facts.epoch = batch.samples.epoch = present;
        batch.facts.last = facts;
        batch.samples.last = samples;
        consumers.hand_out(line, "hub", batch);
        return batch.number;
    }
    Cursor cursor() const { return consumers.cursors().at("hub"); }
    bool answer(std::uint64_t batch, const LaneAnswer& facts, const LaneAnswer& samples) {
        return consumers.answered(line, "hub", batch, HubAnswer{facts, samples});
    }
    std::vector<FactKind> told() {
        std::vector<FactKind> kinds;
        for (const core::Fact& fact : consumers.take_told())
            kinds.push_back(fact.kind);
        return kinds;
    }
};

LaneAnswer took(std::uint64_t head, std::uint64_t epoch = present) {
    return {true, Position{epoch, head}};
}

LaneAnswer refused(std::uint64_t head, std::uint64_t epoch = present) {
    return {false, Position{epoch, head}};
}

}  // namespace

TEST_CASE("a cursor moves to the end of a batch that the hub took, each lane by itself") {
    Rig rig;
    CHECK(rig.answer(rig.hand_out(70, 9), took(70), took(9)));
    CHECK(rig.cursor() == Cursor{70, 9});
    CHECK(rig.answer(rig.hand_out(80, 10), took(80), refused(9)));
    CHECK(rig.cursor() == Cursor{80, 9});
    CHECK(rig.told().empty());
}

TEST_CASE("an answer to another batch than the one that is out moves nothing") {
    Rig rig;
    const std::uint64_t first = rig.hand_out(70, 9);
    const std::uint64_t second = rig.hand_out(65, 8);
    CHECK_FALSE(rig.answer(first, took(70), took(9)));
    CHECK(rig.cursor() == Cursor{60, 8});
    CHECK(rig.answer(second, took(65), took(8)));
    CHECK_FALSE(rig.answer(second, took(65), took(8)));
    CHECK_FALSE(rig.consumers.answered(rig.line, "other", second, {}));
}

TEST_CASE("a head beyond the cursor says nothing: only what was handed out and taken moves it") {
    Rig rig;
    rig.hand_out(90, 9);
    CHECK(rig.answer(rig.hand_out(0, 0), took(90), took(9)));
    CHECK(rig.cursor() == Cursor{60, 8});
    CHECK(rig.told().empty());
}

TEST_CASE("a hub that refuses what follows a lost acknowledgement gets samples from where it is, and all facts again") {
    Rig rig;
    rig.hand_out(90, 12);
    CHECK(rig.answer(rig.hand_out(95, 13), refused(90), refused(12)));
    CHECK(rig.cursor() == Cursor{0, 12});
    CHECK(rig.told().empty());
}

TEST_CASE("a telling of all totals that the hub refuses is begun again under another name") {
    Rig rig;
    CHECK(rig.answer(rig.hand_out(0, 9), took(60), refused(40, 999)));
    REQUIRE(rig.cursor().sample == 0);
    core::SpoolBatch telling;
    telling.samples.epoch = present;
    telling.samples.last = 9;
    rig.consumers.hand_out(rig.line, "hub", telling);
    const std::uint64_t first_name = telling.samples.line;
    CHECK(rig.answer(telling.number, took(60), refused(40, 999)));
    rig.consumers.hand_out(rig.line, "hub", telling);
    CHECK(telling.samples.line != first_name);
}

TEST_CASE("a hub that has less than it acknowledged is told of, once, and gets it again") {
    Rig rig;
    CHECK(rig.answer(rig.hand_out(0, 0), refused(30, earlier), refused(4, earlier)));
    CHECK(rig.cursor() == Cursor{30, 4});
    CHECK(rig.told() == std::vector{FactKind::hub_went_back, FactKind::hub_went_back});
    CHECK(rig.answer(rig.hand_out(0, 0), took(30, earlier), took(4, earlier)));
    CHECK(rig.told().empty());
}

TEST_CASE("a hub that has nothing any more gets everything again") {
    Rig rig;
    CHECK(rig.answer(rig.hand_out(0, 0), {false, std::nullopt}, {false, std::nullopt}));
    CHECK(rig.cursor() == Cursor{0, 0});
    CHECK(rig.told().size() == 2);
}

TEST_CASE("a hub that says it took more than it has is not believed") {
    Rig rig;
    CHECK(rig.answer(rig.hand_out(70, 0), took(65), took(8)));
    CHECK(rig.cursor().fact == 60);
    CHECK(rig.told() == std::vector{FactKind::hub_disbelieved});
}

TEST_CASE("a hub that has more of this epoch than was handed out makes the epoch end") {
    Rig rig;
    CHECK(rig.answer(rig.hand_out(70, 9), took(95), took(9)));
    CHECK(rig.cursor() == Cursor{60, 9});
    CHECK(rig.told() == std::vector{FactKind::hub_disbelieved});
    REQUIRE(rig.consumers.wants_epoch());
    CHECK(rig.consumers.handed_out_of_epoch() == Cursor{70, 9});
    rig.line.begin({300, 71, 10, true});
    rig.consumers.epoch_began(rig.line.present());
    CHECK_FALSE(rig.consumers.wants_epoch());
    // What it has beyond is now of another line, and what follows here has another name.
    CHECK_FALSE(rig.line.holds(core::Lane::facts, {present, 95}));
}

TEST_CASE("where the hub is on another line, facts go on, totals begin anew, and each lane tells it once") {
    Rig rig;
    CHECK(rig.answer(rig.hand_out(70, 9), took(500, 999), refused(40, 999)));
    CHECK(rig.cursor() == Cursor{70, 0});
    CHECK(rig.told() == std::vector{FactKind::history_diverged, FactKind::history_diverged});
    CHECK(rig.answer(rig.hand_out(0, 0), took(500, 999), took(40, 999)));
    CHECK(rig.told().empty());
    CHECK(rig.answer(rig.hand_out(80, 9), took(80), took(9)));
    CHECK(rig.cursor() == Cursor{80, 9});
    CHECK(rig.told().empty());
}

TEST_CASE("where the hub is on another line and lacks what facts follow, they begin from the oldest") {
    Rig rig;
    CHECK(rig.answer(rig.hand_out(70, 0), refused(500, 999), took(8)));
    CHECK(rig.cursor() == Cursor{0, 8});
}

TEST_CASE("what everybody has passed is where the last one stands, in each lane among those who take it") {
    const Consumers consumers({{"hub", true, true, true}, {"metrics", false, true}, {"logs", true, false}},
                              {{"hub", {60, 8}}, {"metrics", {0, 3}}, {"logs", {40, 0}}});
    CHECK(consumers.passed_by_all(consumers.cursors()) == Cursor{40, 3});
    const Consumers nobody({}, {});
    CHECK(nobody.passed_by_all({}).fact > 1'000'000);
    CHECK_FALSE(nobody.want_samples());
}

TEST_CASE("who is followed no more is forgotten, and who comes begins from nothing") {
    const Consumers consumers({{"new"}}, {{"hub", {60, 8}}});
    CHECK(consumers.cursors() == Cursors{{"new", {0, 0}}});
}
