// Nothing is lost while the hub is away, however small the spool.
#include "tests/outage/outage.hpp"

#include "tests/journal/support.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::outage;
using namespace std::chrono_literals;

namespace {

OutageFigures live(OutagePlan plan) {
    const journal::testing::TemporaryFolder folder(journal::testing::Medium::memory);
    plan.folder = folder.path();
    return live_outage(plan);
}

void check_nothing_is_lost(const OutageFigures& figures) {
    CHECK(figures.problem == "");
    CHECK(figures.facts_missing == 0);
    CHECK(figures.facts_wrong == 0);
    CHECK(figures.totals_wrong == 0);
    CHECK(figures.gaps == 0);
}

}  // namespace

TEST_CASE("while the hub is away for days a full spool thins samples and loses no fact and no total") {
    OutagePlan plan{.length = 48h, .resources = 60, .facts_per_day = 2'000, .spool_bytes_max = 1 << 20};
    const OutageFigures figures = live(plan);
    check_nothing_is_lost(figures);
    CHECK(figures.samples_recorded == 48 * 60);
    CHECK(figures.samples_thinned > 1'000);
    CHECK(figures.facts_recorded > 3'000);
    CHECK(figures.counters > 250);  // of resources that have ended, too
    CHECK(figures.spool_bytes <= plan.spool_bytes_max);
    CHECK(figures.dials > 48 * 60 / 8);  // it has gone on trying
}

TEST_CASE("after a short outage every sample comes") {
    const OutageFigures figures = live({.length = 1h, .resources = 1'500, .facts_per_day = 4'800});
    check_nothing_is_lost(figures);
    CHECK(figures.samples_recorded == 2 * 60);  // more than a thousand counters are two
    CHECK(figures.samples_thinned == 0);
    CHECK(figures.facts_recorded > 100);
}
