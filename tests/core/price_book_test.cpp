// What a unit costs, and how sure that is (DESIGN.md 4.4).
#include "agent/core/price_book.hpp"

#include "agent/core/policy_merge.hpp"

#include <doctest/doctest.h>

using namespace noodstop::core;
using namespace std::chrono_literals;

namespace {

Price price(std::string sku, std::string region, std::int64_t rate, Metric metric = Metric::running,
            std::string family = "") {
    return {std::move(sku), std::move(region), std::move(family), metric, {rate}, rate == 0};
}

PriceBook book(std::vector<Price> prices) {
    PriceList list;
    list.unknown_price = {999};
    list.prices = std::move(prices);
    return PriceBook(list);
}

std::int64_t running(const PriceBook& prices, Variety variety) {
    return prices.quote(variety).rates[static_cast<std::size_t>(Metric::running)].micros_per_hour;
}

ProviderPrices lab(std::vector<Price> prices) {
    return {{{"lab"}, book(std::move(prices)).list()}};
}

}  // namespace

TEST_CASE("the exact SKU in its region is charged first, then the SKU anywhere, then any SKU in the region") {
    const PriceBook prices =
        book({price("*", "*", 1), price("*", "west", 2), price("d4", "*", 3), price("d4", "west", 4)});
    CHECK(running(prices, {"d4", "", "west", ""}) == 4);
    CHECK(running(prices, {"d4", "", "east", ""}) == 3);
    CHECK(running(prices, {"d8", "", "west", ""}) == 2);
    CHECK(running(prices, {"d8", "", "east", ""}) == 1);
}

TEST_CASE("an unknown SKU is charged at the highest price of its family, else at the unknown price") {
    const PriceBook prices =
        book({price("d4", "*", 40, Metric::running, "D"), price("d8", "*", 80, Metric::running, "D"),
              price("n6", "*", 600, Metric::running, "N")});
    CHECK(running(prices, {"d96", "D", "west", ""}) == 80);
    CHECK(running(prices, {"x1", "X", "west", ""}) == 999);
    CHECK(running(prices, {"x1", "", "west", ""}) == 999);
    CHECK_FALSE(prices.quote({"d96", "D", "west", ""}).known);
}

TEST_CASE("a family that is only known as free says nothing about its other members") {
    CHECK(running(book({price("d0", "*", 0, Metric::running, "D")}), {"d96", "D", "", ""}) == 999);
}

TEST_CASE("a price for everybody's traffic doesn't make an unknown machine known") {
    const PriceBook prices = book({price("*", "*", 8, Metric::transfer), price("d4", "*", 40)});
    const Quote quote = prices.quote({"n6", "", "west", ""});
    CHECK_FALSE(quote.known);
    CHECK(quote.rates[static_cast<std::size_t>(Metric::running)] == HourlyRate{999});
    CHECK(quote.rates[static_cast<std::size_t>(Metric::transfer)] == HourlyRate{8});
    CHECK(running(prices, {"d4", "", "", ""}) == 40);
}

TEST_CASE("where only usage is priced, existing costs nothing") {
    const Quote quote = book({price("*", "*", 48, Metric::cpu)}).quote({"cgroup", "", "", ""});
    CHECK(quote.known);
    CHECK(quote.rates[static_cast<std::size_t>(Metric::running)] == HourlyRate{});
}

TEST_CASE("free is the only zero that counts as known") {
    CHECK(book({price("*", "*", 0)}).quote({"any", "", "", ""}).known);
    CHECK_FALSE(book({}).quote({"any", "", "", ""}).known);
    CHECK_FALSE(book({price("*", "*", 0)}).prices(Metric::running));
}

TEST_CASE("a list is stale once it is older than it may be") {
    PriceList list;
    list.as_of = WallTime{24h * 1000};
    list.stale_after = 24h * 35;
    CHECK_FALSE(PriceBook(list).stale(WallTime{24h * 1035}));
    CHECK(PriceBook(list).stale(WallTime{24h * 1035 + 1us}));
}

TEST_CASE("a changed, removed or overriding price is a change, a new SKU is none") {
    const auto before = lab({price("d4", "*", 40), price("*", "*", 8, Metric::transfer)});
    CHECK_FALSE(changes_prices(before, before));
    CHECK_FALSE(changes_prices(
        before, lab({price("d4", "*", 40), price("*", "*", 8, Metric::transfer), price("d8", "*", 80)})));
    CHECK(changes_prices(before, lab({price("d4", "*", 400), price("*", "*", 8, Metric::transfer)})));
    CHECK(changes_prices(before, lab({price("*", "*", 8, Metric::transfer)})));
    CHECK(changes_prices(before, lab({price("d4", "*", 40), price("*", "*", 80, Metric::transfer)})));
    CHECK(changes_prices(before,
                         lab({price("d4", "*", 40), price("d4", "west", 4000), price("*", "*", 8, Metric::transfer)})));
    CHECK(changes_prices(
        before, lab({price("d4", "*", 40), price("d4", "*", 7, Metric::cpu), price("*", "*", 8, Metric::transfer)})));
}

TEST_CASE("a row that overrides a price for every SKU is a change") {
    CHECK(changes_prices(lab({price("*", "*", 48, Metric::cpu)}),
                         lab({price("*", "*", 48, Metric::cpu), price("cgroup", "*", 48'000, Metric::cpu)})));
}

TEST_CASE("a provider that changes to another list is a change if that list has other prices") {
    const auto before = lab({price("d4", "*", 40)});
    auto renamed = before;
    renamed.begin()->second.name = {"next year"};
    CHECK_FALSE(changes_prices(before, renamed));
    renamed.begin()->second.prices.front().rate = {41};
    CHECK(changes_prices(before, renamed));
}
