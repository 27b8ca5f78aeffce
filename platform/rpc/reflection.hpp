// The services grpc.reflection v1 and v1alpha: tell clients what is served here, so that they need no files of ours.
#pragma once

#include "platform/rpc/service.hpp"

#include <string_view>

namespace noodstop::platform {

// Adds the two versions to a table that is otherwise whole. The bytes are a google.protobuf.FileDescriptorSet and must
// outlive the table; what of them is not in the table can be asked for, but is not listed.
void add_reflection(ServiceTable& table, std::string_view descriptor_set);

}  // namespace noodstop::platform
