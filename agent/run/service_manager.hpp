// Tells the service manager (sd_notify protocol) what state we are in. Does nothing where there is none.
#pragma once

#include <string>

namespace noodstop::run {

void tell_service_manager(const std::string& state);

}  // namespace noodstop::run
