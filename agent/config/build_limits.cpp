#include "agent/config/build_policy.hpp"
#include "agent/config/relations.hpp"

#include <algorithm>

namespace noodstop::config {
namespace {

// The value among `all` whose text this is. The schema lets no other text through.
template <class Enum>
Enum named(const std::string& text, std::initializer_list<Enum> all) {
    const auto found = std::find_if(all.begin(), all.end(), [&](Enum value) { return text == core::to_text(value); });
    return found == all.end() ? *all.begin() : *found;
}

std::optional<std::int64_t> threshold_of(const Entry& limit, std::string_view stage) {
    const auto micros = limit.number(stage);
    return micros ? threshold(limit, *micros) : std::nullopt;
}

void set_window(core::Limit& limit, const Entry& entry) {
    const auto text = entry.text("window");
    if (text == "day" || text == "month") {
        limit.window = text == "day" ? core::WindowKind::day : core::WindowKind::month;
        return;
    }
    limit.window = core::WindowKind::rolling;
    limit.window_length = duration_of(entry, "window");
}

void set_kind(core::Limit& limit, const Draft& draft, const Entry& entry) {
    switch (limit.kind) {
        case core::LimitKind::spend:
            set_window(limit, entry);
            limit.shed_to = {shed_to_of(draft, entry)};
            break;
        case core::LimitKind::rate:
            limit.shed_to = {shed_to_of(draft, entry)};
            break;
        case core::LimitKind::count:
            limit.counted =
                named(entry.text("counted"), {core::Counted::resources, core::Counted::vcpus, core::Counted::gpus});
            break;
        case core::LimitKind::allow:
            limit.regions = texts_of(entry, "regions");
            limit.skus = texts_of(entry, "skus");
            limit.kinds = texts_of(entry, "kinds");
            limit.allow_stage = named(entry.text("stage"), {core::Stage::stop, core::Stage::hold, core::Stage::warn});
            break;
    }
}

}  // namespace

std::vector<core::Limit> build_limits(const Draft& draft) {
    std::vector<core::Limit> limits;
    for (const auto& entry : draft.all("limits")) {
        core::Limit limit;
        limit.name = {entry.name()};
        limit.kind = named(entry.text("kind"), {core::LimitKind::spend, core::LimitKind::rate, core::LimitKind::count,
                                                core::LimitKind::allow});
        if (entry.has("tenant"))
            limit.tenant = core::TenantName{entry.text("tenant")};
        if (entry.has("zone"))
            limit.zone = core::ZoneName{entry.text("zone")};
        limit.warn = threshold_of(entry, "warn");
        limit.hold = threshold_of(entry, "hold");
        limit.stop = threshold_of(entry, "stop");
        if (entry.has("confirm"))
            limit.confirm = count_of(entry, "confirm");
        set_kind(limit, draft, entry);
        limits.push_back(std::move(limit));
    }
    return limits;
}

}  // namespace noodstop::config
