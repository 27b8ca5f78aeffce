#include "agent/providers/process/look.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace noodstop::providers {
namespace {

using core::Activity;
using core::Metric;
using platform::Error;
using platform::ProcessStat;
using platform::Result;

constexpr const char* process_kind = "process";  // also the SKU and the family

// 'T' is a stop by signal, 't' one by a debugger: neither executes.
Activity activity_of(const ProcessStat& stat) {
    return stat.state == 'T' || stat.state == 't' ? Activity::frozen : Activity::running;
}

class Looker {
public:
    Looker(const ProcessOptions& options, FollowedProcesses& followed)
        : options_(options), followed_(followed), protected_(protected_now(options.agent)) {}

    core::Look look() {
        look_.provider = options_.name;
        const Result<std::vector<pid_t>> candidates = find_candidates();
        if (!candidates) {
            look_.problem = candidates.error().message;
            return std::move(look_);
        }
        for (const pid_t pid : *candidates)
            add(pid);
        followed_.keep_only(listed_);
        look_.quality = problem_count_ == 0 ? core::LookQuality::good : core::LookQuality::partial;
        if (problem_count_ > 1)
            look_.problem += fmt::format(" (and {} more problems)", problem_count_ - 1);
        if (excluded_ != 0)
            say_excluded();
        std::sort(look_.readings.begin(), look_.readings.end(),
                  [](const core::Reading& left, const core::Reading& right) { return left.id < right.id; });
        return std::move(look_);
    }

private:
    Result<std::vector<pid_t>> find_candidates() const {
        if (!options_.selectors.pid_file)
            return platform::list_processes();
        const Result<std::optional<pid_t>> named = read_pid_file(*options_.selectors.pid_file);
        if (!named)
            return named.error();
        // Who removes the pid file of a process that runs on doesn't end its bill.
        std::set<pid_t> pids;
        for (const ProcessIdentity& identity : followed_.all())
            pids.insert(identity.pid);
        if (*named)
            pids.insert(**named);
        return std::vector<pid_t>(pids.begin(), pids.end());
    }

    void add(pid_t pid) {
        const Result<bool> selected = matches(options_.selectors, pid);
        if (selected ? !*selected : platform::has_vanished(selected.error()))
            return;
        const Result<ProcessStat> stat = platform::read_process_stat(pid);
        if (!stat && platform::has_vanished(stat.error()))
            return;
        if (stat && (stat->is_kernel_thread() || stat->has_ended()))
            return;
        if (!selected && is_protected(pid))
            return;  // left out in any case
        if (!selected || !stat)
            return add_problem(!selected ? selected.error().message : stat.error().message);
        add_selected(*stat);
    }

    bool is_protected(pid_t pid) const { return std::binary_search(protected_.begin(), protected_.end(), pid); }

    void add_selected(const ProcessStat& stat) {
        const ProcessIdentity identity{stat.pid, stat.start_ticks};
        if (is_foreign_to_pid_file(identity))
            return;
        if (is_protected(stat.pid)) {
            excluded_ = stat.pid;
            return;
        }
        if (look_.readings.size() >= options_.resources_max)
            return add_problem(fmt::format("more than {} processes match (resources_max)", options_.resources_max));
        listed_.insert(identity);
        look_.readings.push_back(reading_of(stat, followed_.created(identity)));
    }

    // A candidate only because an earlier process was followed under its pid.
    bool is_foreign_to_pid_file(const ProcessIdentity& identity) const {
        if (!options_.selectors.pid_file || followed_.contains(identity))
            return false;
        const Result<std::optional<pid_t>> named = read_pid_file(*options_.selectors.pid_file);
        return !named || *named != identity.pid;
    }

    core::Reading reading_of(const ProcessStat& stat, core::WallTime created) const {
        core::Reading reading;
        reading.id = {to_text(ProcessIdentity{stat.pid, stat.start_ticks})};
        reading.sku = process_kind;
        reading.family = process_kind;
        reading.region = local_region;
        reading.kind = process_kind;
        reading.activity = activity_of(stat);
        reading.created = created;
        const auto used = platform::ticks_to_time(stat.user_ticks + stat.system_ticks);
        reading.measures.push_back({Metric::cpu, used.count(), true});
        for (const Metric metric : {Metric::memory, Metric::gpu, Metric::transfer}) {
            if (std::find(options_.priced.begin(), options_.priced.end(), metric) != options_.priced.end())
                reading.measures.push_back({metric, 0, false});
        }
        return reading;
    }

    void add_problem(const std::string& problem) {
        if (problem_count_++ == 0)
            look_.problem = problem;
    }

    // Known, so no reason for a partial look, but nobody should have to guess why it isn't listed.
    void say_excluded() {
        look_.problem += fmt::format("{}process {} matches but belongs to the agent or is pid 1 and is left out",
                                     look_.problem.empty() ? "" : "; ", excluded_);
    }

    core::Look look_;
    const ProcessOptions& options_;
    FollowedProcesses& followed_;
    std::vector<pid_t> protected_;
    std::set<ProcessIdentity> listed_;
    std::size_t problem_count_ = 0;
    pid_t excluded_ = 0;
};

}  // namespace

core::Look look_at_processes(const ProcessOptions& options, FollowedProcesses& followed) {
    return Looker(options, followed).look();
}

}  // namespace noodstop::providers
