// The simulation's command: lives from seeds, and for a failing one its story and its shortest variant.
#include "tests/sim/life.hpp"
#include "tests/support/policy_text.hpp"

#include <CLI/CLI.hpp>
#include <sys/mman.h>
#include <sys/wait.h>
#include <system_error>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <unistd.h>

namespace {

using namespace noodstop;
using namespace noodstop::sim;

constexpr int exit_wrong_usage = 2;

struct Options {
    std::uint64_t from = 1;
    std::uint64_t count = 20'000;
    std::uint64_t jobs = 1;
    bool trace = false;
    bool stop_at_first = false;
    bool shrinks = false;
    bool digest = false;
    std::vector<std::size_t> without;
    double until_seconds = 0;
};

Variant variant_of(const Options& options) {
    Variant variant;
    variant.without.insert(options.without.begin(), options.without.end());
    if (options.until_seconds > 0)
        variant.end_at = Duration{static_cast<std::int64_t>(options.until_seconds * 1'000'000)};
    return variant;
}

void print_configuration(const Plan& plan) {
    std::printf("\nthe configuration:\n%s",
                tests::policy_text(plan.policy).value_or("(it can't be written)\n").c_str());
}

void print_machines(const Plan& plan) {
    std::printf("\nmachines that run at the start:\n");
    for (std::size_t cloud = 0; cloud < plan.machines.size(); ++cloud)
        for (const Machine& machine : plan.machines[cloud])
            std::printf("      %s/%s\n", plan.policy.providers[cloud].name.text.c_str(), machine.id.c_str());
}

// Happenings left out keep their numbers, and show a minus.
void print_happenings(const Plan& plan, const Variant& variant) {
    std::printf("\nwhat will happen:\n");
    for (std::size_t place = 0; place < plan.happenings.size(); ++place) {
        const Happening& happening = plan.happenings[place];
        std::printf("%s %3zu. at %-12s %s", variant.without.contains(place) ? "-" : " ", place,
                    core::to_text(happening.at).c_str(), to_text(happening.what));
        if (happening.what <= What::orders_hit_another)
            std::printf(" in %s", plan.policy.providers[happening.cloud].name.text.c_str());
        if (happening.length > Duration{0})
            std::printf(" for %s", core::to_text(happening.length).c_str());
        std::printf("\n");
    }
}

void print_plan(const Plan& plan, const Variant& variant) {
    std::printf("seed %llu: %s life, %zu happenings, quiet from %s, over by %s\n",
                static_cast<unsigned long long>(plan.seed), to_text(plan.mode), plan.happenings.size(),
                core::to_text(plan.quiet_at).c_str(), core::to_text(plan.end_at).c_str());
    if (plan.crash_at_step != 0)
        std::printf("the agent is killed at its step %llu\n", static_cast<unsigned long long>(plan.crash_at_step));
    if (plan.cut_at_operation != 0)
        std::printf("power is lost in operation %llu of the disk\n",
                    static_cast<unsigned long long>(plan.cut_at_operation));
    if (plan.disk_lies)
        std::printf("the disk says that it has synced and has not\n");
    print_configuration(plan);
    print_machines(plan);
    print_happenings(plan, variant);
    std::printf("\nthe life:\n");
}

Outcome tell_life(Lives& lives, std::uint64_t seed, const Variant& variant) {
    print_plan(draw_plan(seed), variant);
    Story story;
    const Outcome outcome = lives.live(seed, variant, &story);
    for (const std::string& line : story.lines())
        std::printf("%s\n", line.c_str());
    std::printf("%s\n", outcome.failed() ? ("FAILED " + outcome.failure).c_str() : "lived without a failure");
    return outcome;
}

void print_shrunk(Lives& lives, std::uint64_t seed, const Outcome& failed) {
    const Variant variant = shrink(lives, seed, failed);
    std::string without;
    for (const std::size_t place : variant.without)
        without += (without.empty() ? "" : ",") + std::to_string(place);
    std::printf("  the shortest that still fails: tools/sim --from %llu --count 1 --trace",
                static_cast<unsigned long long>(seed));
    if (!without.empty())
        std::printf(" --without %s", without.c_str());
    if (variant.end_at)
        std::printf(" --until %.6f", static_cast<double>(variant.end_at->count()) / 1e6);
    std::printf("\n");
}

// What can't be meant. A variant is of one seed: what it leaves out must be there.
std::string misfit(const Options& options) {
    if (options.count == 0)
        return "--count 0: no life, no answer";
    if (options.until_seconds < 0)
        return "--until: time does not run backwards";
    if (options.without.empty())
        return {};
    const std::size_t planned = draw_plan(options.from).happenings.size();
    for (const std::size_t place : options.without)
        if (place >= planned)
            return "--without " + std::to_string(place) + ": seed " + std::to_string(options.from) + " has " +
                   std::to_string(planned) + " happenings, counted from 0 (see --trace)";
    return {};
}

// What a process has lived so far. It lies in memory that all of them share.
struct Tally {
    std::atomic<std::uint64_t> lived = 0, failed = 0, digest = 0;
};

constexpr std::uint64_t digest_factor = 31;

void live_all(const Options& options, std::uint64_t from, std::uint64_t count, Tally& tally) {
    Lives lives;
    const Variant variant = variant_of(options);
    for (std::uint64_t seed = from; seed < from + count; ++seed) {
        const Outcome outcome = options.trace ? tell_life(lives, seed, variant) : lives.live(seed, variant);
        ++tally.lived;
        tally.digest = tally.digest * digest_factor + outcome.digest;
        if (!outcome.failed())
            continue;
        ++tally.failed;
        std::printf("seed %llu failed: %s\n", static_cast<unsigned long long>(seed), outcome.failure.c_str());
        if (options.shrinks)
            print_shrunk(lives, seed, outcome);
        std::fflush(stdout);  // a run of hours tells of it now
        if (options.stop_at_first)
            break;
    }
}

std::span<Tally> share_tallies(std::size_t jobs) {
    void* memory = ::mmap(nullptr, jobs * sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw std::system_error(errno, std::generic_category(), "mmap");
    std::uninitialized_default_construct_n(static_cast<Tally*>(memory), jobs);
    return {static_cast<Tally*>(memory), jobs};
}

// Each process takes a part of the seeds; lives share nothing.
std::vector<pid_t> fork_jobs(const Options& options, std::span<Tally> tallies) {
    std::vector<pid_t> processes;
    for (std::uint64_t job = 0; job < options.jobs; ++job) {
        const std::uint64_t begin = options.count * job / options.jobs, end = options.count * (job + 1) / options.jobs;
        const pid_t process = ::fork();
        if (process < 0)
            throw std::system_error(errno, std::generic_category(), "fork");
        if (process == 0) {
            live_all(options, options.from + begin, end - begin, tallies[job]);
            std::exit(0);
        }
        processes.push_back(process);
    }
    return processes;
}

void show_progress(const Options& options, std::span<Tally> tallies) {
    std::uint64_t lived = 0;
    for (const Tally& tally : tallies)
        lived += tally.lived;
    std::fprintf(stderr, "\r%llu of %llu", static_cast<unsigned long long>(lived),
                 static_cast<unsigned long long>(options.count));
}

// False: one of them did not end as it should, and nobody knows what its seeds would have shown.
bool wait_for(const std::vector<pid_t>& processes, const std::function<void()>& meanwhile) {
    bool all_well = true;
    for (const pid_t process : processes) {
        int status = 0;
        while (::waitpid(process, &status, WNOHANG) == 0) {
            meanwhile();
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        if (status == 0)
            continue;
        all_well = false;
        std::printf("a process ended by %s %d: its seeds are not known to be well\n",
                    WIFSIGNALED(status) ? "signal" : "exit code",
                    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    return all_well;
}

int run(const Options& options) {
    const bool is_terminal = ::isatty(STDERR_FILENO) != 0;
    const auto began = std::chrono::steady_clock::now();
    const std::span<Tally> tallies = share_tallies(options.jobs);
    const bool all_well = wait_for(fork_jobs(options, tallies), [&] {
        if (is_terminal)
            show_progress(options, tallies);
    });
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (is_terminal)
        std::fprintf(stderr, "\r");
    std::uint64_t failed = 0, lived = 0, digest = 0;
    for (const Tally& tally : tallies) {
        for (std::uint64_t one = 0; one < tally.lived; ++one)
            digest *= digest_factor;
        digest += tally.digest;
        lived += tally.lived;
        failed += tally.failed;
    }
    if (options.digest)
        std::printf("digest %016llx\n", static_cast<unsigned long long>(digest));
    std::printf("%llu seeds, %llu failed, %.0f seeds/s\n", static_cast<unsigned long long>(lived),
                static_cast<unsigned long long>(failed), static_cast<double>(lived) / seconds);
    return failed == 0 && all_well ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    CLI::App app{
        "Lives of the agent, simulated from seeds: production engine, cycle, store and recovery in a world of "
        "faults, watched by checkers that know only the rules."};
    Options options;
    app.add_option("--from", options.from, "the first seed")->capture_default_str();
    app.add_option("--count", options.count, "how many seeds")->capture_default_str();
    app.add_option("-j,--jobs", options.jobs, "processes that share the seeds")
        ->capture_default_str()
        ->check(CLI::Range(1, 1024));
    app.add_flag("--trace", options.trace, "tell each life as a story");
    app.add_flag("--stop-at-first", options.stop_at_first, "end with the first seed that fails (of each process)");
    app.add_flag("--shrink", options.shrinks, "of each failing seed find the shortest variant that still fails");
    app.add_flag("--digest", options.digest, "print a digest of all that was decided and done");
    app.add_option("--without", options.without, "leave out these happenings of the plan")->delimiter(',');
    app.add_option("--until", options.until_seconds, "end each life after so many seconds");
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : exit_wrong_usage;
    }
    if (const std::string problem = misfit(options); !problem.empty()) {
        std::fprintf(stderr, "sim: %s\n", problem.c_str());
        return exit_wrong_usage;
    }
    return run(options);
}
