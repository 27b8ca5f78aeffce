#include "agent/doors/uplink_session.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace noodstop;
using namespace noodstop::doors;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

core::SpoolBatch batch_of(std::uint64_t number, std::uint64_t last_fact) {
    core::SpoolBatch batch;
    batch.number = number;
    batch.facts.epoch = 7;
    batch.facts.after = core::Position{7, number};
    batch.facts.last = last_fact;
    return batch;
}

core::SpoolBatch nothing(std::uint64_t number) {
    return batch_of(number, 0);
}

core::HubAnswer took() {
    return {{true, core::Position{7, 1}}, {true, std::nullopt}};
}

core::HubAnswer took_nothing() {
    return {{false, core::Position{7, 1}}, {false, std::nullopt}};
}

template <class Action>
const Action* only(const UplinkActions& actions) {
    return actions.size() == 1 ? std::get_if<Action>(&actions.front()) : nullptr;
}

// A session with the time at which it is, and no more randomness than one test wants.
struct Conversation {
    core::Duration now{0};
    std::uint64_t drawn = 0;
    UplinkSession session{UplinkTimes{}, UplinkSizes{}, [this] { return drawn; }};

    // From the dial to the first question for entries, as it goes without trouble.
    void open() {
        REQUIRE(only<Dial>(session.begin(now)));
        const auto asked = session.connected(now);
        REQUIRE(only<AskSpool>(asked));
        CHECK(only<AskSpool>(asked)->sizes.facts_max == 0);
        REQUIRE(only<PushBatch>(session.batch_came(now, nothing(1))));
        REQUIRE(only<HandBack>(session.answered(now, took())));
        REQUIRE(only<AskSpool>(session.handed_back(now)));
    }
    void push(std::uint64_t number) { REQUIRE(only<PushBatch>(session.batch_came(now, batch_of(number, 1)))); }
    // The session has hung up; how long it waits before it dials again.
    core::Duration rest() const { return session.due_at() - now; }
};

}  // namespace

TEST_CASE("a connection opens with an empty push that carries the status, and only then asks for entries") {
    Conversation talk;
    REQUIRE(only<Dial>(talk.session.begin(talk.now)));
    const auto asked = talk.session.connected(talk.now);
    REQUIRE(only<AskSpool>(asked));
    CHECK(only<AskSpool>(asked)->sizes.counters_max == 0);
    const auto pushed = talk.session.batch_came(talk.now, nothing(1));
    REQUIRE(only<PushBatch>(pushed));
    CHECK(only<PushBatch>(pushed)->with_status);
    const auto back = talk.session.answered(talk.now, took());
    REQUIRE(only<HandBack>(back));
    CHECK(only<HandBack>(back)->batch == 1);
    CHECK(only<HandBack>(back)->answer == took());
    const auto next = talk.session.handed_back(talk.now);
    REQUIRE(only<AskSpool>(next));
    CHECK(only<AskSpool>(next)->sizes.facts_max == UplinkSizes{}.facts_max);
}

TEST_CASE("as long as the spool has entries, one push follows the other") {
    Conversation talk;
    talk.open();
    for (std::uint64_t number = 2; number < 6; ++number) {
        talk.push(number);
        CHECK(only<HandBack>(talk.session.answered(talk.now, took()))->batch == number);
        CHECK(only<AskSpool>(talk.session.handed_back(talk.now)));
    }
}

TEST_CASE("with nothing to send it is quiet until the next poll, and a heartbeat with status comes in time") {
    Conversation talk;
    talk.open();
    CHECK(talk.session.batch_came(talk.now, nothing(2)).empty());
    CHECK(talk.session.due_at() == talk.now + UplinkTimes{}.poll_interval);
    bool beaten = false;
    for (std::uint64_t number = 3; talk.now < minutes(2) && !beaten; ++number) {
        talk.now = talk.session.due_at();
        REQUIRE(only<AskSpool>(talk.session.turn(talk.now)));
        const auto actions = talk.session.batch_came(talk.now, nothing(number));
        beaten = !actions.empty() && only<PushBatch>(actions)->with_status;
    }
    CHECK(beaten);
    CHECK(talk.now <= UplinkTimes{}.heartbeat_interval);
}

