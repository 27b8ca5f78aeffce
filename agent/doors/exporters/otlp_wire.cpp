#include "agent/doors/exporters/otlp_wire.hpp"

#include "proto/codec/text.hpp"

#include <algorithm>

namespace noodstop::exporters {

void add_attribute(OtlpAttributes& to, const std::string& key, const std::string& text) {
    if (text.empty())
        return;
    foreign::v1::OtlpAttribute& attribute = *to.Add();
    attribute.set_key(codec::valid_text(key));
    attribute.mutable_value()->set_text(codec::valid_text(text));
}

void add_attribute(OtlpAttributes& to, const std::string& key, std::int64_t number) {
    foreign::v1::OtlpAttribute& attribute = *to.Add();
    attribute.set_key(key);
    attribute.mutable_value()->set_whole(number);
}

void set_resource(foreign::v1::OtlpResource& resource, const PushOrigin& origin) {
    OtlpAttributes& attributes = *resource.mutable_attributes();
    add_attribute(attributes, "service.name", origin.job);
    add_attribute(attributes, "service.instance.id", origin.instance);
    add_attribute(attributes, "service.version", origin.version);
}

void set_scope(foreign::v1::OtlpScope& scope, const PushOrigin& origin) {
    scope.set_name("noodstop");
    scope.set_version(codec::valid_text(origin.version));
}

std::uint64_t unix_nanos(core::WallTime time) {
    const std::int64_t micros = std::max<std::int64_t>(time.since_epoch.count(), 0);
    return static_cast<std::uint64_t>(micros) * 1000;
}

}  // namespace noodstop::exporters
