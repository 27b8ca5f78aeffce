// The parts that views are made of, and the command line.
#include "tests/cli/examples.hpp"
#include "tools/cli/amounts.hpp"
#include "tools/cli/arguments.hpp"
#include "tools/cli/attention.hpp"
#include "tools/cli/style.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace noodstop;
using namespace noodstop::cli;
using namespace std::chrono_literals;

namespace {

Parsed parse(std::vector<const char*> texts) {
    texts.insert(texts.begin(), "noodstop");
    return parse_arguments(static_cast<int>(texts.size()), texts.data());
}

core::LimitStatus limit_of(core::LimitKind kind) {
    core::LimitStatus limit;
    limit.kind = kind;
    limit.currency = "EUR";
    return limit;
}

}  // namespace

TEST_CASE("a bar never lies about a limit that is reached") {
    CHECK(bar(0, 100) == "[..........]");
    CHECK(bar(99, 100) == "[#########.]");
    CHECK(bar(100, 100) == "[##########]");
    CHECK(bar(5000, 100) == "[##########]");
    CHECK(bar(-5, 100) == "[..........]");
    CHECK(bar(0, 0) == "[##########]");
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    CHECK(bar(most, most) == "[##########]");
    CHECK(percentage(most - 1, most) == "99%");
    CHECK(percentage(51'200'000, 50'000'000) == "102%");
}

TEST_CASE("columns line up whatever letters a name has") {
    const Style style{false};
    CHECK(table(style, {{{"A"}, {"B"}}, {{"b\xC3\xBCro"}, {"x"}}, {{"a\nb"}, {"y"}}}) ==
          "A       B\nb\xC3\xBCro    x\na\\x0ab  y\n");
    CHECK(table(style, {{{"N", Colour::alarm, true}, {""}}, {{"100", Colour::none, true}, {"z"}}}) == "  N\n100  z\n");
    CHECK(Style{true}.paint(Colour::alarm, "x") == "\x1b[1;31mx\x1b[0m");
    CHECK(Style{false}.paint(Colour::alarm, "x") == "x");
}

TEST_CASE("times are short") {
    CHECK(short_time(0s) == "0s");
    CHECK(short_time(-5s) == "0s");
    CHECK(short_time(800ms) == "800ms");
    CHECK(short_time(12s + 345ms) == "12s");
    CHECK(short_time(61s) == "1m1s");
    CHECK(short_time(3h + 5min + 7s) == "3h5m");
    CHECK(short_time(49h + 59min) == "2d1h");
    CHECK(short_time(core::Duration(3)) == "3us");
}

