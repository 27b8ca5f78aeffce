// The page for scrapers. That promtool, Prometheus and the reference parser of OpenMetrics read it is shown by
// tests/integration/receivers_test.py.
#include "agent/doors/exporters/text_page.hpp"

#include "tests/doors/exporters/samples.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::exporters;

namespace {

std::vector<Reading> few_readings() {
    Reading ended = reading_of(resource_counter("gone", 3, noon));
    ended.ended = true;
    return {make_reading({Figure::zone_state, noon, 1}, {{"noodstop_zone_state", "armed"}, {"zone", "b"}}),
            make_reading({Figure::zone_state, noon, 0}, {{"noodstop_zone_state", "armed"}, {"zone", "a"}}),
            make_reading({Figure::zone_state, noon, 1}, {{"noodstop_zone_state", "tripped"}, {"zone", "a"}}),
            make_reading({Figure::zone_state, noon, 0}, {{"noodstop_zone_state", "tripped"}, {"zone", "b"}}),
            reading_of(resource_counter("a\"b\\c\nd", 51'200'000, noon)),
            ended,
            make_reading({Figure::zone_reaction, noon, 90'500'000}, {}),
            make_reading({Figure::agent, noon, 1}, {{"version", "0.1.0"}})};
}

}  // namespace

TEST_CASE("OpenMetrics: families once each, subjects together, escaped labels, exact numbers, and the end") {
    CHECK(text_page(few_readings(), TextFormat::openmetrics) ==
          R"(# TYPE noodstop_agent info
# HELP noodstop_agent Name and version of the agent.
noodstop_agent_info{version="0.1.0"} 1
# TYPE noodstop_zone_state stateset
# HELP noodstop_zone_state State of the breaker.
noodstop_zone_state{noodstop_zone_state="armed",zone="a"} 0
noodstop_zone_state{noodstop_zone_state="tripped",zone="a"} 1
noodstop_zone_state{noodstop_zone_state="armed",zone="b"} 1
noodstop_zone_state{noodstop_zone_state="tripped",zone="b"} 0
# TYPE noodstop_zone_reaction_seconds gauge
# UNIT noodstop_zone_reaction_seconds seconds
# HELP noodstop_zone_reaction_seconds Time from a look to the observed stop with which exposure is computed.
noodstop_zone_reaction_seconds 90.5
# TYPE noodstop_resource_cost counter
# HELP noodstop_resource_cost Money charged for the resource since it was first seen.
noodstop_resource_cost_total{currency="EUR",provider="lab",resource="a\"b\\c\nd",tenant="acme",zone="dev"} 51.2
# EOF
)");
}

TEST_CASE("plain text: types that it knows, under the names of the samples, and no end") {
    const std::string page = text_page(few_readings(), TextFormat::plain);
    CHECK(page.find("# TYPE noodstop_agent_info gauge\n") != std::string::npos);
    CHECK(page.find("# TYPE noodstop_zone_state gauge\n") != std::string::npos);
    CHECK(page.find("# TYPE noodstop_resource_cost_total counter\n") != std::string::npos);
    CHECK(page.find("# UNIT") == std::string::npos);
    CHECK(page.find("# EOF") == std::string::npos);
    CHECK(page.ends_with(" 51.2\n"));
}

TEST_CASE("of a figure that was read several times the page shows the latest, and nothing of what has ended") {
    Reading early = reading_of(zone_counter("dev", 1'000'000, noon - std::chrono::seconds(1)));
    Reading late = reading_of(zone_counter("dev", 2'000'000, noon));
    const std::string page = text_page({late, early}, TextFormat::plain);
    CHECK(page.find("} 2\n") != std::string::npos);
    CHECK(page.find("} 1\n") == std::string::npos);
    late.ended = true;
    CHECK(text_page({late, early}, TextFormat::plain).empty());
    CHECK(text_page({}, TextFormat::openmetrics) == "# EOF\n");
}

TEST_CASE("OpenMetrics is for those who ask for it and want it no less than plain text") {
    const std::pair<const char*, TextFormat> table[] = {
        {"", TextFormat::plain},
        {"*/*", TextFormat::plain},
        {"text/html,application/xhtml+xml,*/*;q=0.8", TextFormat::plain},
        {"application/openmetrics-text", TextFormat::openmetrics},
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
         "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         TextFormat::openmetrics},
        {"Application/OpenMetrics-Text ; Version=1.0.0 ; Q=0.5 , text/plain;q=0.4", TextFormat::openmetrics},
        {"application/openmetrics-text;version=2.0.0,text/plain", TextFormat::plain},
        {"application/openmetrics-text;q=0.4,text/plain;q=0.5", TextFormat::plain},
        {"application/openmetrics-text;q=0.4,text/*;q=0.5", TextFormat::plain},
        {"application/openmetrics-text;q=0.4,text/plain;q=0.3,*/*", TextFormat::openmetrics},
        {"application/openmetrics-text;q=0", TextFormat::plain},
        {"application/openmetrics-text;q=nonsense", TextFormat::plain},
        {"application/openmetrics-text;q=1.5,text/plain;q=1", TextFormat::openmetrics},
        {";;,,=;q=,", TextFormat::plain},
    };
    for (const auto& [accept, format] : table)
        CHECK_MESSAGE(chosen_format(accept) == format, accept);
    CHECK(std::string(content_type(TextFormat::openmetrics)) ==
          "application/openmetrics-text; version=1.0.0; charset=utf-8");
    CHECK(std::string(content_type(TextFormat::plain)) == "text/plain; version=0.0.4; charset=utf-8");
}
