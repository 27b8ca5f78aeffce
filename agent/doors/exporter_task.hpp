// Carries out what one export session decides: asks the path for its batches, sends its requests to the receiver over a
// connection that is kept, and tells the path when nothing gets through any more, and when it does again.
#pragma once

#include "agent/core/policy.hpp"
#include "agent/doors/exporters/counter_board.hpp"
#include "agent/doors/exporters/export_session.hpp"
#include "agent/doors/path_client.hpp"

#include <memory>

namespace noodstop::doors {

struct ExporterTimes {
    core::Duration failing_after = std::chrono::minutes(5);    // nothing taken for so long, though it was sent
    core::Duration reload_interval = std::chrono::minutes(1);  // of credentials; each connection reloads them too
    core::Duration beat_interval = std::chrono::seconds(1);    // how exactly a failing receiver is noticed
    core::Duration connect_deadline = std::chrono::seconds(15);
    platform::Backoff backoff;
    core::Duration rest = std::chrono::seconds(5);             // until the spool is asked again after nothing
    core::Duration repeat_interval = std::chrono::minutes(1);  // see ExportOptions; not for facts
};

// What all exporters share.
struct ExportShared {
    exporters::CounterBoard board;
    std::optional<core::Snapshot> snapshot;  // the latest
};

// Everything that a batch of the spool tells goes onto the board before anybody acts on it.
void put_on_board(exporters::CounterBoard& board, const core::SpoolBatch& batch);

bool takes_samples(core::ExporterKind kind);
std::string consumer_of(const core::ExporterPolicy& policy);  // in the spool
extern const char* const agent_version;                       // of this build

class ExporterTask {
public:
    ExporterTask(boost::asio::io_context& io, PathClient& path, std::shared_ptr<ExportShared> shared,
                 const core::AgentPolicy& agent, const core::ExporterPolicy& policy, const ExporterTimes& times);
    ~ExporterTask();
    ExporterTask(const ExporterTask&) = delete;
    ExporterTask& operator=(const ExporterTask&) = delete;

    const std::string& name() const;
    const exporters::ExportStatus& status() const;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace noodstop::doors
