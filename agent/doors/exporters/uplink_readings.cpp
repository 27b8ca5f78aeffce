#include "agent/doors/exporters/uplink_readings.hpp"

namespace noodstop::exporters {

std::vector<Reading> readings_of(const UplinkView& uplink, core::WallTime at) {
    std::vector<Reading> readings{make_reading({Figure::uplink_connected, at, uplink.is_connected ? 1 : 0}, {})};
    if (uplink.answered)
        readings.push_back(make_reading({Figure::uplink_answered, at, uplink.answered->since_epoch.count()}, {}));
    if (!uplink.spool)
        return readings;
    const auto whole = [](std::uint64_t number) { return static_cast<std::int64_t>(number); };
    readings.push_back(make_reading({Figure::uplink_facts_waiting, at, whole(uplink.spool->facts_waiting)}, {}));
    readings.push_back(make_reading({Figure::uplink_samples_waiting, at, whole(uplink.spool->samples_waiting)}, {}));
    return readings;
}

}  // namespace noodstop::exporters
