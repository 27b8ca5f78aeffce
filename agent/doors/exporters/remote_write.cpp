#include "agent/doors/exporters/remote_write.hpp"

#include "agent/doors/exporters/remote_write_codec.hpp"
#include "platform/snappy/snappy.hpp"

namespace noodstop::exporters {

platform::Result<std::optional<PushBody>> RemoteWrite::encode(const ExportBatch& batch) const {
    const EncodedSamples encoded = encode_remote_write(batch.readings, origin_);
    if (encoded.sample_count == 0)
        return std::optional<PushBody>();
    auto block = platform::snappy_compress(encoded.bytes);
    if (!block)
        return block.error();
    PushBody body;
    body.headers = {{"Content-Type", "application/x-protobuf"},
                    {"Content-Encoding", "snappy"},
                    {"X-Prometheus-Remote-Write-Version", "0.1.0"}};
    body.bytes = std::move(*block);
    body.item_count = encoded.sample_count;
    return std::optional<PushBody>(std::move(body));
}

Judgement RemoteWrite::judge(const platform::HttpResponse& response) const {
    const unsigned hundreds = response.status / 100;
    if (hundreds == 2)
        return {};
    const bool is_refused = hundreds == 4 && response.status != 429;
    return {is_refused ? verdict_on_refusal(response.status) : Verdict::retry, 0, one_line(response.body)};
}

}  // namespace noodstop::exporters
