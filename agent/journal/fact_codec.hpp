// The fields of a fact as bytes, and the checksum of its row. Names and values are length-prefixed, so that any bytes
// come back as they went in:  "6:reason11:daily limit"  is one field. No length has leading zeros.
#pragma once

#include "agent/core/fact.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace noodstop::journal {

std::string encode_fields(const std::vector<core::FactField>& fields);
std::optional<std::vector<core::FactField>> decode_fields(std::string_view bytes);

// Of everything that the row holds.
std::uint32_t fact_checksum(const core::RecordedFact& recorded, std::string_view encoded_fields);

}  // namespace noodstop::journal
