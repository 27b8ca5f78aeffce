// The page that scrapers fetch: OpenMetrics 1.0 for those who ask for it, else Prometheus' plain text 0.0.4.
#pragma once

#include "agent/doors/exporters/reading.hpp"

namespace noodstop::exporters {

enum class TextFormat : std::uint8_t { plain, openmetrics };

// What an Accept header asks for; plain where it names neither, or is empty.
TextFormat chosen_format(std::string_view accept);
const char* content_type(TextFormat format);

// The latest reading of each series that has not ended; without times: a scraper dates what it fetches.
std::string text_page(const std::vector<Reading>& readings, TextFormat format);

}  // namespace noodstop::exporters
