// Thirty days without a hub at 1,000 resources, in simulated time: how large the spool gets, how long it takes to
// drain, and that nothing was lost. Lines: name value unit. Exit code 1 if a bound was missed or anything was lost.
//
// usage: bench_outage [DAYS [RESOURCES]]
#include "tests/outage/outage.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace {

using namespace noodstop::outage;

constexpr double mebibyte = 1024 * 1024;

void tell(const char* name, double value, const char* unit) {
    std::printf("outage_%s %.10g %s\n", name, value, unit);
}

void tell_count(const char* name, std::uint64_t value, const char* unit) {
    std::printf("outage_%s %llu %s\n", name, static_cast<unsigned long long>(value), unit);
}

void tell_all(const OutagePlan& plan, const OutageFigures& figures) {
    tell_count("length", static_cast<std::uint64_t>(plan.length / std::chrono::hours(24)), "days");
    tell_count("resources", plan.resources, "resources");
    tell("spool_max", static_cast<double>(figures.spool_bytes) / mebibyte, "MiB");
    tell("spool_bound", static_cast<double>(plan.spool_bytes_max) / mebibyte, "MiB");
    tell("database_file", static_cast<double>(figures.database_bytes) / mebibyte, "MiB");
    tell_count("samples_recorded", figures.samples_recorded, "samples");
    tell_count("samples_thinned", figures.samples_thinned, "samples");
    tell_count("facts_recorded", figures.facts_recorded, "facts");
    tell_count("counters_told", figures.counters, "counters");
    tell_count("dials_in_vain", figures.dials, "dials");
    tell("drain", figures.drain_seconds, "s");
    tell_count("drain_pushes", figures.pushes, "pushes");
    tell("drain_bytes", static_cast<double>(figures.push_bytes) / mebibyte, "MiB");
    tell("processor_time_of_the_outage", figures.simulated_seconds, "s");
    tell_count("facts_missing", figures.facts_missing, "facts");
    tell_count("facts_wrong", figures.facts_wrong, "facts");
    tell_count("totals_wrong", figures.totals_wrong, "counters");
    tell_count("gaps", figures.gaps, "gaps");
}

// What is measured is not the disk: in memory, where there is such a place.
std::string make_folder() {
    const bool has_memory = std::filesystem::is_directory("/dev/shm");
    std::string pattern = std::string(has_memory ? "/dev/shm" : "/tmp") + "/noodstop-outage-XXXXXX";
    return ::mkdtemp(pattern.data()) == nullptr ? std::string() : pattern;
}

}  // namespace

int main(int count, char** arguments) {
    OutagePlan plan;
    if (count > 1)
        plan.length = std::chrono::hours(24) * std::atoi(arguments[1]);
    if (count > 2)
        plan.resources = static_cast<std::uint64_t>(std::atoi(arguments[2]));
    plan.folder = make_folder();
    const OutageFigures figures = live_outage(plan);
    std::error_code ignored;
    std::filesystem::remove_all(plan.folder, ignored);
    if (!figures.problem.empty()) {
        std::fprintf(stderr, "bench_outage: %s\n", figures.problem.c_str());
        return 1;
    }
    tell_all(plan, figures);
    const bool is_lost = figures.facts_missing + figures.facts_wrong + figures.totals_wrong + figures.gaps > 0;
    return is_lost || figures.spool_bytes > plan.spool_bytes_max ? 1 : 0;
}
