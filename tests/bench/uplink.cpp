// How fast what waits goes out: counters and facts from a spool through the uplink session, the wire, the hub's intake
// and its store, both ends in one process and on files in memory. Lines: name value unit; the median of the rounds.
#include "tests/outage/outage.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace {

using namespace noodstop::outage;

constexpr int rounds = 5;

std::string make_folder() {
    const bool has_memory = std::filesystem::is_directory("/dev/shm");
    std::string pattern = std::string(has_memory ? "/dev/shm" : "/tmp") + "/noodstop-uplink-XXXXXX";
    return ::mkdtemp(pattern.data()) == nullptr ? std::string() : pattern;
}

OutageFigures one_round(OutagePlan plan, int round) {
    plan.seed = static_cast<std::uint64_t>(round) + 1;
    plan.folder = make_folder();
    const OutageFigures figures = live_outage(plan);
    std::error_code ignored;
    std::filesystem::remove_all(plan.folder, ignored);
    if (!figures.problem.empty() || figures.facts_missing + figures.totals_wrong > 0) {
        std::fprintf(stderr, "bench_uplink: %s\n", figures.problem.empty() ? "lost" : figures.problem.c_str());
        std::exit(1);
    }
    return figures;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace

int main() {
    const OutagePlan of_counters{.length = std::chrono::minutes(200), .facts_per_day = 0};
    const OutagePlan of_facts{.length = std::chrono::minutes(20), .resources = 1, .facts_per_day = 360'000};
    std::vector<double> counters;
    std::vector<double> bytes;
    std::vector<double> facts;
    for (int round = 0; round < rounds; ++round) {
        const OutageFigures some = one_round(of_counters, round);
        counters.push_back(static_cast<double>(some.counters_pushed) / some.drain_seconds);
        bytes.push_back(static_cast<double>(some.push_bytes) / static_cast<double>(some.counters_pushed));
        const OutageFigures others = one_round(of_facts, round);
        facts.push_back(static_cast<double>(others.facts_recorded) / others.drain_seconds);
    }
    std::printf("uplink_counters %.6g per_second\n", median(counters));
    std::printf("uplink_bytes_of_a_counter %.4g B\n", median(bytes));
    std::printf("uplink_facts %.6g per_second\n", median(facts));
}
