#include "proto/codec/enums.hpp"
#include "proto/codec/text.hpp"

#include <google/protobuf/stubs/logging.h>

namespace noodstop::codec {

void be_quiet() {
    static const auto before = google::protobuf::SetLogHandler(nullptr);
    (void)before;
}

void to_wire(const core::RecordedFact& recorded, v1::Fact& wire) {
    const core::Fact& fact = recorded.fact;
    wire.set_sequence(recorded.sequence);
    wire.set_kind(to_wire(fact.kind));
    wire.set_at_micros(fact.at.since_origin.count());
    wire.set_wall_unix_micros(fact.wall.since_epoch.count());
    wire.set_tenant(valid_text(fact.tenant.text));
    wire.set_zone(valid_text(fact.zone.text));
    wire.set_provider(valid_text(fact.provider.text));
    wire.set_resource(valid_text(fact.resource.text));
    wire.set_limit(valid_text(fact.limit.text));
    for (const core::FactField& field : fact.fields) {
        v1::FactField& wire_field = *wire.add_fields();
        wire_field.set_name(valid_text(field.name));
        wire_field.set_value(valid_text(field.value));
    }
}

core::RecordedFact from_wire(const v1::Fact& wire, Problem& problem) {
    core::RecordedFact recorded;
    recorded.sequence = wire.sequence();
    core::Fact& fact = recorded.fact;
    fact.kind = from_wire(wire.kind(), problem);
    fact.at.since_origin = core::Duration(wire.at_micros());
    fact.wall.since_epoch = core::Duration(wire.wall_unix_micros());
    fact.tenant.text = wire.tenant();
    fact.zone.text = wire.zone();
    fact.provider.text = wire.provider();
    fact.resource.text = wire.resource();
    fact.limit.text = wire.limit();
    for (const v1::FactField& field : wire.fields())
        fact.fields.push_back({field.name(), field.value()});
    return recorded;
}

}  // namespace noodstop::codec
