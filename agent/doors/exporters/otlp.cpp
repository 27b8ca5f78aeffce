#include "agent/doors/exporters/otlp.hpp"

#include "agent/doors/exporters/otlp_codec.hpp"
#include "platform/gzip/gzip.hpp"

namespace noodstop::exporters {
namespace {

platform::Result<std::optional<PushBody>> packed_body(const OtlpMessage& message) {
    if (message.item_count == 0)
        return std::optional<PushBody>();
    PushBody body;
    body.headers = {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "gzip"}};
    body.bytes = platform::gzip(message.bytes);
    body.item_count = message.item_count;
    return std::optional<PushBody>(std::move(body));
}

// Redirections are not followed: a person has to mend the address, and until then nothing is lost.
bool is_worth_another_try(unsigned status) {
    return status == 429 || status == 502 || status == 503 || status == 504 || status < 400;
}

Judgement judged(const platform::HttpResponse& response) {
    if (response.status / 100 == 2) {
        const OtlpRefusal refusal = decode_otlp_answer(response.body);
        return {Verdict::accepted, refusal.count, one_line(refusal.message)};
    }
    const bool is_for_later = is_worth_another_try(response.status);
    return {is_for_later ? Verdict::retry : verdict_on_refusal(response.status), 0,
            one_line(decode_otlp_problem(response.body))};
}

}  // namespace

platform::Result<std::optional<PushBody>> OtlpMetrics::encode(const ExportBatch& batch) const {
    return packed_body(encode_otlp_metrics(batch.readings, origin_));
}

Judgement OtlpMetrics::judge(const platform::HttpResponse& response) const {
    return judged(response);
}

platform::Result<std::optional<PushBody>> OtlpLogs::encode(const ExportBatch& batch) const {
    return packed_body(encode_otlp_logs(batch, origin_));
}

Judgement OtlpLogs::judge(const platform::HttpResponse& response) const {
    return judged(response);
}

}  // namespace noodstop::exporters
