#include "agent/doors/silence_watch.hpp"

#include <doctest/doctest.h>

using noodstop::doors::SilenceWatch;
using namespace std::chrono_literals;
using News = SilenceWatch::News;

TEST_CASE("silence is told once when it has lasted, and its end once") {
    SilenceWatch watch(5min);
    CHECK(watch.look(4min, 0s) == News::none);
    CHECK(watch.look(5min, 0s) == News::missing);
    CHECK(watch.look(6min, 0s) == News::none);
    CHECK(watch.look(7min, 6min + 30s) == News::returned);
    CHECK(watch.look(8min, 6min + 30s) == News::none);
    CHECK(watch.look(12min, 6min + 30s) == News::missing);
}

TEST_CASE("who answers in time is never told of") {
    SilenceWatch watch(5min);
    for (auto now = 0min; now < 60min; now += 4min)
        CHECK(watch.look(now, now) == News::none);
}
