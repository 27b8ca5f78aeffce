// Brings what was refused at the doors into the journal: calls on either port, and connections whose certificate was
// not good. Each becomes a fact call_refused, within the limits of the tally.
#pragma once

#include "agent/core/fact.hpp"
#include "agent/doors/refusal_tally.hpp"
#include "platform/rpc/service.hpp"
#include "platform/tls/listener.hpp"

#include <functional>

namespace noodstop::doors {

// Something for the journal.
using NoticeHandler = std::function<void(core::FactKind kind, std::vector<core::FactField> fields)>;

class Refusals {
public:
    explicit Refusals(NoticeHandler notice) : notice_(std::move(notice)) {}

    void call_refused(const platform::RpcRefusal& refusal);
    // A connection that was too many or too slow, or that somebody else's port scan made, is nobody's call: only what a
    // person did wrong, or tried, is told.
    void connection_refused(const platform::tls::RefusedConnection& refused);
    void beat();  // to be called every second or so

private:
    void add(RefusedCall call);
    void tell(RefusalReport report);

    NoticeHandler notice_;
    RefusalTally tally_;
};

}  // namespace noodstop::doors
