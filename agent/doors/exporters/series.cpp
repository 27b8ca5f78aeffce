#include "agent/doors/exporters/series.hpp"

#include <algorithm>
#include <map>

namespace noodstop::exporters {
namespace {

using SeriesKey = std::pair<Figure, const std::vector<Label>*>;

struct KeyOrder {
    bool operator()(const SeriesKey& left, const SeriesKey& right) const {
        return left.first != right.first ? left.first < right.first : *left.second < *right.second;
    }
};

std::vector<SeriesPoint> points_of(std::vector<const Reading*> readings, core::Duration step) {
    const auto step_number = [&](const Reading& reading) {
        const core::Duration at = reading.at.since_epoch;
        return at / step - (at % step < core::Duration(0) ? 1 : 0);
    };
    std::stable_sort(readings.begin(), readings.end(), [&](const Reading* left, const Reading* right) {
        return step_number(*left) < step_number(*right);
    });
    std::vector<SeriesPoint> points;
    for (std::size_t index = 0; index < readings.size(); ++index) {
        const Reading& reading = *readings[index];
        if (index + 1 < readings.size() && step_number(reading) == step_number(*readings[index + 1]))
            continue;
        points.push_back({reading.raw, reading.at, reading.since, reading.ended});
    }
    return points;
}

}  // namespace

std::vector<Series> series_of(const std::vector<Reading>& readings, core::Duration step) {
    std::map<SeriesKey, std::vector<const Reading*>, KeyOrder> by_key;
    for (const Reading& reading : readings)
        by_key[{reading.figure, &reading.labels}].push_back(&reading);
    std::vector<Series> all;
    all.reserve(by_key.size());
    for (const auto& [key, of_series] : by_key)
        all.push_back({key.first, *key.second, points_of(of_series, step)});
    return all;
}

}  // namespace noodstop::exporters
