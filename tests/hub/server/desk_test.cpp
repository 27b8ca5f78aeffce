#include "tools/hub/server/desk.hpp"

#include "tests/hub/server/desk_folder.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::hub;
using namespace std::chrono_literals;
using alerts::AlertKind;
using core::FactKind;

namespace {

constexpr core::WallTime noon{1'764'936'000s};

DeskMoment at(core::Duration after_noon) {
    return {{1h + after_noon}, noon + after_noon};
}

// A desk as after a start of the hub, and what it told.
struct Office {
    explicit Office(const DeskFolder& folder, core::Duration after_noon = 0s, DeskOptions options = {}) {
        auto store = Store::open(folder.path + "/hub.db");
        REQUIRE(store.ok());
        desk.emplace(std::move(*store), options,
                     DeskReports{[this](AlertNews came) { news.push_back(came); },
                                 [this](std::string line) { troubles.push_back(line); }, [](bool) {}});
        REQUIRE(desk->begin(at(after_noon)).ok());
    }

    core::HubAnswer take(const codec::Push& push, core::Duration after_noon) {
        const IntakeAnswer answer = desk->take(push, at(after_noon));
        REQUIRE(std::holds_alternative<core::HubAnswer>(answer));
        return std::get<core::HubAnswer>(answer);
    }

    std::vector<AlertKind> standing() const {
        std::vector<AlertKind> kinds;
        for (const auto& [key, alert] : *news.back().standing)
            kinds.push_back(key.kind);
        return kinds;
    }

    std::optional<Desk> desk;
    std::vector<AlertNews> news;
    std::vector<std::string> troubles;
};

using Kinds = std::vector<AlertKind>;

// Facts about zone dev with numbers from `first` on.
codec::Push push_of(std::uint64_t first, const std::vector<FactKind>& kinds) {
    codec::Push push;
    push.agent = "box";
    core::FactRun& run = push.batch.facts;
    run.epoch = 7;
    if (first > 1)
        run.after = core::Position{7, first - 1};
    for (const FactKind kind : kinds) {
        core::RecordedFact recorded;
        recorded.sequence = first++;
        recorded.fact.kind = kind;
        recorded.fact.wall = noon;
        recorded.fact.zone = {"dev"};
        recorded.fact.tenant = {"acme"};
        run.facts.push_back(recorded);
    }
    run.last = kinds.empty() ? 0 : first - 1;
    return push;
}

codec::Push push_of_status(core::BreakerState state) {
    codec::Push push;
    push.agent = "box";
    push.status.emplace();
    push.status->wall = noon;
    core::ZoneStatus zone;
    zone.name = {"dev"};
    zone.tenant = {"acme"};
    zone.currency = "EUR";
    zone.state = state;
    push.status->zones = {zone};
    return push;
}

}  // namespace

TEST_CASE("what facts begin stands after a restart, and ends with the fact that ends it") {
    const DeskFolder folder;
    {
        Office office(folder);
        office.take(push_of(1, {FactKind::armed, FactKind::tripped}), 1s);
        CHECK(office.standing() == Kinds{AlertKind::tripped});
    }
    Office office(folder, 1min);
    CHECK(office.standing() == Kinds{AlertKind::tripped});
    CHECK(office.news.back().changes.empty());
    office.take(push_of(3, {FactKind::reset}), 2min);
    CHECK(office.standing().empty());
    CHECK(office.news.back().changes.size() == 1);
}

TEST_CASE("an end that came shortly before a restart is told again after it") {
    const DeskFolder folder;
    {
        Office office(folder);
        office.take(push_of(1, {FactKind::tripped, FactKind::reset}), 1s);
    }
    {
        Office office(folder, 1min);
        REQUIRE(office.news.size() == 1);
        REQUIRE(office.news.front().changes.size() == 1);
        CHECK(office.news.front().changes.front().ended.has_value());
        CHECK(office.standing().empty());
        office.desk->beat(at(3h));
    }
    CHECK(Office(folder, 4h).news.front().changes.empty());
}

TEST_CASE("facts that are here already begin nothing a second time") {
    const DeskFolder folder;
    Office office(folder);
    const codec::Push old = push_of(1, {FactKind::tripped, FactKind::reset});
    office.take(old, 1s);
    const std::size_t told = office.news.size();
    CHECK(office.take(old, 2s).facts.taken);
    CHECK(office.news.size() == told);
}

TEST_CASE("facts that do not follow what is here are not taken and alert nobody") {
    const DeskFolder folder;
    Office office(folder);
    const std::size_t told = office.news.size();
    CHECK(!office.take(push_of(5, {FactKind::tripped}), 1s).facts.taken);
    CHECK(office.news.size() == told);
}

TEST_CASE("a status puts right what no fact told") {
    const DeskFolder folder;
    Office office(folder);
    office.take(push_of_status(core::BreakerState::disarmed), 1s);
    CHECK(office.standing() == Kinds{AlertKind::disarmed});
    office.take(push_of_status(core::BreakerState::armed), 2s);
    CHECK(office.standing().empty());
}

TEST_CASE("an agent is missing after its silence, once, and until it is heard again") {
    const DeskFolder folder;
    Office office(folder, 0s, {.missing_after = 5min});
    office.take(push_of(1, {FactKind::armed}), 1s);
    office.desk->beat(at(5min));
    CHECK(office.news.size() == 1);
    office.desk->beat(at(5min + 2s));
    office.desk->beat(at(5min + 3s));
    REQUIRE(office.news.size() == 2);
    CHECK(office.standing() == Kinds{AlertKind::agent_missing});
    CHECK(office.news.back().changes.front().began == noon + 1s);
    CHECK(office.desk->list({}, noon + 6min)->front().missing);
    office.take(push_of(2, {}), 7min);
    CHECK(office.standing().empty());
    CHECK(!office.desk->list({}, noon + 7min)->front().missing);
}

TEST_CASE("a hub that was away gives each agent the whole time again, and forgets no missing one") {
    const DeskFolder folder;
    const DeskOptions options{.missing_after = 5min};
    Office(folder, 0s, options).take(push_of(1, {FactKind::armed}), 1s);
    {
        Office office(folder, 2h, options);
        office.desk->beat(at(2h + 4min));
        CHECK(office.news.size() == 1);
        office.desk->beat(at(2h + 5min + 1s));
        CHECK(office.standing() == Kinds{AlertKind::agent_missing});
        CHECK(office.news.back().changes.front().began == noon + 1s);
    }
    Office office(folder, 4h, options);
    CHECK(office.standing() == Kinds{AlertKind::agent_missing});
    office.desk->beat(at(4h + 1s));
    CHECK(office.standing() == Kinds{AlertKind::agent_missing});
}

TEST_CASE("events wait in the store until they are forgotten by their number") {
    const DeskFolder folder;
    {
        Office office(folder, 0s, {.keeps_notices = true});
        office.take(push_of(1, {FactKind::tripped, FactKind::reset}), 1s);
    }
    Office office(folder, 1min, {.keeps_notices = true});
    const auto notices = office.desk->notices(0, 10);
    REQUIRE(notices.ok());
    REQUIRE(notices->size() == 2);
    CHECK(notices->front().event.id.starts_with("tripped/dev/"));
    CHECK(office.desk->forget_notice(notices->front().number).ok());
    CHECK(office.desk->notices(0, 10)->size() == 1);
    CHECK(office.desk->notices(notices->back().number, 10)->empty());
}

TEST_CASE("without a webhook no event is kept") {
    const DeskFolder folder;
    Office office(folder);
    office.take(push_of(1, {FactKind::tripped}), 1s);
    CHECK(office.desk->notices(0, 10)->empty());
}

TEST_CASE("a push that is not in order is refused and wakes nobody") {
    const DeskFolder folder;
    Office office(folder, 0s, {.missing_after = 5min});
    office.take(push_of(1, {FactKind::armed}), 1s);
    codec::Push push = push_of(2, {FactKind::tripped});
    push.batch.facts.last = 9;
    const IntakeAnswer answer = office.desk->take(push, at(4min));
    REQUIRE(std::holds_alternative<Refusal>(answer));
    CHECK(std::get<Refusal>(answer).kind == RefusalKind::invalid);
    office.desk->beat(at(5min + 2s));
    CHECK(office.standing() == Kinds{AlertKind::agent_missing});
}

TEST_CASE("what is older than the retention is forgotten") {
    const DeskFolder folder;
    Office office(folder, 0s, {.retention = 24h});
    office.take(push_of(1, {FactKind::armed}), 1s);
    office.desk->beat(at(25h));
    CHECK(office.desk->agent("box", {}, noon + 25h)->events.empty());
}

TEST_CASE("an owner's view has its tenant's zones, burn and totals, and nothing of another's") {
    const DeskFolder folder;
    Office office(folder);
    codec::Push push = push_of_status(core::BreakerState::armed);
    push.status->zones.push_back(push.status->zones.front());
    push.status->zones.back().name = {"lab"};
    push.status->zones.back().tenant = {"umbrella"};
    push.status->warnings = {"a warning of the machine"};
    push.batch.samples.epoch = 7;
    push.batch.samples.line = 3;
    push.batch.samples.last = 1;
    core::Counter counter;
    counter.name.tenant = {"acme"};
    counter.name.currency = "EUR";
    counter.value = {5};
    core::Counter other = counter;
    other.name.tenant = {"umbrella"};
    push.batch.samples.samples = {{1, noon, {counter, other}}};
    office.take(push, 1s);

    const auto all = office.desk->list({}, noon + 2s);
    REQUIRE(all.ok());
    CHECK(all->front().zones.size() == 2);
    CHECK(all->front().burn.front().accrued == core::Money{10});
    const auto own = office.desk->agent("box", {core::TenantName{"acme"}}, noon + 2s);
    REQUIRE(own.ok());
    CHECK(own->summary.zones.size() == 1);
    CHECK(own->summary.burn.front().accrued == core::Money{5});
    CHECK(own->totals.size() == 1);
    CHECK(own->status->zones.size() == 1);
    CHECK(own->status->warnings.empty());
    CHECK(office.desk->list({core::TenantName{"nobody"}}, noon + 2s)->empty());
}
