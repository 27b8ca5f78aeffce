// Enums on the wire and ours, as tables of pairs. A number that is in no table is a mistake.
#pragma once

#include "proto/codec/wire.hpp"

namespace noodstop::codec {

v1::FactKind to_wire(core::FactKind kind);
core::FactKind from_wire(v1::FactKind wire, Problem& problem);
v1::BreakerState to_wire(core::BreakerState state);
core::BreakerState from_wire(v1::BreakerState wire, Problem& problem);
v1::LimitKind to_wire(core::LimitKind kind);
core::LimitKind from_wire(v1::LimitKind wire, Problem& problem);
v1::WindowKind to_wire(core::WindowKind kind);
core::WindowKind from_wire(v1::WindowKind wire, Problem& problem);
v1::Lever to_wire(core::Lever lever);
core::Lever from_wire(v1::Lever wire, Problem& problem);
v1::RehearsalAnswer to_wire(core::RehearsalAnswer answer);
core::RehearsalAnswer from_wire(v1::RehearsalAnswer wire, Problem& problem);
v1::Activity to_wire(core::Activity activity);
core::Activity from_wire(v1::Activity wire, Problem& problem);
v1::ResourceClass to_wire(core::ResourceClass value);
core::ResourceClass from_wire(v1::ResourceClass wire, Problem& problem);
v1::CounterKind to_wire(core::CounterKind kind);
core::CounterKind from_wire(v1::CounterKind wire, Problem& problem);
v1::GapReason to_wire(core::GapReason reason);
core::GapReason from_wire(v1::GapReason wire, Problem& problem);
v1::OrderKind to_wire(core::OrderKind kind);
core::OrderKind from_wire(v1::OrderKind wire, Problem& problem);

}  // namespace noodstop::codec
