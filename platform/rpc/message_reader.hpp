// Reads the messages of a request from the pieces of its body, in whatever form the protocol has them, expanded where
// they are compressed. No I/O.
#pragma once

#include "platform/rpc/base64.hpp"
#include "platform/rpc/code.hpp"
#include "platform/rpc/envelope.hpp"
#include "platform/rpc/wire_format.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace noodstop::platform {

struct MessageReaderOptions {
    BodyForm form = BodyForm::bare;
    bool is_compressed = false;                // messages may be
    std::size_t message_size_max = 64 * 1024;  // as sent, and expanded
};

class MessageReader {
public:
    explicit MessageReader(const MessageReaderOptions& options)
        : options_(options), envelopes_(options.message_size_max) {}

    void put(std::string_view piece);
    void finish();  // the body has ended

    // The next message, the reason why there is none, or nothing yet. After a reason there is nothing more.
    using Taken = std::variant<std::monostate, std::string, RpcError>;
    Taken take();
    bool is_at_end() const { return is_finished_; }  // and take() gave nothing: all were taken

private:
    Taken take_bare();
    Taken take_envelope();
    Taken expand(std::string bytes) const;

    MessageReaderOptions options_;
    EnvelopeReader envelopes_;
    Base64StreamReader base64_;
    std::string bare_;
    bool is_bare_taken_ = false;
    bool is_finished_ = false;
};

}  // namespace noodstop::platform
