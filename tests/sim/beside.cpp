// sim_beside --from SEED --count N
//
// Lives in pairs: one without a channel, one whose spool is followed by a hub and exporters that do whatever they like.
// What the agent does is the same to the byte and the microsecond. Left out is what a disk does wrong, since then it
// matters what lies on it: faults and damage, and cuts in the middle of an operation.
#include "tests/sim/effects_trace.hpp"
#include "tests/sim/life.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

using namespace noodstop;
using namespace noodstop::sim;

namespace {

bool matters_to_bytes(const Happening& happening) {
    switch (happening.what) {
        case What::disk_error:
        case What::disk_full:
        case What::disk_read_only:
        case What::operation_fails:
        case What::cut_in_operation:
        case What::file_damaged:
        case What::database_lost:
        case What::latches_lost:
        case What::old_snapshot:
            return true;
        default:
            return false;
    }
}

Plan draw_compared(std::uint64_t seed) {
    Plan plan = draw_plan(seed);
    plan.compared = true;
    plan.disk_lies = false;
    plan.crash_at_step = plan.cut_at_operation = 0;
    std::erase_if(plan.happenings, matters_to_bytes);
    return plan;
}

core::ChannelPolicy busy_channel() {
    core::ChannelPolicy channel;
    channel.uplink.emplace().host = "hub";
    channel.exporters.push_back({.name = "lab", .kind = core::ExporterKind::remote_write});
    channel.exporters.push_back({.name = "logs", .kind = core::ExporterKind::otlp_logs});
    return channel;
}

// The first failure of a checker; empty if there is none.
std::string live(Lives& lives, Plan plan, std::vector<std::string>& lines) {
    Checkers checkers = all_checkers();
    checkers.push_back(std::make_unique<EffectsTrace>(lines));
    return lives.live(std::move(plan), std::move(checkers)).failure;
}

std::string first_difference(const std::vector<std::string>& calm, const std::vector<std::string>& followed) {
    const auto [left, right] = std::mismatch(calm.begin(), calm.end(), followed.begin(), followed.end());
    if (left == calm.end() && right == followed.end())
        return {};
    return "without: " + (left == calm.end() ? "the end" : *left) +
           "\n  with:    " + (right == followed.end() ? "the end" : *right);
}

// What differs, or a checker's failure; empty if all is well.
std::string compare(Lives& lives, std::uint64_t seed, std::size_t& lines_compared) {
    const Plan plan = draw_compared(seed);
    Plan followed = plan;
    followed.followed = true;
    followed.policy.agent.channel = busy_channel();
    std::vector<std::string> calm_lines, followed_lines;
    if (const std::string failure = live(lives, plan, calm_lines); !failure.empty())
        return "without a channel: " + failure;
    const std::string failure = live(lives, followed, followed_lines);
    const std::string difference = first_difference(calm_lines, followed_lines);
    lines_compared += calm_lines.size();
    return failure.empty() ? difference : "with a channel: " + failure + "\n  " + difference;
}

}  // namespace

int main(int count, char** words) {
    std::uint64_t from = 1;
    std::uint64_t pairs = 400;
    CLI::App app("Lives in pairs, with and without those who follow the spool.");
    app.add_option("--from", from, "the first seed");
    app.add_option("--count", pairs, "how many");
    CLI11_PARSE(app, count, words);
    Lives lives;
    std::size_t lines = 0;
    std::size_t failed = 0;
    for (std::uint64_t seed = from; seed < from + pairs; ++seed) {
        const std::string problem = compare(lives, seed, lines);
        if (problem.empty())
            continue;
        ++failed;
        std::printf("seed %llu\n  %s\n", static_cast<unsigned long long>(seed), problem.c_str());
    }
    std::printf("%llu pairs of lives, %zu lines each way, %zu of them differ\n", static_cast<unsigned long long>(pairs),
                lines, failed);
    return failed == 0 && lines > 0 ? 0 : 1;
}
