#include "tests/config/support.hpp"

namespace noodstop::config {
namespace {

std::string with_price(const std::string& price) {
    return edited(minimal, "price = \"0.048\" }]", "price = \"0.048\" },\n" + price + "]");
}

}  // namespace

TEST_CASE("zero is only said with free = true") {
    check_only_mistake(with_price("{ metric = \"memory\", price = 0 }"),
                       {"memory", "price_lists.own.prices[2].price", "is 0 without free = true"});
    check_only_mistake(with_price("{ metric = \"memory\" }"),
                       {"memory", "price_lists.own.prices[2].price", "is missing"});
    check_only_mistake(with_price("{ metric = \"memory\", price = \"0.01\", free = true }"),
                       {"memory", "price_lists.own.prices[2].free", "but the price is 0.01"});
    check_loads(with_price("{ metric = \"memory\", free = true }"));
    check_loads(with_price("{ metric = \"memory\", price = 0, free = true }"));
}

TEST_CASE("prices are exact and not negative") {
    check_only_mistake(with_price("{ metric = \"memory\", price = 0.01 }"),
                       {"memory", "price_lists.own.prices[2].price", "is 0.01, a number with a point"});
    check_only_mistake(with_price("{ metric = \"memory\", price = \"-0.01\" }"),
                       {"memory", "price_lists.own.prices[2].price", "is negative"});
    check_only_mistake(with_price("{ metric = \"memory\", price = \"0.0000001\" }"),
                       {"memory", "price_lists.own.prices[2].price", "more than six decimals"});
    check_only_mistake(with_price("{ metric = \"disk\", price = \"0.01\" }"),
                       {"disk", "price_lists.own.prices[2].metric", "\"disk\" is not one of its words"});
    check_only_mistake(edited(minimal, "unknown_price = \"2\"", "unknown_price = 0"),
                       {"unknown_price", "price_lists.own.unknown_price", "0 is too small"});
    check_only_mistake(edited(minimal, "unknown_price = \"2\"", "unknown_price = inf"),
                       {"unknown_price", "price_lists.own.unknown_price", "a number with a point"});
}

TEST_CASE("nothing is priced twice") {
    check_only_mistake(
        with_price("{ metric = \"cpu\", price = \"0.05\" }"),
        {"\"0.05\"", "price_lists.own.prices[2]", "prices cpu of sku \"*\" in region \"*\" a second time"});
    check_loads(with_price("{ metric = \"cpu\", region = \"eu\", price = \"0.05\" }"));
    check_loads(with_price("{ metric = \"cpu\", sku = \"cgroup\", price = \"0.05\" }"));
}

TEST_CASE("prices may be tables of their own") {
    auto text = edited(
        minimal, "prices = [{ metric = \"cpu\", price = \"0.048\" }]",
        "[[price_lists.own.prices]]\nmetric = \"cpu\"\nprice = 1\n[[price_lists.own.prices]]\nprice = 0 # second");
    check_only_mistake(text, {"price = 0", "price_lists.own.prices[2].price", "is 0 without free"});
    const auto loaded = load(edited(text, "price = 0 #", "price = \"0.5\"\nfamily = \"d\" #"));
    REQUIRE(loaded.ok());
    const auto& prices = loaded.policy.price_lists[0].prices;
    REQUIRE(prices.size() == 2);
    CHECK(prices[0].metric == core::Metric::cpu);
    CHECK(prices[1].metric == core::Metric::running);
    CHECK(prices[1].rate.micros_per_hour == 500'000);
    CHECK(prices[1].sku == "*");
    CHECK(prices[1].family == "d");
}

TEST_CASE("old and future price lists are remarked") {
    auto machine = test_machine();
    machine.now = core::WallTime{std::chrono::hours(24 * 30)};
    CHECK(has_remark(load(minimal, machine), "price_lists.own.as_of", "is in the future"));
    machine.now = core::WallTime{std::chrono::hours(24 * 365 * 60)};
    CHECK(has_remark(load(minimal, machine), "price_lists.own.as_of", "is stale"));
}

}  // namespace noodstop::config
