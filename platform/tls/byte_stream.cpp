#include "platform/tls/byte_stream.hpp"

#include "platform/net/async_byte_stream.hpp"

namespace noodstop::platform::tls {
namespace {

using TlsByteStream = AsyncByteStream<Stream>;

}  // namespace

std::unique_ptr<ByteStream> byte_stream_of(AcceptedStream accepted) {
    const CertificateFacts& certificate = accepted.stream->peer().certificate;
    AsyncByteStreamFacts facts{{std::move(accepted.remote),
                                ClientCertificate{certificate.common_name, certificate.uris, certificate.fingerprint}},
                               accepted.stream->peer().protocol};
    return std::make_unique<TlsByteStream>(std::move(accepted.stream), std::move(facts));
}

std::unique_ptr<ByteStream> byte_stream_of(std::unique_ptr<Stream> dialled) {
    AsyncByteStreamFacts facts{{}, dialled->peer().protocol};
    return std::make_unique<TlsByteStream>(std::move(dialled), std::move(facts));
}

}  // namespace noodstop::platform::tls
