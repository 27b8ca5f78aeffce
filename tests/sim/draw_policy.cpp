#include "tests/sim/draw_policy.hpp"

#include <algorithm>
#include <array>

namespace noodstop::sim {
namespace {

using core::Lever;
using std::chrono::hours;
using std::chrono::seconds;

constexpr Duration day = hours(24);

core::Price price(const char* sku, core::Metric metric, std::int64_t rate) {
    return {.sku = sku, .region = "*", .family = "", .metric = metric, .rate = {rate}, .free = false};
}

Prices draw_prices(Random& random) {
    Prices prices;
    prices.small = random.between(1, 9) * 100'000;
    prices.small += random.between(0, 99'999);
    prices.large = random.between(20, 90) * 1'000'000;
    prices.large += random.between(0, 999'999);
    prices.cpu = random.between(1, 5) * 1'000'000 + 333'333;
    prices.memory = random.between(1, 9) * 10'000;
    prices.unknown = prices.large + 1'000'000;
    return prices;
}

core::ProviderPolicy draw_provider(Random& random, std::size_t index, const Plan& plan) {
    core::ProviderPolicy provider;
    provider.name = {std::string("cloud") + static_cast<char>('a' + index)};
    provider.settings = core::CgroupSettings{"/" + provider.name.text};
    provider.price_list = {"list" + std::to_string(index)};
    provider.poll_interval = plan.poll_interval;
    provider.look_deadline = plan.poll_interval * random.between(1, 2);
    provider.blind_after = plan.poll_interval * 3;
    provider.blind_rate = {plan.prices[index].large * random.between(1, 4)};
    provider.resources_max = random.chance(150) ? 12 : 1000;
    return provider;
}

core::Runbook draw_runbook(Random& random, Duration poll_interval) {
    core::Runbook runbook;
    runbook.name = {"stop"};
    const Duration deadline = std::max<Duration>(seconds(1), poll_interval / random.between(1, 4));
    if (random.chance(600))
        runbook.stop.push_back({Lever::shut_down, deadline});
    runbook.stop.push_back({Lever::power_off, deadline});
    runbook.hold = {{Lever::suspend, deadline}};
    runbook.retry_first = std::chrono::milliseconds(500);
    runbook.retry_max = poll_interval * random.between(1, 2);
    runbook.overdue_after = deadline * 4;
    return runbook;
}

void draw_baseline(Random& random, const core::ProviderName& provider, core::Mandate& mandate) {
    core::ProtectedResource kept{provider, {"keep-1"}, std::nullopt};
    if (random.chance(300))
        kept.rate_max = core::HourlyRate{10'000'000};
    mandate.protected_resources.push_back(kept);
    core::BaselineSelector base;
    base.provider = provider;
    base.prefix = "base-";
    base.exact = false;
    if (random.chance(500))
        base.count_max = 3;
    if (random.chance(300))
        base.rate_max = core::HourlyRate{20'000'000};
    mandate.baseline.push_back(base);
}

core::Mandate draw_mandate(Random& random, bool calm, const core::ZonePolicy& zone, const Plan& plan) {
    core::Mandate mandate;
    mandate.id = {"m-" + zone.name.text};
    mandate.tenant = zone.tenant;
    mandate.scope = {zone.name};
    mandate.owner = "the owner";
    mandate.valid_from = plan.wall_at_start - day;
    mandate.valid_until = plan.wall_at_start + day * 300;
    if (!calm && random.chance(60))
        mandate.valid_until = plan.wall_at_start + plan.poll_interval * random.between(3, 40);
    std::vector<Lever> levers{Lever::power_off, Lever::shut_down, Lever::suspend, Lever::start};
    if (!calm && random.chance(80))
        levers.erase(levers.begin() + static_cast<std::ptrdiff_t>(random.below(levers.size())));
    for (const core::ProviderName& provider : zone.providers) {
        mandate.grants.push_back({provider, levers});
        draw_baseline(random, provider, mandate);
    }
    mandate.baseline_may_be_shed = random.chance(350);
    mandate.bills_may_stop = random.chance(300);
    mandate.baseline_stops_per_hour_max = static_cast<std::uint32_t>(random.between(1, 4));
    mandate.loosening_quorum = random.chance(300) ? 2 : 1;
    return mandate;
}

core::ZonePolicy draw_zone(Random& random, bool calm, const char* name, Plan& plan) {
    core::ZonePolicy zone;
    zone.name = {name};
    zone.tenant = {"acme"};
    zone.runbook = {"stop"};
    zone.mandate = {std::string("m-") + name};
    zone.mode = core::ZoneMode::armed;
    zone.calm = static_cast<std::uint32_t>(random.between(2, 6));
    if (!calm && random.chance(120)) {
        zone.mode = core::ZoneMode::observing;
        zone.observe_until = plan.wall_at_start + plan.poll_interval * random.between(1, 60);
    } else if (!calm && random.chance(30)) {
        zone.mode = core::ZoneMode::disarmed;
    }
    return zone;
}

core::Limit spend_limit(Random& random, const char* name, const Plan& plan) {
    core::Limit limit;
    limit.name = {name};
    limit.kind = core::LimitKind::spend;
    const std::int64_t attack_rate = plan.prices[0].large * 4 + plan.prices[0].small * 8;
    const std::int64_t stop = static_cast<std::int64_t>(Wide{attack_rate} * plan.attack_headroom.count() / hour_micros);
    limit.stop = std::max<std::int64_t>(stop, 1000);
    if (random.chance(700))
        limit.warn = *limit.stop / 2;
    if (random.chance(300))
        limit.hold = *limit.stop * 3 / 4;
    switch (random.below(3)) {
        case 0:
            limit.window = core::WindowKind::rolling;
            limit.window_length = plan.poll_interval * random.between(30, 600);
            break;
        case 1:
            limit.window = core::WindowKind::month;
            break;
        default:
            limit.window = core::WindowKind::day;
    }
    if (random.chance(200))
        limit.shed_to = {plan.prices[0].small * 4};
    return limit;
}

core::Limit other_limit(Random& random, const char* name, const Plan& plan) {
    core::Limit limit;
    limit.name = {name};
    limit.confirm = static_cast<std::uint32_t>(random.between(1, 3));
    switch (random.below(3)) {
        case 0:
            limit.kind = core::LimitKind::rate;
            limit.stop = plan.prices[0].large * random.between(1, 6);
            if (random.chance(300))
                limit.hold = *limit.stop / 2;
            limit.shed_to = {random.chance(500) ? plan.prices[0].small * 6 : 0};
            break;
        case 1:
            limit.kind = core::LimitKind::count;
            limit.counted = static_cast<core::Counted>(random.below(3));
            limit.stop = random.between(4, 14);
            if (random.chance(300))
                limit.hold = *limit.stop - 2;
            break;
        default:
            limit.kind = core::LimitKind::allow;
            limit.regions = {"west"};
            if (random.chance(500))
                limit.skus = {"small", "metered", "odd"};
            limit.allow_stage = random.chance(700) ? core::Stage::stop : core::Stage::hold;
    }
    return limit;
}

void cover(core::Limit limit, bool whole_tenant, const core::ZoneName& zone, core::Policy& policy) {
    if (whole_tenant)
        limit.tenant = core::TenantName{"acme"};
    else
        limit.zone = zone;
    policy.limits.push_back(std::move(limit));
}

void draw_limits(Random& random, Plan& plan) {
    core::Policy& policy = plan.policy;
    if (random.chance(850)) {
        const bool whole_tenant = random.chance(300);
        cover(spend_limit(random, "spend", plan), whole_tenant, policy.zones[0].name, policy);
    }
    if (random.chance(400) || policy.limits.empty()) {
        const bool whole_tenant = random.chance(200);
        cover(other_limit(random, "other", plan), whole_tenant, policy.zones[0].name, policy);
    }
    if (policy.zones.size() > 1)
        cover(random.chance(600) ? spend_limit(random, "second", plan) : other_limit(random, "second", plan), false,
              policy.zones[1].name, policy);
}

void draw_ceilings(Random& random, core::Policy& policy) {
    for (core::Mandate& mandate : policy.mandates)
        for (const core::Limit& limit : policy.limits)
            if (limit.stop && random.chance(700))
                mandate.ceilings.push_back({limit.name, {*limit.stop * 3}});
}

}  // namespace

core::Calendar calendar_around(core::WallTime wall) {
    core::Calendar calendar;
    const std::int64_t today = wall.since_epoch / day;
    for (std::int64_t index = today - 3; index <= today + 45; ++index)
        calendar.days.push_back({index * day});
    for (std::int64_t month = today / 30 - 1; month <= today / 30 + 3; ++month)
        calendar.months.push_back({month * 30 * day});
    return calendar;
}

core::PriceList price_list(const std::string& name, const Prices& prices, core::WallTime as_of) {
    core::PriceList list;
    list.name = {name};
    list.currency = "EUR";
    list.as_of = as_of;
    list.unknown_price = {prices.unknown};
    list.prices = {price("small", core::Metric::running, prices.small),
                   price("large", core::Metric::running, prices.large), price("metered", core::Metric::cpu, prices.cpu),
                   price("metered", core::Metric::memory, prices.memory)};
    return list;
}

void draw_policy(Random& random, bool calm, Plan& plan) {
    constexpr std::array<std::int64_t, 4> polls{2, 5, 15, 60};
    plan.poll_interval = seconds(random.pick(polls));
    plan.attack_headroom = plan.poll_interval * random.between(2, 8);
    const Duration past_the_hour = seconds(random.between(0, 3'599));
    plan.wall_at_start = {day * first_day + hours(random.between(0, 23)) + past_the_hour};
    if (random.chance(300))  // midnight comes during the life
        plan.wall_at_start = {day * (first_day + 1) - plan.poll_interval * random.between(2, 12)};
    core::Policy& policy = plan.policy;
    policy.agent.name = "sim";
    policy.agent.state_folder = "/state";
    policy.agent.calm_interval = plan.poll_interval;
    policy.agent.checkpoint_interval = plan.poll_interval * random.between(2, 12);
    policy.tenants = {{{"acme"}, "EUR"}};
    policy.runbooks = {draw_runbook(random, plan.poll_interval)};
    const std::size_t clouds = random.chance(300) ? 2 : 1;
    for (std::size_t index = 0; index < clouds; ++index) {
        plan.prices.push_back(draw_prices(random));
        policy.providers.push_back(draw_provider(random, index, plan));
        policy.price_lists.push_back(
            price_list(policy.providers[index].price_list.text, plan.prices[index], plan.wall_at_start));
    }
    policy.zones.push_back(draw_zone(random, calm, "dev", plan));
    policy.zones[0].providers = {policy.providers[0].name};
    if (random.chance(250))
        policy.zones.push_back(draw_zone(random, calm, "lab", plan));
    if (policy.zones.size() > 1)
        policy.zones[1].providers = {policy.providers.back().name};  // with one cloud: both zones see it
    else if (clouds > 1)
        policy.zones[0].providers.push_back(policy.providers[1].name);
    for (core::ZonePolicy& zone : policy.zones) {
        policy.mandates.push_back(draw_mandate(random, calm, zone, plan));
        if (!calm && random.chance(20)) {
            zone.mandate = {};
            zone.mode = core::ZoneMode::disarmed;
        }
    }
    draw_limits(random, plan);
    draw_ceilings(random, policy);
}

}  // namespace noodstop::sim
