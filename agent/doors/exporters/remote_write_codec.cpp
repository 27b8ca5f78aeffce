#include "agent/doors/exporters/remote_write_codec.hpp"

#include "agent/doors/exporters/series.hpp"
#include "noodstop/foreign/v1/remote_write.pb.h"
#include "proto/codec/text.hpp"

#include <algorithm>
#include <bit>
#include <chrono>

namespace noodstop::exporters {
namespace {

// The one NaN that means "this series ended" and not "not a number".
const double stale_marker = std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});

std::vector<Label> with_origin(std::vector<Label> labels, const PushOrigin& origin, const std::string& name) {
    labels.push_back({"__name__", name});
    labels.push_back({"job", codec::valid_text(origin.job)});
    labels.push_back({"instance", codec::valid_text(origin.instance)});
    std::erase_if(labels, [](const Label& label) { return label.value.empty(); });
    std::sort(labels.begin(), labels.end());
    return labels;
}

void add_points(const Series& series, foreign::v1::RemoteWriteSeries& wire) {
    const FigureUnit unit = definition_of(series.figure).unit;
    for (const SeriesPoint& point : series.points) {
        foreign::v1::RemoteWriteSample& sample = *wire.add_samples();
        sample.set_value(point.ended ? stale_marker : nearest_double(unit, point.raw));
        sample.set_unix_millis(std::chrono::floor<std::chrono::milliseconds>(point.at.since_epoch).count());
    }
}

}  // namespace

EncodedSamples encode_remote_write(const std::vector<Reading>& readings, const PushOrigin& origin) {
    EncodedSamples encoded;
    foreign::v1::RemoteWriteRequest request;
    for (const Series& series : series_of(readings, std::chrono::milliseconds(1))) {
        foreign::v1::RemoteWriteSeries& wire = *request.add_series();
        for (const Label& label : with_origin(series.labels, origin, sample_name(definition_of(series.figure)))) {
            foreign::v1::RemoteWriteLabel& wire_label = *wire.add_labels();
            wire_label.set_name(label.name);
            wire_label.set_value(label.value);
        }
        add_points(series, wire);
        encoded.sample_count += series.points.size();
    }
    encoded.bytes = request.SerializeAsString();
    return encoded;
}

}  // namespace noodstop::exporters
