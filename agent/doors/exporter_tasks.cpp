#include "agent/doors/exporter_tasks.hpp"

#include "agent/doors/doors_clock.hpp"
#include "agent/doors/exporters/present_readings.hpp"

#include <algorithm>

namespace noodstop::doors {
namespace {

constexpr auto forget_interval = std::chrono::minutes(1);

}  // namespace

ExporterTasks::ExporterTasks(boost::asio::io_context& io, PathClient& path, const core::AgentPolicy& policy,
                             const ExporterTimes& times)
    : forgetting_(io, forget_interval, [this] { shared_->board.forget_gone(wall_now() - exporters::repeat_lag); }) {
    const std::vector<core::ExporterPolicy>& exporters = policy.channel.exporters;
    for (const core::ExporterPolicy& exporter : exporters)
        tasks_.push_back(std::make_unique<ExporterTask>(io, path, shared_, policy, exporter, times));
    const bool is_fed = std::any_of(exporters.begin(), exporters.end(),
                                    [](const core::ExporterPolicy& exporter) { return takes_samples(exporter.kind); });
    if (policy.channel.metrics && !is_fed)
        feed_ = std::make_unique<BoardFeed>(io, path, shared_, times.rest);
}

void ExporterTasks::snapshot_came(const core::Snapshot& snapshot) {
    shared_->snapshot = snapshot;
}

void ExporterTasks::facts_came(const std::vector<core::RecordedFact>& facts) {
    for (const core::RecordedFact& fact : facts)
        shared_->board.take(fact.fact);
}

std::vector<exporters::Reading> ExporterTasks::readings_of_exporters(core::WallTime at) const {
    std::vector<exporters::Reading> readings;
    for (const auto& task : tasks_)
        for (exporters::Reading& reading : exporters::readings_of(task->status(), task->name(), at))
            readings.push_back(std::move(reading));
    return readings;
}

}  // namespace noodstop::doors
