#include "tools/cli/amounts.hpp"

#include <charconv>
#include <limits>

namespace noodstop::cli {
namespace {

constexpr std::size_t decimals_max = 6;

bool is_money(core::LimitKind kind) {
    return kind == core::LimitKind::spend || kind == core::LimitKind::rate;
}

std::optional<std::int64_t> parse_number(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool digits_only = text.find_first_not_of("0123456789") == std::string::npos;
    if (error != std::errc() || end != text.data() + text.size() || !digits_only)
        return std::nullopt;
    return value;
}

core::Money rounded_up(core::Money amount) {
    constexpr std::int64_t unit = 1'000'000;
    constexpr std::int64_t hundredth = unit / 100;
    const std::int64_t rest = amount.micros % hundredth;
    const bool is_wide = amount.micros >= unit && amount.micros <= core::money_max.micros - hundredth;
    return is_wide && rest > 0 ? core::Money{amount.micros - rest + hundredth} : amount;
}

std::string with_currency(const std::string& amount, const std::string& currency) {
    return currency.empty() ? amount : amount + " " + currency;
}

}  // namespace

std::string amount_text(const core::LimitStatus& limit, std::int64_t amount) {
    if (!is_money(limit.kind))
        return std::to_string(amount);
    const std::string text = with_currency(core::to_text(core::Money{amount}), limit.currency);
    return limit.kind == core::LimitKind::rate ? text + "/h" : text;
}

std::string measured_text(const core::LimitStatus& limit, std::int64_t amount) {
    return amount_text(limit, is_money(limit.kind) ? rounded_up({amount}).micros : amount);
}

std::string rate_text(core::HourlyRate rate, const std::string& currency) {
    return with_currency(money_text({rate.micros_per_hour}), currency) + "/h";
}

std::string money_text(core::Money amount) {
    return core::to_text(rounded_up(amount));
}

std::string short_time(core::Duration time) {
    if (time <= core::Duration::zero())
        return "0s";
    constexpr core::Duration steps[] = {std::chrono::hours(24), std::chrono::hours(1), std::chrono::minutes(1),
                                        std::chrono::seconds(1), std::chrono::milliseconds(1)};
    // Cut off what is smaller than the unit after the first that counts.
    for (std::size_t index = 0; index < std::size(steps); ++index) {
        if (time < steps[index])
            continue;
        const bool has_next = index + 1 < std::size(steps) && index < 3;
        const core::Duration unit = has_next ? steps[index + 1] : steps[index];
        return core::to_text(time - time % unit);
    }
    return core::to_text(time);
}

std::optional<core::Money> parse_amount(const core::LimitStatus& limit, const std::string& text) {
    const std::size_t point = text.find('.');
    const auto whole = parse_number(text.substr(0, point));
    if (!whole || (!is_money(limit.kind) && point != std::string::npos))
        return std::nullopt;
    if (!is_money(limit.kind))
        return core::Money{*whole};
    std::string decimals = point == std::string::npos ? "0" : text.substr(point + 1);
    if (decimals.size() > decimals_max || *whole > std::numeric_limits<std::int64_t>::max() / 1'000'000 - 1)
        return std::nullopt;
    decimals.resize(std::max(decimals.size(), decimals.empty() ? 0 : decimals_max), '0');
    const auto fraction = parse_number(decimals);
    if (!fraction)
        return std::nullopt;
    return core::Money{*whole * 1'000'000 + *fraction};
}

}  // namespace noodstop::cli
