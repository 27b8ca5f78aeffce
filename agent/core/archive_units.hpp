// How the quantities and names of units.hpp, and the calendar, are archived.
#pragma once

#include "agent/core/archive.hpp"
#include "agent/core/clock_reading.hpp"

namespace noodstop::core {

template <class Archive>
void describe(Archive& archive, Instant& value) {
    archive(value.since_origin);
}
template <class Archive>
void describe(Archive& archive, WallTime& value) {
    archive(value.since_epoch);
}
template <class Archive>
void describe(Archive& archive, Money& value) {
    archive(value.micros);
}
template <class Archive>
void describe(Archive& archive, HourlyRate& value) {
    archive(value.micros_per_hour);
}
template <class Archive, class Tag>
void describe(Archive& archive, Name<Tag>& value) {
    archive(value.text);
}
template <class Archive>
void describe(Archive& archive, Calendar& calendar) {
    archive(calendar.days, calendar.months);
}

}  // namespace noodstop::core
