#include "tools/hub/alerts/alertmanager_session.hpp"

#include "tests/hub/alerts/samples.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::alerts;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

AlertmanagerSession::Options options() {
    AlertmanagerSession::Options options;
    options.send.target = "/api/v2/alerts";
    return options;
}

// A session, the book that it tells of, and their clock.
struct Bench {
    SendMoment moment() const { return {{now}, noon + now, {0}}; }
    void begin(const std::string& zone) { book.take_fact("box", zone_fact(core::FactKind::tripped, zone, noon + now)); }
    void end(const std::string& zone) { book.take_fact("box", zone_fact(core::FactKind::reset, zone, noon + now)); }

    AlertmanagerSession::Step next() {
        session.take_changes(book.take_changes());
        return session.next(book.standing(), moment());
    }
    SendRequest sends() {
        const auto step = next();
        REQUIRE(std::holds_alternative<SendRequest>(step));
        return std::get<SendRequest>(step);
    }
    json::array answers(unsigned status, std::vector<platform::HttpHeader> headers = {}) {
        const SendRequest sent = sends();
        session.take_response(sent.number, {status, std::move(headers), ""}, moment());
        return json::parse(sent.request.body).as_array();
    }
    core::Duration rests_for() {
        const auto step = next();
        REQUIRE(std::holds_alternative<RestUntil>(step));
        return std::get<RestUntil>(step).at->since_origin - now;
    }

    AlertBook book;
    AlertmanagerSession session{options()};
    core::Duration now = 100s;
};

std::vector<std::string> zones_of(const json::array& alerts) {
    std::vector<std::string> zones;
    for (const json::value& alert : alerts)
        zones.emplace_back(alert.at("labels").at("zone").as_string());
    return zones;
}

using Zones = std::vector<std::string>;

}  // namespace

TEST_CASE("what begins is told at once, and again every minute while it stands") {
    Bench bench;
    CHECK(bench.rests_for() == 60s);
    bench.now += 7s;
    bench.begin("dev");
    const SendRequest sent = bench.sends();
    CHECK(sent.request.target == "/api/v2/alerts");
    CHECK(platform::find_header(sent.request.headers, "Content-Type") == "application/json");
    bench.session.take_response(sent.number, {200, {}, ""}, bench.moment());
    CHECK(bench.rests_for() == 60s);
    bench.now += 60s;
    CHECK(zones_of(bench.answers(200)) == Zones{"dev"});
    CHECK(bench.session.status().accepted == 2);
}

TEST_CASE("an alert is told again long before the end that it was told with") {
    Bench bench;
    bench.begin("dev");
    const json::array told = bench.answers(200);
    const core::Duration rest = bench.rests_for();
    CHECK(told[0].at("endsAt").as_string() == time_text(noon + 100s + options().alerts.hold));
    CHECK(rest * 2 < options().alerts.hold);
}

TEST_CASE("an end is told once, with its time") {
    Bench bench;
    bench.begin("dev");
    bench.answers(200);
    bench.now += 5s;
    bench.end("dev");
    const json::array told = bench.answers(200);
    REQUIRE(told.size() == 1);
    CHECK(told[0].at("endsAt").as_string() == time_text(noon + 105s));
    CHECK(bench.rests_for() == 60s);
    bench.now += 60s;
    CHECK(bench.rests_for() == 60s);
}

TEST_CASE("an end that could not be told is told until it was, unless it began again") {
    Bench bench;
    bench.begin("dev");
    bench.begin("test");
    bench.answers(200);
    bench.end("dev");
    bench.end("test");
    bench.answers(503);
    CHECK(bench.rests_for() == 500ms);
    bench.now += 500ms;
    bench.begin("test");
    const json::array told = bench.answers(200);
    CHECK(zones_of(told) == Zones{"test", "dev"});
    CHECK(told[0].at("endsAt").as_string() == time_text(noon + bench.now + 1h));
    CHECK(told[1].at("endsAt").as_string() == time_text(noon + 100s));
}

TEST_CASE("what ends while it is being told is told as ended right after") {
    Bench bench;
    bench.begin("dev");
    const SendRequest sent = bench.sends();
    bench.end("dev");
    CHECK(std::holds_alternative<RestUntil>(bench.next()));
    bench.session.take_response(sent.number, {200, {}, ""}, bench.moment());
    CHECK(bench.answers(200)[0].at("endsAt").as_string() == time_text(noon + 100s));
}

TEST_CASE("news don't cut a back-off short") {
    Bench bench;
    bench.begin("dev");
    bench.answers(429, {{"Retry-After", "30"}});
    CHECK(bench.rests_for() == 30s);
    bench.begin("test");
    CHECK(bench.rests_for() == 30s);
    bench.now += 30s;
    CHECK(zones_of(bench.answers(200)) == Zones{"dev", "test"});
}

TEST_CASE("what is refused is counted and told again in the next round only") {
    Bench bench;
    bench.begin("dev");
    bench.answers(400);
    CHECK(bench.session.status().refused == 1);
    CHECK(bench.session.status().problem == "HTTP 400");
    CHECK(bench.rests_for() == 60s);
    bench.now += 60s;
    bench.answers(200);
    CHECK(bench.session.status().problem.empty());
}

TEST_CASE("an answer that never comes is given up, and one that comes too late changes nothing") {
    Bench bench;
    bench.begin("dev");
    const SendRequest first = bench.sends();
    bench.now += 40s;
    CHECK(bench.rests_for() == 500ms);
    bench.session.take_response(first.number, {200, {}, ""}, bench.moment());
    CHECK(bench.session.status().accepted == 0);
    bench.now += 500ms;
    const SendRequest second = bench.sends();
    bench.session.take_failure(first.number, "late", bench.moment());
    bench.session.take_failure(second.number, "connection refused", bench.moment());
    CHECK(bench.session.status().problem == "connection refused");
    CHECK(bench.session.status().failed_requests == 2);
}

TEST_CASE("many alerts are told in parts, all of them once in a round") {
    Bench bench;
    const std::size_t count = alerts_per_request_max * 2 + 3;
    for (std::size_t number = 0; number < count; ++number)
        bench.begin("zone" + std::to_string(number));
    CHECK(bench.answers(200).size() == alerts_per_request_max);
    CHECK(bench.answers(200).size() == alerts_per_request_max);
    CHECK(bench.answers(200).size() == 3);
    CHECK(bench.rests_for() == 60s);
    CHECK(bench.session.status().accepted == count);
}
