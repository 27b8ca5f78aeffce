#include "agent/config/checks.hpp"
#include "agent/config/nearest.hpp"

#include <fmt/format.h>

#include <map>
#include <tuple>

namespace noodstop::config {
namespace {

void check_amount(const Scene& scene, const Entry& price) {
    const bool free = price.flag("free");
    const auto amount = price.number("price");
    if (!price.mentions("price") && !free && price.sound())
        scene.report.mistake(price.spot(), {price.path_of("price"), "is missing.",
                                            "Add price = \"0.05\" (per unit of the metric), or free = true."});
    if (amount == 0 && !free)
        scene.report.mistake(price.spot_of("price"),
                             {price.path_of("price"), "is 0 without free = true.",
                              "Write the true price, or add free = true if it really costs nothing."});
    if (amount.value_or(0) > 0 && free)
        scene.report.mistake(
            price.spot_of("free"),
            {price.path_of("free"), fmt::format("is true, but the price is {}.", core::to_text(core::Money{*amount})),
             "Leave out one of the two."});
}

using PriceId = std::tuple<std::string, std::string, std::string>;

void check_doubles(const Scene& scene, const Entry& list) {
    std::map<PriceId, int> first_lines;
    for (const auto& price : list.tables("prices")) {
        if (!price.has("metric") || !price.has("sku") || !price.has("region"))
            continue;
        const PriceId id{price.text("metric"), price.text("sku"), price.text("region")};
        const auto [found, is_new] = first_lines.emplace(id, price.spot().line);
        if (!is_new)
            scene.report.mistake(
                price.spot(), {price.path(),
                               fmt::format("prices {} of sku {} in region {} a second time; the first is in line {}.",
                                           price.text("metric"), in_quotes(price.text("sku")),
                                           in_quotes(price.text("region")), found->second),
                               "Leave out one of the two."});
    }
}

void remark_age(const Scene& scene, const Entry& list) {
    const auto as_of = list.number("as_of");
    const auto stale_after = list.number("stale_after");
    if (!scene.machine.now || !as_of || !stale_after)
        return;
    const auto age = scene.machine.now->since_epoch.count() - *as_of;
    if (age > *stale_after)
        scene.report.remark(
            list.spot_of("as_of"),
            {list.path_of("as_of"), "is longer ago than stale_after: the list is stale.", "Get a newer list."});
    if (age < 0)
        scene.report.remark(list.spot_of("as_of"), {list.path_of("as_of"), "is in the future.", "Check the date."});
}

}  // namespace

void check_price_lists(const Scene& scene) {
    for (const auto& list : scene.draft.all("price_lists")) {
        for (const auto& price : list.tables("prices"))
            check_amount(scene, price);
        check_doubles(scene, list);
        remark_age(scene, list);
        if (list.tables("prices").empty() && list.sound())
            scene.report.remark(list.spot(),
                                {list.path_of("prices"), "has no entry: everything is charged at unknown_price.",
                                 "Add the prices that are known."});
    }
}

}  // namespace noodstop::config
