// uplink_sim --from SEED --count N: lives of an agent and its hub.
#include "tests/uplink/life.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>

namespace {

using noodstop::sim::LifeOutcome;

struct Options {
    std::uint64_t from = 1;
    std::uint64_t count = 100;
    bool trace = false;
    bool stop_at_first = false;
};

struct Tally {
    std::uint64_t lived = 0;
    std::uint64_t failed = 0;
    std::uint64_t facts = 0;
    std::uint64_t digest = 0;
};

Tally live_all(const Options& options) {
    const auto tell = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
    Tally tally;
    for (std::uint64_t seed = options.from; seed < options.from + options.count; ++seed) {
        const LifeOutcome outcome =
            options.trace ? noodstop::sim::live_uplink(seed, tell) : noodstop::sim::live_uplink(seed, {});
        ++tally.lived;
        tally.facts += outcome.facts;
        tally.digest = tally.digest * 31 + outcome.digest;
        if (outcome.failure.empty())
            continue;
        ++tally.failed;
        std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), outcome.failure.c_str());
        if (options.stop_at_first)
            break;
    }
    return tally;
}

}  // namespace

int main(int count, char** values) {
    CLI::App app("Simulation of the uplink: the agent's spool and session, the wire, the hub's intake and store.");
    Options options;
    app.add_option("--from", options.from, "the first seed");
    app.add_option("--count", options.count, "how many");
    app.add_flag("--trace", options.trace, "tell each life as a story");
    app.add_flag("--stop-at-first", options.stop_at_first, "end with the first life that fails");
    CLI11_PARSE(app, count, values);
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const auto began = std::chrono::steady_clock::now();
    const Tally tally = live_all(options);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("digest %016llx, %llu facts\n", static_cast<unsigned long long>(tally.digest),
                static_cast<unsigned long long>(tally.facts));
    std::printf("%llu seeds, %llu failed, %.1f seeds/s\n", static_cast<unsigned long long>(tally.lived),
                static_cast<unsigned long long>(tally.failed), static_cast<double>(tally.lived) / took.count());
    return tally.failed == 0 && tally.lived > 0 ? 0 : 1;
}
