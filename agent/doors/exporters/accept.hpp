// How much a scraper wants each text format, read from its Accept header (RFC 9110, 12.5.1).
#pragma once

#include <cstdint>
#include <string_view>

namespace noodstop::exporters {

// Quality values in thousandths; 0: not wanted.
struct Preferences {
    std::uint32_t openmetrics = 0;  // of a version that is spoken here; a wildcard does not mean it
    std::uint32_t plain = 0;
};

// What can't be read in a header counts for nothing.
Preferences preferences_of(std::string_view accept);

}  // namespace noodstop::exporters
