// Readings and facts as OTLP messages, and the answers to them. Only the .cpp files of this header know those types.
#pragma once

#include "agent/doors/exporters/push_format.hpp"

namespace noodstop::exporters {

struct OtlpMessage {
    std::string bytes;
    std::uint64_t item_count = 0;  // data points or log records
};

// Counters are cumulative monotonic sums, all else is a gauge; money and seconds are doubles, the rest whole numbers. A
// series that ended gets a point without value. What has no OTLP name is left out.
OtlpMessage encode_otlp_metrics(const std::vector<Reading>& readings, const PushOrigin& origin);

// A fact is a record whose body is its line for people; its kind is the event's name, its parts are attributes. Facts
// that are missing are a record that says so.
OtlpMessage encode_otlp_logs(const ExportBatch& batch, const PushOrigin& origin);

// What a receiver refused of what it took. Nothing if the body says nothing or can't be read.
struct OtlpRefusal {
    std::uint64_t count = 0;
    std::string message;
};
OtlpRefusal decode_otlp_answer(const std::string& body);

// The message of an error's body; the body itself where it is none, as proxies answer.
std::string decode_otlp_problem(const std::string& body);

}  // namespace noodstop::exporters