TEST_CASE("amounts are read exactly or not at all") {
    const auto spend = limit_of(core::LimitKind::spend);
    CHECK(parse_amount(spend, "80")->micros == 80'000'000);
    CHECK(parse_amount(spend, "80.5")->micros == 80'500'000);
    CHECK(parse_amount(spend, "0.000001")->micros == 1);
    CHECK(parse_amount(limit_of(core::LimitKind::count), "7")->micros == 7);
    CHECK(!parse_amount(limit_of(core::LimitKind::count), "7.0"));
    for (const char* wrong : {"", ".", "80.", ".5", "-1", "+1", "1e3", "80,5", "0.0000001", "80 ", " 80",
                              "9223372036854775807", "99999999999999999999"})
        CHECK_MESSAGE(!parse_amount(spend, wrong), wrong);
    CHECK(amount_text(spend, 12'500'000) == "12.50 EUR");
    CHECK(amount_text(limit_of(core::LimitKind::rate), 12'500'000) == "12.50 EUR/h");
    CHECK(amount_text(limit_of(core::LimitKind::count), 12) == "12");
    CHECK(amount_text(spend, 12'500'001) == "12.500001 EUR");
    CHECK(measured_text(spend, 12'500'001) == "12.51 EUR");
    CHECK(measured_text(spend, 999'999) == "0.999999 EUR");
    CHECK(measured_text(spend, core::money_max.micros) == amount_text(spend, core::money_max.micros));
    CHECK(measured_text(limit_of(core::LimitKind::count), 1'000'001) == "1000001");
}

TEST_CASE("a calm agent needs nobody, an alarmed one says why, alarms first") {
    CHECK(attention_in(calm_status()).empty());
    const auto list = attention_in(alarmed_status());
    REQUIRE(list.size() > 5);
    CHECK(list.front().is_alarm);
    CHECK(!list.back().is_alarm);
}

TEST_CASE("each of these alone needs a person") {
    const auto needs = [](auto change) {
        codec::StatusAnswer status = calm_status();
        change(status);
        return attention_in(status).size() == 1;
    };
    CHECK(needs([](auto& status) { status.age = 11s; }));
    CHECK(needs([](auto& status) { status.snapshot.durable = false; }));
    CHECK(needs([](auto& status) { status.snapshot.time_trusted = false; }));
    CHECK(needs([](auto& status) { status.snapshot.prices_pending = true; }));
    CHECK(needs([](auto& status) { status.snapshot.warnings = {"old prices"}; }));
    CHECK(needs([](auto& status) { status.snapshot.zones[0].state = core::BreakerState::disarmed; }));
    CHECK(needs([](auto& status) { status.snapshot.zones[0].state = core::BreakerState::tripped; }));
    CHECK(needs([](auto& status) { status.snapshot.zones[0].state = core::BreakerState::latched; }));
    CHECK(needs([](auto& status) { status.snapshot.zones[0].blind = true; }));
    CHECK(needs([](auto& status) { status.snapshot.zones[0].impaired = true; }));
    CHECK(needs([](auto& status) { status.snapshot.zones[0].overdue = true; }));
    CHECK(needs([](auto& status) { status.snapshot.zones[0].unproven = true; }));
    CHECK(needs([](auto& status) { status.snapshot.zones[0].held = true; }));
    CHECK(needs([](auto& status) { status.snapshot.zones[0].warned = true; }));
}

TEST_CASE("commands become requests") {
    const auto reset = parse({"--socket", "/x.sock", "reset", "dev", "--reason", "key changed", "--raise", "daily=80"});
    REQUIRE(!reset.exit);
    CHECK(reset.request.socket_path == "/x.sock");
    const auto& order = std::get<OrderRequest>(reset.request.command);
    CHECK(order.order.kind == core::OrderKind::reset);
    CHECK(order.order.zone.text == "dev");
    CHECK(order.order.reason == "key changed");
    CHECK(order.raise == "daily=80");

    const auto raise = parse({"raise", "daily=80", "--reason", "agreed", "--socket", "/y"});
    CHECK(std::get<OrderRequest>(raise.request.command).order.kind == core::OrderKind::raise);
    CHECK(raise.request.socket_path == "/y");
    const auto prices = parse({"acknowledge-prices", "--reason", "right"});
    CHECK(std::get<OrderRequest>(prices.request.command).order.kind == core::OrderKind::acknowledge_prices);
    const auto journal = parse({"journal", "--zone", "dev", "--after", "12", "--follow"});
    CHECK(std::get<JournalRequest>(journal.request.command).after == 12);
    CHECK(std::get<JournalRequest>(journal.request.command).follow);
    const auto status = parse({"status", "--check"});
    CHECK(std::get<StatusRequest>(status.request.command).check);
    CHECK(std::get<ConfigCheckRequest>(parse({"config", "check", "f.toml"}).request.command).file == "f.toml");
}

TEST_CASE("a wrong command line ends with exit code 2") {
    CHECK(parse({}).exit == Exit::usage);
    CHECK(parse({"dance"}).exit == Exit::usage);
    CHECK(parse({"trip", "dev"}).exit == Exit::usage);
    CHECK(parse({"trip", "--reason", "x"}).exit == Exit::usage);
    CHECK(parse({"journal", "--most", "0"}).exit == Exit::usage);
    CHECK(parse({"journal", "--most", "10001"}).exit == Exit::usage);
    CHECK(parse({"status", "--loud"}).exit == Exit::usage);
    CHECK(parse({"--help"}).exit == Exit::fine);
    CHECK(parse({"--version"}).exit == Exit::fine);
}