TEST_CASE("news shortens the wait, also news that comes while the spool is asked") {
    Conversation talk;
    talk.open();
    CHECK(talk.session.batch_came(talk.now, nothing(2)).empty());
    CHECK(talk.session.news(talk.now).empty());
    CHECK(talk.session.due_at() == talk.now + UplinkTimes{}.news_delay);
    talk.now = talk.session.due_at();
    REQUIRE(only<AskSpool>(talk.session.turn(talk.now)));
    CHECK(talk.session.news(talk.now).empty());
    CHECK(talk.session.batch_came(talk.now, nothing(3)).empty());
    CHECK(talk.session.due_at() == talk.now + UplinkTimes{}.news_delay);
}

TEST_CASE("whatever does not happen in time ends the connection, at every step of the conversation") {
    for (int step = 0; step < 5; ++step) {
        CAPTURE(step);
        Conversation talk;
        (void)talk.session.begin(talk.now);
        if (step > 0)
            (void)talk.session.connected(talk.now);
        if (step > 1)
            (void)talk.session.batch_came(talk.now, nothing(1));
        if (step > 2)
            (void)talk.session.answered(talk.now, took());
        if (step > 3)
            (void)talk.session.handed_back(talk.now);
        talk.now = talk.session.due_at();
        CHECK(only<HangUp>(talk.session.turn(talk.now)));
        CHECK_FALSE(talk.session.status().connected);
        CHECK_FALSE(talk.session.status().problem.empty());
        talk.now = talk.session.due_at();
        CHECK(only<Dial>(talk.session.turn(talk.now)));
    }
}

TEST_CASE("nothing happens before its time, and what comes out of turn is dropped") {
    Conversation talk;
    (void)talk.session.begin(talk.now);
    CHECK(talk.session.turn(talk.session.due_at() - milliseconds(1)).empty());
    CHECK(talk.session.answered(talk.now, took()).empty());
    CHECK(talk.session.batch_came(talk.now, nothing(1)).empty());
    CHECK(talk.session.handed_back(talk.now).empty());
    talk.open();
    CHECK(talk.session.connected(talk.now).empty());
    CHECK(talk.session.answered(talk.now, took()).empty());
}

TEST_CASE("delays double with each failure up to the maximum; half of each is random") {
    Conversation talk;
    (void)talk.session.begin(talk.now);
    core::Duration before{0};
    for (int failure = 0; failure < 12; ++failure) {
        (void)talk.session.disconnected(talk.now, "refused");
        const core::Duration least = talk.rest();
        CHECK(least >= before);
        CHECK(least <= UplinkTimes{}.back_off_max);
        before = least;
        talk.now = talk.session.due_at();
        (void)talk.session.turn(talk.now);
    }
    CHECK(before == UplinkTimes{}.back_off_max / 2);
    talk.drawn = 123'456'789;
    (void)talk.session.disconnected(talk.now, "refused");
    CHECK(talk.rest() > UplinkTimes{}.back_off_max / 2);
    CHECK(talk.rest() <= UplinkTimes{}.back_off_max);
}

TEST_CASE("a hub that is away for 30 days is dialled every few minutes to the end, and entries flow when it is back") {
    Conversation talk;
    talk.drawn = 5;
    (void)talk.session.begin(talk.now);
    std::uint64_t dials = 1;
    while (talk.now < hours(24 * 30)) {
        (void)talk.session.disconnected(talk.now, "refused");
        talk.now = talk.session.due_at();
        dials += only<Dial>(talk.session.turn(talk.now)) != nullptr ? 1 : 0;
    }
    CHECK(dials > 24 * 30 * 60 / 5);
    CHECK(dials < 24 * 30 * 60);
    REQUIRE(only<AskSpool>(talk.session.connected(talk.now)));
    REQUIRE(only<PushBatch>(talk.session.batch_came(talk.now, nothing(1))));
    REQUIRE(only<HandBack>(talk.session.answered(talk.now, took())));
    REQUIRE(only<AskSpool>(talk.session.handed_back(talk.now)));
    talk.push(2);
    (void)talk.session.answered(talk.now, took());
    (void)talk.session.handed_back(talk.now);
    (void)talk.session.disconnected(talk.now, "cut");
    CHECK(talk.rest() <= UplinkTimes{}.back_off_first);
}

TEST_CASE("a connection that opens and then fails with every push does not count as a success") {
    Conversation talk;
    core::Duration rest{0};
    for (int round = 0; round < 6; ++round) {
        (void)talk.session.begin(talk.now);
        (void)talk.session.connected(talk.now);
        (void)talk.session.batch_came(talk.now, nothing(1));
        (void)talk.session.answered(talk.now, took());
        (void)talk.session.handed_back(talk.now);
        talk.push(2);
        (void)talk.session.disconnected(talk.now, "reset");
        CHECK(talk.rest() > rest);
        rest = talk.rest();
        talk.now = talk.session.due_at();
    }
}

