#include "tools/hub/alerts/alert.hpp"

#include "agent/core/name_table.hpp"

namespace noodstop::alerts {
namespace {

constexpr auto kind_words = std::to_array<core::NamedValue<AlertKind>>({
    {AlertKind::tripped, "tripped"},
    {AlertKind::blind, "blind"},
    {AlertKind::disarmed, "disarmed"},
    {AlertKind::agent_missing, "agent_missing"},
});
static_assert(core::is_in_order(kind_words));

constexpr std::size_t fraction_digits = 6;

}  // namespace

const char* to_text(AlertKind kind) {
    return core::name_in(kind_words, kind);
}

std::string sentence_of(const Alert& alert) {
    const AlertKey& key = alert.key;
    switch (key.kind) {
        case AlertKind::tripped:
            return "zone " + key.subject + " of " + key.agent + " is tripped";
        case AlertKind::blind:
            return "provider " + key.subject + " of " + key.agent + " can't be seen";
        case AlertKind::disarmed:
            return "zone " + key.subject + " of " + key.agent + " is disarmed";
        case AlertKind::agent_missing:
            return "agent " + key.agent + " is missing";
    }
    return key.agent;
}

std::string time_text(core::WallTime time) {
    constexpr std::int64_t second = 1'000'000;
    const std::int64_t rest = time.since_epoch.count() % second;
    std::string text = core::to_text(time);
    if (rest == 0)
        return text;
    std::string fraction = std::to_string(rest < 0 ? rest + second : rest);
    fraction.insert(0, fraction_digits - fraction.size(), '0');
    return text.insert(text.size() - 1, "." + fraction);
}

}  // namespace noodstop::alerts
