#include "tools/hub/alerts/cloud_event_codec.hpp"

#include "proto/codec/text.hpp"

#include <boost/json.hpp>

namespace noodstop::alerts {
namespace {

namespace json = boost::json;

const char* type_word(AlertKind kind, bool ended) {
    switch (kind) {
        case AlertKind::tripped:
            return ended ? "trip_ended" : "tripped";
        case AlertKind::blind:
            return ended ? "blind_ended" : "blind_began";
        case AlertKind::disarmed:
            return ended ? "disarmed_ended" : "disarmed";
        case AlertKind::agent_missing:
            return ended ? "agent_returned" : "agent_missing";
    }
    return "changed";
}

// A part of a path by RFC 3986: everything but unreserved characters in percent form.
std::string percent_encoded(const std::string& text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        const bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        const bool is_plain = is_letter || (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_';
        if (is_plain)
            out += character;
        else
            out.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    return out;
}

void set_if_any(json::object& object, const char* name, const std::string& value) {
    if (!value.empty())
        object[name] = codec::valid_text(value);
}

json::object data_of(const Alert& alert) {
    json::object data{{"alert", to_text(alert.key.kind)}, {"agent", codec::valid_text(alert.key.agent)}};
    set_if_any(data, "tenant", alert.tenant.text);
    set_if_any(data, alert.key.kind == AlertKind::blind ? "provider" : "zone", alert.key.subject);
    data["began"] = time_text(alert.began);
    if (alert.ended)
        data["ended"] = time_text(*alert.ended);
    set_if_any(data, "reason", alert.reason);
    data["text"] = codec::valid_text(sentence_of(alert));
    return data;
}

}  // namespace

CloudEvent encode_cloud_event(const Alert& change, const CloudEventOptions& options) {
    const core::WallTime time = change.ended ? *change.ended : change.began;
    const std::string word = type_word(change.key.kind, change.ended.has_value());
    CloudEvent event;
    event.id =
        word + "/" + percent_encoded(change.key.subject) + "/" + std::to_string(change.began.since_epoch.count());
    json::object object{{"specversion", "1.0"},
                        {"id", event.id},
                        {"source", options.source + "/agents/" + percent_encoded(change.key.agent)},
                        {"type", options.type_prefix + word},
                        {"time", time_text(time)},
                        {"datacontenttype", "application/json"}};
    set_if_any(object, "subject", change.key.subject);
    object["data"] = data_of(change);
    event.body = json::serialize(object);
    return event;
}

}  // namespace noodstop::alerts
