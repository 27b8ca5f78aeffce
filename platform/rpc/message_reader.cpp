#include "platform/rpc/message_reader.hpp"

#include "platform/gzip/gzip.hpp"

#include <cerrno>

namespace noodstop::platform {
namespace {

RpcError too_large() {
    return {RpcCode::resource_exhausted, "the message is too large"};
}

RpcError malformed(const char* why) {
    return {RpcCode::invalid_argument, why};
}

}  // namespace

void MessageReader::put(std::string_view piece) {
    switch (options_.form) {
        case BodyForm::bare:
            // What is beyond the maximum only has to show that it is.
            bare_ += piece.substr(0, options_.message_size_max + 1 - bare_.size());
            return;
        case BodyForm::envelopes:
            return envelopes_.put(piece);
        case BodyForm::base64:
            return envelopes_.put(base64_.put(piece));
    }
}

void MessageReader::finish() {
    is_finished_ = true;
}

MessageReader::Taken MessageReader::take() {
    return options_.form == BodyForm::bare ? take_bare() : take_envelope();
}

MessageReader::Taken MessageReader::take_bare() {
    if (bare_.size() > options_.message_size_max)
        return too_large();
    if (!is_finished_ || is_bare_taken_)
        return {};
    is_bare_taken_ = true;
    if (options_.is_compressed && !bare_.empty())
        return expand(std::move(bare_));
    return std::move(bare_);
}

MessageReader::Taken MessageReader::take_envelope() {
    auto envelope = envelopes_.take();
    if (envelopes_.is_broken())
        return too_large();
    if (!envelope) {
        if (base64_.is_broken())
            return malformed("the body is no base64");
        if (is_finished_ && (!envelopes_.is_empty() || !base64_.is_empty()))
            return malformed("the body ends within a message");
        return {};
    }
    if ((envelope->flags & ~compressed_flag) != 0)
        return malformed("a message has flags that are not known");
    if (envelope->flags == 0)
        return std::move(envelope->message);
    if (!options_.is_compressed)
        return RpcError{RpcCode::internal, "a message is compressed, and no coding was named"};
    return expand(std::move(envelope->message));
}

MessageReader::Taken MessageReader::expand(std::string bytes) const {
    auto expanded = gunzip(bytes, options_.message_size_max);
    if (expanded)
        return std::move(*expanded);
    return expanded.error().number == EFBIG ? too_large() : malformed("a message is no gzip");
}

}  // namespace noodstop::platform
