// The tables of the hub's database.
//
//   agent   one row an agent: heads, claims, present line, last status
//   held    how far each epoch of each lane is here, and how far the agent once claimed to have it
//   fact    by agent, epoch and sequence
//   line    the tellings of an agent's totals, by the agent's name for each
//   total   the latest value of each counter, by agent and line
//   gap     numbers of facts that will not come
//   event   what the hub noticed
//   alert   what stands, and what ended lately
//   notice  CloudEvents that the webhook has not taken yet
#pragma once

#include "platform/sqlite/database.hpp"

namespace noodstop::hub {

inline constexpr std::int64_t hub_application_id = 0x4E6F4875;  // "NoHu"
inline constexpr std::int64_t hub_schema_version = 1;

// Makes an empty database ours, or sees that it is. ENOTSUP: made by a newer hub; EUCLEAN: not ours.
platform::Status bring_up_to_date(platform::Database& database);

}  // namespace noodstop::hub