TEST_CASE("a hub that is full says when to come, and is asked again then, on the same connection, with less") {
    Conversation talk;
    talk.open();
    talk.push(2);
    CHECK(talk.session.refused(talk.now, PushRefusal::too_much, "disk full", seconds(90)).empty());
    CHECK(talk.rest() >= seconds(90));
    CHECK(talk.session.status().connected);
    CHECK(talk.session.status().problem == "disk full");
    talk.now = talk.session.due_at();
    const auto asked = talk.session.turn(talk.now);
    REQUIRE(only<AskSpool>(asked));
    CHECK(only<AskSpool>(asked)->sizes.facts_max == UplinkSizes{}.facts_max / 2);
    CHECK(only<AskSpool>(asked)->sizes.bytes_max == UplinkSizes{}.bytes_max / 2);
    talk.push(3);
    (void)talk.session.answered(talk.now, took());
    CHECK(only<AskSpool>(talk.session.handed_back(talk.now))->sizes.facts_max == UplinkSizes{}.facts_max);
    CHECK(talk.session.status().problem.empty());
}

TEST_CASE("no hub can keep an agent away for longer than retry_after_max") {
    Conversation talk;
    talk.open();
    talk.push(2);
    (void)talk.session.refused(talk.now, PushRefusal::too_much, "come next year", hours(9'000));
    CHECK(talk.rest() == UplinkTimes{}.retry_after_max);
}

TEST_CASE("what a hub does not understand is tried again rarely, and ever smaller, down to one entry") {
    Conversation talk;
    talk.open();
    UplinkSizes sizes;
    for (std::uint64_t number = 2; number < 40; ++number) {
        talk.push(number);
        (void)talk.session.refused(talk.now, PushRefusal::wrong, "invalid", std::nullopt);
        CHECK(talk.rest() >= UplinkTimes{}.back_off_max);
        talk.now = talk.session.due_at();
        const auto asked = talk.session.turn(talk.now);
        REQUIRE(only<AskSpool>(asked));
        sizes = only<AskSpool>(asked)->sizes;
    }
    CHECK(sizes.facts_max == 1);
    CHECK(sizes.counters_max == 1);
}

TEST_CASE("a hub that answers and takes nothing is not asked in a circle") {
    Conversation talk;
    talk.open();
    int pushes = 0;
    for (; pushes < 50; ++pushes) {
        talk.push(static_cast<std::uint64_t>(pushes) + 2);
        (void)talk.session.answered(talk.now, took_nothing());
        if (talk.session.handed_back(talk.now).empty())
            break;
    }
    CHECK(pushes < 6);
    CHECK(talk.rest() > core::Duration{0});
    CHECK_FALSE(talk.session.status().problem.empty());
}

TEST_CASE("a hub that says it takes what comes again and again is not asked in a circle") {
    Conversation talk;
    talk.open();
    int pushes = 0;
    for (; pushes < 50; ++pushes) {
        core::SpoolBatch again = batch_of(static_cast<std::uint64_t>(pushes) + 2, 10);
        again.facts.after = core::Position{7, 5};
        REQUIRE(only<PushBatch>(talk.session.batch_came(talk.now, again)));
        (void)talk.session.answered(talk.now, took());
        if (talk.session.handed_back(talk.now).empty())
            break;
    }
    CHECK(pushes < 7);
    CHECK(talk.rest() > core::Duration{0});
}

TEST_CASE("a spool that gives nothing keeps no heartbeat back") {
    Conversation talk;
    talk.open();
    CHECK(talk.session.no_batch(talk.now, "the disk fails").empty());
    CHECK(talk.session.status().problem == "the disk fails");
    bool beaten = false;
    while (!beaten && talk.now < minutes(3)) {
        talk.now = talk.session.due_at();
        REQUIRE(only<AskSpool>(talk.session.turn(talk.now)));
        const auto actions = talk.session.no_batch(talk.now, "the disk fails");
        beaten = !actions.empty() && only<PushBatch>(actions)->with_status;
    }
    REQUIRE(beaten);
    // Its answer is of no batch, and nobody gets it handed back.
    CHECK(talk.session.answered(talk.now, took()).empty());
    CHECK(talk.session.due_at() > talk.now);
}

TEST_CASE("when the hub last answered is known") {
    Conversation talk;
    CHECK_FALSE(talk.session.status().answered_at);
    talk.now = seconds(40);
    talk.open();
    CHECK(talk.session.status().answered_at == seconds(40));
    CHECK(talk.session.status().connected);
}
