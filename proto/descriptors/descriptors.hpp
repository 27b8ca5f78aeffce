// What our services and messages look like, for clients that ask by reflection: made of the .proto files by the build.
#pragma once

#include <string_view>

namespace noodstop::proto {

// A google.protobuf.FileDescriptorSet of noodstop.v1 (but for what is between our own processes), grpc.health and
// grpc.reflection, with all that they import.
std::string_view descriptor_set();

}  // namespace noodstop::proto
