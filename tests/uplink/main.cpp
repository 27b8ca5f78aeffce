// uplink_sim --from SEED --count N [--trace]: lives of an agent and its hub.
#include "tests/uplink/life.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <cstdio>

int main(int count, char** values) {
    CLI::App app("Simulation of the uplink: the agent's spool and session, the wire, the hub's intake and store.");
    std::uint64_t from = 1;
    std::uint64_t lives = 100;
    bool trace = false;
    app.add_option("--from", from, "the first seed");
    app.add_option("--count", lives, "how many");
    app.add_flag("--trace", trace, "tell each life as a story");
    CLI11_PARSE(app, count, values);
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    std::uint64_t failed = 0, facts = 0, digest = 0;
    for (std::uint64_t seed = from; seed < from + lives; ++seed) {
        const auto tell = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
        const noodstop::sim::LifeOutcome outcome =
            trace ? noodstop::sim::live_uplink(seed, tell) : noodstop::sim::live_uplink(seed, {});
        facts += outcome.facts;
        digest = digest * 31 + outcome.digest;
        if (outcome.failure.empty())
            continue;
        ++failed;
        std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), outcome.failure.c_str());
    }
    std::printf("digest %016llx\n", static_cast<unsigned long long>(digest));
    std::printf("%llu seeds, %llu failed, %llu facts\n", static_cast<unsigned long long>(lives),
                static_cast<unsigned long long>(failed), static_cast<unsigned long long>(facts));
    return failed == 0 ? 0 : 1;
}
