// One way of telling a receiver over HTTP: how a batch is put, and what the receiver's answer means. Formats decide
// nothing else; when to send and what to forget is the session's (export_session.hpp).
#pragma once

#include "agent/doors/exporters/export_batch.hpp"
#include "platform/http/http.hpp"
#include "platform/result.hpp"

namespace noodstop::exporters {

// Who sends. Prometheus knows the first two as labels `job` and `instance`, OpenTelemetry as service.name and
// service.instance.id.
struct PushOrigin {
    std::string job = "noodstop";
    std::string instance;  // the agent's name
    std::string version;   // of the agent; told where a format has a place for it
};

struct PushBody {
    std::vector<platform::HttpHeader> headers;  // of the content
    std::string bytes;
    std::uint64_t item_count = 0;  // samples or log records in it
};

enum class Verdict : std::uint8_t {
    accepted,   // it is the receiver's now, apart from what it says it refused
    retry,      // not now: the same again later
    too_large,  // less at once might be taken
    set_aside,  // never: the receiver won't take it, and asking again would only block what follows
};

struct Judgement {
    Verdict verdict = Verdict::accepted;
    std::uint64_t refused_count = 0;  // of an accepted body
    std::string message;              // what the receiver said, one line; empty if nothing
};

class PushFormat {
public:
    PushFormat() = default;
    PushFormat(const PushFormat&) = delete;
    PushFormat& operator=(const PushFormat&) = delete;
    virtual ~PushFormat() = default;

    // None: nothing in the batch is for this receiver. An error (no memory) is a reason to try again later.
    virtual platform::Result<std::optional<PushBody>> encode(const ExportBatch& batch) const = 0;
    virtual Judgement judge(const platform::HttpResponse& response) const = 0;
};

// What an answer of neither success nor "later" means.
Verdict verdict_on_refusal(unsigned status);

// The start of a text that a receiver sent, as one printable line.
std::string one_line(std::string_view text);

}  // namespace noodstop::exporters
