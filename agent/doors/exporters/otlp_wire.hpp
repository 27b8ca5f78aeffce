// What metrics and logs have in common on OTLP's wire. Only otlp_*_codec.cpp include it.
#pragma once

#include "agent/doors/exporters/push_format.hpp"
#include "noodstop/foreign/v1/otlp.pb.h"

namespace noodstop::exporters {

using OtlpAttributes = google::protobuf::RepeatedPtrField<foreign::v1::OtlpAttribute>;

// Nothing is added where the text is empty.
void add_attribute(OtlpAttributes& to, const std::string& key, const std::string& text);
void add_attribute(OtlpAttributes& to, const std::string& key, std::int64_t number);

void set_resource(foreign::v1::OtlpResource& resource, const PushOrigin& origin);
void set_scope(foreign::v1::OtlpScope& scope, const PushOrigin& origin);

// Times before 1970 are none.
std::uint64_t unix_nanos(core::WallTime time);

}  // namespace noodstop::exporters
