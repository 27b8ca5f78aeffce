// What Alertmanager and webhooks get. That a real Alertmanager takes it is shown by
// tests/integration/receivers_test.py.
#include "tests/hub/alerts/samples.hpp"
#include "tools/hub/alerts/alertmanager_codec.hpp"
#include "tools/hub/alerts/cloud_event_codec.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::alerts;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

json::value alertmanager_json(const Alert& alert, core::WallTime now = noon + 10s) {
    AlertmanagerOptions options;
    options.generator_url = "https://hub/";
    return json::parse(encode_alertmanager(std::vector<Alert>{alert}, options, now)).at(0);
}

std::string text_at(const json::value& value, const char* pointer) {
    return std::string(value.at_pointer(pointer).as_string());
}

const std::vector<Alert> one_of_each{trip_of("dev"),
                                     {{AlertKind::blind, "box", "lab"}, {}, noon, {}, "no answer"},
                                     {{AlertKind::disarmed, "box", "dev"}, {"acme"}, noon, {}, ""},
                                     {{AlertKind::agent_missing, "box", ""}, {}, noon, {}, ""}};

}  // namespace

TEST_CASE("a standing alert says what and whose it is, since when, and that it goes on") {
    const json::value alert = alertmanager_json(trip_of("dev"));
    CHECK(json::serialize(alert.at("labels")) ==
          R"({"alertname":"NoodstopTripped","severity":"critical","agent":"box","tenant":"acme","zone":"dev"})");
    CHECK(text_at(alert, "/annotations/summary") == "zone dev of box is tripped");
    CHECK(text_at(alert, "/annotations/description") == "limit daily reached");
    CHECK(text_at(alert, "/startsAt") == "2025-12-05T12:00:00Z");
    CHECK(text_at(alert, "/endsAt") == "2025-12-05T13:00:10Z");
    CHECK(text_at(alert, "/generatorURL") == "https://hub/");
}

TEST_CASE("an alert that ended has its end, and the labels that it had while it stood") {
    const json::value standing = alertmanager_json(trip_of("dev"));
    const json::value over = alertmanager_json(ended(trip_of("dev"), noon + 1us));
    CHECK(text_at(over, "/endsAt") == "2025-12-05T12:00:00.000001Z");
    CHECK(over.at("labels") == standing.at("labels"));
}

TEST_CASE("an agent whose clock is ahead can't make an alert that begins after its end, or ends in the future") {
    const json::value early = alertmanager_json(ended(trip_of("dev", noon + 1h), noon + 2h), noon);
    CHECK(text_at(early, "/startsAt") == "2025-12-05T12:00:00Z");
    CHECK(text_at(early, "/endsAt") == "2025-12-05T12:00:00Z");
}

TEST_CASE("alerts of each kind have names and labels of their own") {
    const json::value array = json::parse(encode_alertmanager(one_of_each, {}, noon));
    CHECK(text_at(array, "/1/labels/alertname") == "NoodstopBlind");
    CHECK(text_at(array, "/1/labels/provider") == "lab");
    CHECK(text_at(array, "/2/labels/alertname") == "NoodstopDisarmed");
    CHECK(text_at(array, "/2/labels/zone") == "dev");
    CHECK(text_at(array, "/3/labels/alertname") == "NoodstopAgentMissing");
    CHECK(!array.at(3).at("labels").as_object().contains("zone"));
    CHECK(!array.at(3).as_object().contains("generatorURL"));
    CHECK(encode_alertmanager({}, {}, noon) == "[]");
}

TEST_CASE("a cloud event has what the specification requires, and data for programs and people") {
    const CloudEvent event = encode_cloud_event(trip_of("dev"), {});
    const json::value value = json::parse(event.body);
    CHECK(text_at(value, "/specversion") == "1.0");
    CHECK(text_at(value, "/id") == event.id);
    CHECK(text_at(value, "/source") == "/noodstop-hub/agents/box");
    CHECK(text_at(value, "/type") == "noodstop.v1.tripped");
    CHECK(text_at(value, "/subject") == "dev");
    CHECK(text_at(value, "/time") == "2025-12-05T12:00:00Z");
    CHECK(text_at(value, "/datacontenttype") == "application/json");
    CHECK(json::serialize(value.at("data")) ==
          R"({"alert":"tripped","agent":"box","tenant":"acme","zone":"dev","began":"2025-12-05T12:00:00Z",)"
          R"("reason":"limit daily reached","text":"zone dev of box is tripped"})");
}

TEST_CASE("beginning and end, and each kind, are events of a type of their own") {
    std::vector<std::string> types;
    for (const Alert& alert : one_of_each) {
        types.push_back(text_at(json::parse(encode_cloud_event(alert, {}).body), "/type"));
        types.push_back(text_at(json::parse(encode_cloud_event(ended(alert, noon + 1s), {}).body), "/type"));
    }
    CHECK(types == std::vector<std::string>{"noodstop.v1.tripped", "noodstop.v1.trip_ended", "noodstop.v1.blind_began",
                                            "noodstop.v1.blind_ended", "noodstop.v1.disarmed",
                                            "noodstop.v1.disarmed_ended", "noodstop.v1.agent_missing",
                                            "noodstop.v1.agent_returned"});
}

TEST_CASE("the same change has the same id, another one another id") {
    const std::string id = encode_cloud_event(trip_of("dev"), {}).id;
    CHECK(encode_cloud_event(trip_of("dev"), {}).id == id);
    CHECK(encode_cloud_event(trip_of("test"), {}).id != id);
    CHECK(encode_cloud_event(trip_of("dev", noon + 1us), {}).id != id);
    CHECK(encode_cloud_event(ended(trip_of("dev"), noon), {}).id != id);
}

TEST_CASE("names from outside can't break URI, JSON or UTF-8") {
    Alert alert = trip_of("d\"e\\v\xff");
    alert.key.agent = "b x/?\xc3\xbc";
    const json::value value = json::parse(encode_cloud_event(alert, {}).body);
    CHECK(text_at(value, "/source") == "/noodstop-hub/agents/b%20x%2F%3F%C3%BC");
    CHECK(text_at(value, "/data/zone") == "d\"e\\v\\xff");
    CHECK(text_at(alertmanager_json(alert), "/labels/zone") == "d\"e\\v\\xff");
}

TEST_CASE("times before 1970 are written right too") {
    CHECK(time_text({core::Duration(-1)}) == "1969-12-31T23:59:59.999999Z");
    CHECK(time_text({core::Duration(1'500'000)}) == "1970-01-01T00:00:01.500000Z");
}
