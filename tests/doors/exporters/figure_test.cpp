// The catalogue follows the conventions of those who read it, and its description is true.
#include "agent/doors/exporters/figure.hpp"

#include "tests/doors/exporters/samples.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

using namespace noodstop::exporters;

namespace {

// What OpenTelemetry's rules make of a metric's name and unit for Prometheus
// (opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics).
std::string translated(const FigureDefinition& definition) {
    const std::map<std::string, std::string> words{{"s", "_seconds"}, {"{currency}/h", "_per_hour"}};
    std::string name = std::regex_replace(definition.otlp_name, std::regex(R"(\.)"), "_");
    const auto word = words.find(otlp_unit(definition));
    if (word != words.end())
        name += word->second;
    return definition.type == FigureType::counter ? name + "_total" : name;
}

const char* word_of(FigureType type) {
    switch (type) {
        case FigureType::counter:
            return "counter";
        case FigureType::gauge:
            return "gauge";
        case FigureType::state_set:
            return "states";
        case FigureType::info:
            return "info";
    }
    return "";
}

const char* word_of(FigureUnit unit) {
    switch (unit) {
        case FigureUnit::pieces:
            return "";
        case FigureUnit::seconds:
            return "seconds";
        case FigureUnit::money:
            return "currency unit";
        case FigureUnit::money_per_hour:
            return "currency unit per hour";
    }
    return "";
}

std::map<Figure, std::set<std::string>> labels_in_use() {
    std::map<Figure, std::set<std::string>> labels;
    for (const Reading& reading : readings_of_everything()) {
        std::set<std::string>& names = labels[reading.figure];  // none is a set too
        for (const Label& label : reading.labels)
            names.insert(label.name);
    }
    return labels;
}

std::string readme_row(const FigureDefinition& definition, const std::set<std::string>& labels) {
    std::string list;
    for (const std::string& label : labels)
        list += (list.empty() ? "" : ", ") + (label == definition.family ? "itself" : label);
    const std::string unit = word_of(definition.unit);
    const std::string otlp = definition.otlp_name ? "`" + std::string(definition.otlp_name) + "`" : "";
    return "| `" + sample_name(definition) + "` | " + otlp + " | " + word_of(definition.type) + " | " + unit + " | " +
           list + " | " + definition.help + " |";
}

std::string readme() {
    std::ostringstream text;
    text << std::ifstream("agent/doors/exporters/README.md").rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("names are of the form that Prometheus and OpenTelemetry want, and each is there once") {
    std::set<std::string> names;
    for (const FigureDefinition& definition : all_figures()) {
        CHECK_MESSAGE(std::regex_match(definition.family, std::regex("noodstop(_[a-z]+)+")), definition.family);
        CHECK_MESSAGE(names.insert(sample_name(definition)).second, definition.family);
        if (definition.otlp_name)
            CHECK(std::regex_match(definition.otlp_name, std::regex(R"(noodstop\.[a-z]+\.[a-z_]+)")));
    }
}

TEST_CASE("the Prometheus name is what OpenTelemetry's rules make of the OpenTelemetry name") {
    for (const FigureDefinition& definition : all_figures())
        if (definition.otlp_name)
            CHECK(translated(definition) == sample_name(definition));
}

TEST_CASE("every help is a sentence that needs no escaping") {
    for (const FigureDefinition& definition : all_figures())
        CHECK_MESSAGE(std::regex_match(definition.help, std::regex(R"([A-Z0-9][^"\\\n|]+\.)")), definition.help);
}

TEST_CASE("a unit that is told stands at the end of the name") {
    for (const FigureDefinition& definition : all_figures())
        CHECK(std::string(definition.family).ends_with(openmetrics_unit(definition)));
}

TEST_CASE("every figure is exported, and every label name is usual") {
    const auto labels = labels_in_use();
    const std::set<std::string> usual{"agent", "version", "tenant",   "zone",     "limit",   "provider",
                                      "kind",  "stage",   "resource", "currency", "exporter"};
    for (const FigureDefinition& definition : all_figures())
        CHECK_MESSAGE(labels.contains(definition.figure), definition.family);
    for (const auto& [figure, names] : labels)
        for (const std::string& name : names)
            CHECK((usual.contains(name) || name == definition_of(figure).family));
}

TEST_CASE("README.md of the exporters tells of every figure as it is") {
    const std::string text = readme();
    const auto labels = labels_in_use();
    for (const FigureDefinition& definition : all_figures()) {
        const auto found = labels.find(definition.figure);
        const std::string row = readme_row(definition, found == labels.end() ? std::set<std::string>() : found->second);
        CHECK_MESSAGE(text.find(row + "\n") != std::string::npos, row);
    }
}
