#include "agent/doors/exporters/otlp_codec.hpp"
#include "agent/doors/exporters/otlp_wire.hpp"
#include "agent/doors/exporters/series.hpp"

namespace noodstop::exporters {
namespace {

namespace v1 = foreign::v1;

constexpr std::uint32_t no_recorded_value = 1;  // bit of a point's flags

// Attributes of metrics are in our namespace, except that a state's is named like its metric.
std::string attribute_key(const std::string& label, const FigureDefinition& definition) {
    return label == definition.family ? definition.otlp_name : "noodstop." + label;
}

void set_point(const SeriesPoint& point, const FigureDefinition& definition, v1::OtlpPoint& wire) {
    wire.set_unix_nanos(unix_nanos(point.at));
    if (point.since && definition.type == FigureType::counter)
        wire.set_start_unix_nanos(unix_nanos(*point.since));
    if (point.ended)
        wire.set_flags(no_recorded_value);
    else if (definition.unit == FigureUnit::pieces)
        wire.set_whole(point.raw);
    else
        wire.set_real(nearest_double(definition.unit, point.raw));
}

void describe(const FigureDefinition& definition, v1::OtlpMetric& metric) {
    metric.set_name(definition.otlp_name);
    metric.set_description(definition.help);
    metric.set_unit(otlp_unit(definition));
    if (definition.type != FigureType::counter)
        return;
    metric.mutable_sum()->set_temporality(v1::OTLP_TEMPORALITY_CUMULATIVE);
    metric.mutable_sum()->set_is_monotonic(true);
}

void add_points(const Series& series, v1::OtlpMetric& metric) {
    const FigureDefinition& definition = definition_of(series.figure);
    for (const SeriesPoint& point : series.points) {
        v1::OtlpPoint& wire = definition.type == FigureType::counter ? *metric.mutable_sum()->add_points()
                                                                     : *metric.mutable_gauge()->add_points();
        set_point(point, definition, wire);
        for (const Label& label : series.labels)
            add_attribute(*wire.mutable_attributes(), attribute_key(label.name, definition), label.value);
    }
}

}  // namespace

OtlpMessage encode_otlp_metrics(const std::vector<Reading>& readings, const PushOrigin& origin) {
    v1::OtlpMetricsRequest request;
    v1::OtlpResourceMetrics& of_resource = *request.add_resource_metrics();
    set_resource(*of_resource.mutable_resource(), origin);
    v1::OtlpScopeMetrics& of_scope = *of_resource.add_scope_metrics();
    set_scope(*of_scope.mutable_scope(), origin);
    OtlpMessage message;
    std::optional<Figure> before;
    for (const Series& series : series_of(readings, core::Duration(1))) {
        if (!definition_of(series.figure).otlp_name)
            continue;
        if (before != series.figure)
            describe(definition_of(series.figure), *of_scope.add_metrics());
        before = series.figure;
        add_points(series, *of_scope.mutable_metrics(of_scope.metrics_size() - 1));
        message.item_count += series.points.size();
    }
    message.bytes = request.SerializeAsString();
    return message;
}

}  // namespace noodstop::exporters
