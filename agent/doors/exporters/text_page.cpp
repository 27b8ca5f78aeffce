#include "agent/doors/exporters/text_page.hpp"

#include "agent/doors/exporters/accept.hpp"
#include "agent/doors/exporters/series.hpp"

#include <algorithm>

namespace noodstop::exporters {
namespace {

std::string escaped(const std::string& text) {
    std::string out;
    for (const char character : text) {
        if (character == '\n') {
            out += "\\n";
            continue;
        }
        if (character == '\\' || character == '"')
            out += '\\';
        out += character;
    }
    return out;
}

const char* type_word(FigureType type, TextFormat format) {
    switch (type) {
        case FigureType::counter:
            return "counter";
        case FigureType::gauge:
            return "gauge";
        case FigureType::state_set:
            return format == TextFormat::openmetrics ? "stateset" : "gauge";
        case FigureType::info:
            return format == TextFormat::openmetrics ? "info" : "gauge";
    }
    return "unknown";
}

// OpenMetrics describes the family, plain text the name that samples carry.
std::string header_of(const FigureDefinition& definition, TextFormat format) {
    const bool is_open = format == TextFormat::openmetrics;
    const std::string name = is_open ? std::string(definition.family) : sample_name(definition);
    std::string text = "# TYPE " + name + " " + type_word(definition.type, format) + "\n";
    const std::string_view unit = openmetrics_unit(definition);
    if (is_open && !unit.empty())
        text += "# UNIT " + name + " " + std::string(unit) + "\n";
    return text + "# HELP " + name + " " + definition.help + "\n";
}

std::string labels_text(const std::vector<Label>& labels) {
    if (labels.empty())
        return {};
    std::string text;
    for (const Label& label : labels)
        text += (text.empty() ? "{" : ",") + label.name + "=\"" + escaped(label.value) + "\"";
    return text + "}";
}

// Whose state a series of a state set tells: its labels without the state itself.
std::vector<Label> subject_of(const Series& series) {
    std::vector<Label> subject = series.labels;
    std::erase_if(subject, [&](const Label& label) { return label.name == definition_of(series.figure).family; });
    return subject;
}

// The states of one subject stand together (OpenMetrics: metrics are not interleaved).
void group_by_subject(std::vector<Series>& all) {
    const auto is_state = [](const Series& series) {
        return definition_of(series.figure).type == FigureType::state_set;
    };
    for (auto begin = all.begin(); begin != all.end();) {
        const auto end =
            std::find_if(begin, all.end(), [&](const Series& series) { return series.figure != begin->figure; });
        if (is_state(*begin))
            std::stable_sort(begin, end, [](const Series& left, const Series& right) {
                return subject_of(left) < subject_of(right);
            });
        begin = end;
    }
}

}  // namespace

TextFormat chosen_format(std::string_view accept) {
    const Preferences preferences = preferences_of(accept);
    const bool wants_open = preferences.openmetrics > 0 && preferences.openmetrics >= preferences.plain;
    return wants_open ? TextFormat::openmetrics : TextFormat::plain;
}

const char* content_type(TextFormat format) {
    return format == TextFormat::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                             : "text/plain; version=0.0.4; charset=utf-8";
}

std::string text_page(const std::vector<Reading>& readings, TextFormat format) {
    std::vector<Series> all = series_of(readings, core::Duration(1));
    group_by_subject(all);
    std::string page;
    std::optional<Figure> before;
    for (const Series& series : all) {
        const SeriesPoint& latest = series.points.back();
        if (latest.ended)
            continue;
        const FigureDefinition& definition = definition_of(series.figure);
        if (before != series.figure)
            page += header_of(definition, format);
        before = series.figure;
        page += sample_name(definition) + labels_text(series.labels) + " " + decimal_text(definition.unit, latest.raw) +
                "\n";
    }
    return format == TextFormat::openmetrics ? page + "# EOF\n" : page;
}

}  // namespace noodstop::exporters
