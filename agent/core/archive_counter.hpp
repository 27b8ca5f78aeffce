// How counters are archived: as the spool keeps them.
#pragma once

#include "agent/core/archive_units.hpp"
#include "agent/core/counter.hpp"

namespace noodstop::core {

template <class Archive>
void describe(Archive& archive, CounterName& name) {
    archive(name.kind, name.tenant, name.zone, name.limit, name.provider, name.resource, name.currency);
}

}  // namespace noodstop::core
