#include "tools/hub/alerts/alert_book.hpp"

#include "tests/hub/alerts/samples.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::alerts;
using namespace std::chrono_literals;
using core::FactKind;

namespace {

core::Snapshot status_with(core::BreakerState state, bool blind) {
    core::Snapshot status;
    status.wall = noon + 60s;
    core::ZoneStatus zone;
    zone.name = {"dev"};
    zone.tenant = {"acme"};
    zone.state = state;
    zone.since_wall = noon;
    zone.reason = "because";
    status.zones = {zone};
    core::ProviderStatus provider;
    provider.name = {"lab"};
    provider.blind = blind;
    provider.look_age = 5min;
    status.providers = {provider};
    return status;
}

std::vector<AlertKind> kinds(const AlertBook& book) {
    std::vector<AlertKind> all;
    for (const auto& [key, alert] : book.standing())
        all.push_back(key.kind);
    return all;
}

using Kinds = std::vector<AlertKind>;

}  // namespace

TEST_CASE("a trip stands from its fact to the reset") {
    AlertBook book;
    book.take_fact("box", zone_fact(FactKind::tripped, "dev"));
    book.take_fact("box", zone_fact(FactKind::latched, "dev", noon + 90s));
    CHECK(book.take_changes() == std::vector<Alert>{trip_of("dev")});
    CHECK(book.take_changes().empty());
    book.take_fact("box", zone_fact(FactKind::reset, "dev", noon + 1h));
    CHECK(book.take_changes() == std::vector<Alert>{ended(trip_of("dev"), noon + 1h)});
    CHECK(book.standing().empty());
}

TEST_CASE("each way into and out of a closed breaker begins and ends its alert") {
    for (const FactKind closes : {FactKind::tripped, FactKind::latched, FactKind::latch_found})
        for (const FactKind opens : {FactKind::reset, FactKind::armed, FactKind::observing, FactKind::disarmed}) {
            AlertBook book;
            book.take_fact("box", zone_fact(closes, "dev"));
            CHECK(kinds(book) == Kinds{AlertKind::tripped});
            book.take_fact("box", zone_fact(opens, "dev", noon + 1s));
            CHECK(kinds(book) == (opens == FactKind::disarmed ? Kinds{AlertKind::disarmed} : Kinds{}));
        }
}

TEST_CASE("a disarmed zone stands until it is armed, observing or tripped") {
    for (const FactKind leaves : {FactKind::armed, FactKind::observing, FactKind::tripped}) {
        AlertBook book;
        book.take_fact("box", zone_fact(FactKind::disarmed, "dev"));
        CHECK(kinds(book) == Kinds{AlertKind::disarmed});
        book.take_fact("box", zone_fact(leaves, "dev", noon + 1s));
        CHECK(kinds(book) == (leaves == FactKind::tripped ? Kinds{AlertKind::tripped} : Kinds{}));
    }
}

TEST_CASE("blindness is of a provider, and says what the problem is") {
    AlertBook book;
    book.take_fact("box", provider_fact(FactKind::blind_began, "lab"));
    book.take_fact("box", provider_fact(FactKind::blind_began, "cloud"));
    book.take_fact("box", provider_fact(FactKind::blind_ended, "lab", noon + 5s));
    REQUIRE(book.standing().size() == 1);
    const Alert& alert = book.standing().begin()->second;
    CHECK(alert.key == AlertKey{AlertKind::blind, "box", "cloud"});
    CHECK(alert.reason == "no answer");
}

TEST_CASE("agents, zones and tenants don't end each other's alerts") {
    AlertBook book;
    book.take_fact("box", zone_fact(FactKind::tripped, "dev"));
    book.take_fact("box", zone_fact(FactKind::tripped, "test"));
    book.take_fact("other", zone_fact(FactKind::tripped, "dev"));
    book.take_fact("box", zone_fact(FactKind::reset, "dev"));
    CHECK(book.standing().size() == 2);
}

TEST_CASE("an agent is missing until it is back, and its other alerts stand meanwhile") {
    AlertBook book;
    book.take_fact("box", zone_fact(FactKind::tripped, "dev"));
    book.agent_missing("box", noon, noon + 10min);
    book.agent_missing("box", noon, noon + 11min);
    CHECK(kinds(book) == Kinds{AlertKind::tripped, AlertKind::agent_missing});
    book.take_changes();
    book.agent_returned("box", noon + 20min);
    book.agent_returned("box", noon + 21min);
    const auto changes = book.take_changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].began == noon);
    CHECK(changes[0].ended == noon + 20min);
}

TEST_CASE("a status begins what no fact told, and ends what is over") {
    AlertBook book;
    book.take_status("box", status_with(core::BreakerState::latched, true));
    CHECK(kinds(book) == Kinds{AlertKind::tripped, AlertKind::blind});
    CHECK(book.standing().begin()->second.began == noon);
    CHECK(std::next(book.standing().begin())->second.began == noon + 60s - 5min);
    book.take_status("box", status_with(core::BreakerState::disarmed, false));
    CHECK(kinds(book) == Kinds{AlertKind::disarmed});
    book.take_status("box", status_with(core::BreakerState::armed, false));
    CHECK(book.standing().empty());
}

TEST_CASE("what fact and status both tell is one alert, that of whoever came first") {
    AlertBook book;
    book.take_fact("box", zone_fact(FactKind::tripped, "dev", noon + 1s));
    book.take_status("box", status_with(core::BreakerState::tripped, false));
    const auto changes = book.take_changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].began == noon + 1s);
}

TEST_CASE("zones and providers that an agent no longer has leave their alerts, but a missing agent stays missing") {
    AlertBook book;
    book.take_fact("box", zone_fact(FactKind::disarmed, "old"));
    book.take_fact("box", provider_fact(FactKind::blind_began, "old"));
    book.take_fact("other", zone_fact(FactKind::disarmed, "old"));
    book.agent_missing("box", noon, noon);
    book.take_status("box", status_with(core::BreakerState::armed, false));
    CHECK(kinds(book) == Kinds{AlertKind::disarmed, AlertKind::agent_missing});
    CHECK(book.standing().begin()->first.agent == "other");
}

TEST_CASE("an end never lies before its beginning, whatever the clocks say") {
    AlertBook book;
    book.take_fact("box", zone_fact(FactKind::tripped, "dev"));
    book.take_fact("box", zone_fact(FactKind::reset, "dev", noon - 1h));
    CHECK(book.take_changes().back().ended == noon);
}

TEST_CASE("what stood in the store stands again and is no change") {
    AlertBook book({trip_of("dev")});
    CHECK(book.take_changes().empty());
    book.take_fact("box", zone_fact(FactKind::tripped, "dev", noon + 1s));
    CHECK(book.take_changes().empty());
    book.take_fact("box", zone_fact(FactKind::reset, "dev", noon + 2s));
    CHECK(book.take_changes() == std::vector<Alert>{ended(trip_of("dev"), noon + 2s)});
}

TEST_CASE("facts that are no alerts change nothing") {
    AlertBook book;
    for (int number = 0; number <= static_cast<int>(FactKind::facts_summarized); ++number) {
        const auto kind = static_cast<FactKind>(number);
        const bool begins = kind == FactKind::tripped || kind == FactKind::latched || kind == FactKind::latch_found ||
                            kind == FactKind::disarmed || kind == FactKind::blind_began;
        if (!begins)
            book.take_fact("box", zone_fact(kind, "dev"));
    }
    CHECK(book.standing().empty());
    book.take_fact("box", zone_fact(FactKind::tripped, ""));
    CHECK(book.standing().empty());
}
