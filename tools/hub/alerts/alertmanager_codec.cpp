#include "tools/hub/alerts/alertmanager_codec.hpp"

#include "proto/codec/text.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace noodstop::alerts {
namespace {

namespace json = boost::json;

const char* alert_name(AlertKind kind) {
    switch (kind) {
        case AlertKind::tripped:
            return "NoodstopTripped";
        case AlertKind::blind:
            return "NoodstopBlind";
        case AlertKind::disarmed:
            return "NoodstopDisarmed";
        case AlertKind::agent_missing:
            return "NoodstopAgentMissing";
    }
    return "Noodstop";
}

// Where nothing stops any more, or something was stopped, somebody has to get up.
const char* severity(AlertKind kind) {
    return kind == AlertKind::tripped || kind == AlertKind::agent_missing ? "critical" : "warning";
}

void add_label(json::object& labels, const char* name, const std::string& value) {
    if (!value.empty())
        labels[name] = codec::valid_text(value);
}

json::object labels_of(const Alert& alert) {
    json::object labels{{"alertname", alert_name(alert.key.kind)}, {"severity", severity(alert.key.kind)}};
    add_label(labels, "agent", alert.key.agent);
    add_label(labels, "tenant", alert.tenant.text);
    add_label(labels, alert.key.kind == AlertKind::blind ? "provider" : "zone", alert.key.subject);
    return labels;
}

json::object object_of(const Alert& alert, const AlertmanagerOptions& options, core::WallTime now) {
    // An end before the beginning would be refused, and an agent's clock may be ahead.
    const core::WallTime began = std::min(alert.began, now);
    const core::WallTime end = alert.ended ? std::max(std::min(*alert.ended, now), began) : now + options.hold;
    json::object annotations{{"summary", codec::valid_text(sentence_of(alert))}};
    add_label(annotations, "description", alert.reason);
    json::object object{{"labels", labels_of(alert)},
                        {"annotations", std::move(annotations)},
                        {"startsAt", time_text(began)},
                        {"endsAt", time_text(end)}};
    add_label(object, "generatorURL", options.generator_url);
    return object;
}

}  // namespace

std::string encode_alertmanager(std::span<const Alert> alerts, const AlertmanagerOptions& options, core::WallTime now) {
    json::array array;
    for (const Alert& alert : alerts)
        array.emplace_back(object_of(alert, options, now));
    return json::serialize(array);
}

}  // namespace noodstop::alerts
