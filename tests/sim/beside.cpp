// sim_beside --from SEED --count N
//
// Lives in pairs: one without a channel, one whose spool is followed by a hub and exporters that do whatever they like.
// What the agent does is the same to the byte and the microsecond. Left out is what a disk does wrong, since then it
// matters what lies on it: faults and damage, and cuts in the middle of an operation.
#include "tests/sim/effects_trace.hpp"
#include "tests/sim/life.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

using namespace noodstop;
using namespace noodstop::sim;

namespace {

constexpr std::array wrongs_of_disks{What::disk_error,      What::disk_full,        What::disk_read_only,
                                     What::operation_fails, What::cut_in_operation, What::file_damaged,
                                     What::database_lost,   What::latches_lost,     What::old_snapshot};

bool is_wrong_of_disk(const Happening& happening) {
    return std::find(wrongs_of_disks.begin(), wrongs_of_disks.end(), happening.what) != wrongs_of_disks.end();
}

Plan draw_compared(std::uint64_t seed) {
    Plan plan = draw_plan(seed);
    plan.compared = true;
    plan.disk_lies = false;
    plan.crash_at_step = plan.cut_at_operation = 0;
    std::erase_if(plan.happenings, is_wrong_of_disk);
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
std::string live(Lives& lives, Plan plan, Trace& trace) {
    Checkers checkers = all_checkers();
    checkers.push_back(std::make_unique<EffectsTrace>(trace));
    return lives.live(std::move(plan), std::move(checkers)).failure;
}

std::string first_difference(const std::vector<std::string>& calm, const std::vector<std::string>& followed) {
    const auto [left, right] = std::mismatch(calm.begin(), calm.end(), followed.begin(), followed.end());
    if (left == calm.end() && right == followed.end())
        return {};
    return "without: " + (left == calm.end() ? "the end" : *left) +
           "\n  with:    " + (right == followed.end() ? "the end" : *right);
}

struct Sum {
    std::size_t lines = 0, channel_facts = 0, spool_facts = 0, counters = 0;
    bool channel_was_busy() const { return channel_facts > 0 && spool_facts > 0 && counters > 0; }
};

// What differs, or a checker's failure; empty if all is well. What was compared, and what the channel did meanwhile, is
// added to `sum`.
std::string compare(Lives& lives, std::uint64_t seed, Sum& sum) {
    const Plan plan = draw_compared(seed);
    Plan followed = plan;
    followed.followed = true;
    followed.policy.agent.channel = busy_channel();
    Trace calm, wild;
    if (const std::string failure = live(lives, plan, calm); !failure.empty())
        return "without a channel: " + failure;
    const std::string failure = live(lives, followed, wild);
    const std::string difference = first_difference(calm.lines, wild.lines);
    sum.lines += calm.lines.size();
    sum.channel_facts += wild.channel_facts;
    sum.spool_facts += wild.spool_facts;
    sum.counters += wild.counters;
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
    Sum sum;
    std::size_t failed = 0;
    for (std::uint64_t seed = from; seed < from + pairs; ++seed) {
        const std::string problem = compare(lives, seed, sum);
        if (problem.empty())
            continue;
        ++failed;
        std::printf("seed %llu\n  %s\n", static_cast<unsigned long long>(seed), problem.c_str());
    }
    std::printf(
        "%llu pairs of lives, %zu lines each way; %zu counters and %zu facts of the channel, %zu of them of the "
        "spool; %zu pairs differ\n",
        static_cast<unsigned long long>(pairs), sum.lines, sum.counters, sum.channel_facts, sum.spool_facts, failed);
    return failed == 0 && sum.channel_was_busy() ? 0 : 1;
}
