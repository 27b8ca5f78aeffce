// How fast the engine is and how much it holds, by the number of resources in one look. Lines: name value unit.
#include "agent/core/engine.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace noodstop::core;

constexpr std::int64_t mebibyte = 1024 * 1024;

Policy bench_policy() {
    Policy policy;
    PriceList prices;
    prices.name = {"own"};
    prices.unknown_price = {1'000'000};
    prices.prices = {{"*", "*", "", Metric::cpu, {48'000}, false}, {"*", "*", "", Metric::running, {}, true}};
    policy.price_lists = {prices};
    ProviderPolicy provider;
    provider.name = {"lab"};
    provider.price_list = {"own"};
    provider.blind_rate = {1'000'000};
    provider.resources_max = 1'000'000;
    policy.providers = {provider};
    policy.tenants = {{{"acme"}, "EUR"}};
    ZonePolicy zone;
    zone.name = {"dev"};
    zone.tenant = {"acme"};
    zone.providers = {{"lab"}};
    zone.mandate = {"m1"};
    zone.mode = ZoneMode::armed;
    policy.zones = {zone};
    Mandate mandate;
    mandate.id = {"m1"};
    mandate.scope = {{"dev"}};
    mandate.valid_until = {std::chrono::hours(24 * 365 * 100)};
    mandate.grants = {{{"lab"}, {Lever::power_off}}};
    policy.mandates = {mandate};
    for (const LimitKind kind : {LimitKind::spend, LimitKind::rate, LimitKind::count, LimitKind::allow}) {
        Limit limit;
        limit.name = {to_text(kind)};
        limit.kind = kind;
        limit.zone = ZoneName{"dev"};
        limit.kinds = {"cgroup"};
        if (kind != LimitKind::allow)
            limit.stop = std::int64_t{1} << 60;
        limit.window = WindowKind::rolling;
        limit.window_length = std::chrono::hours(24);
        policy.limits.push_back(limit);
    }
    return policy;
}

Look bench_look(std::size_t resources) {
    Look look;
    look.provider = {"lab"};
    look.quality = LookQuality::good;
    for (std::size_t number = 0; number < resources; ++number) {
        std::string digits = std::to_string(number);
        digits.insert(0, 6 - digits.size(), '0');
        Reading reading;
        reading.id = {"worker-" + digits + ".scope"};
        reading.sku = "cgroup";
        reading.kind = "cgroup";
        reading.activity = Activity::running;
        reading.measures = {{Metric::cpu, 0, true}};
        look.readings.push_back(std::move(reading));
    }
    return look;
}

std::int64_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::int64_t whole = 0, resident = 0;
    statm >> whole >> resident;
    return resident * sysconf(_SC_PAGESIZE);
}

// Of this thread on a processor: the engine waits for nothing, and what else runs on the machine is not its cost.
std::int64_t processor_nanoseconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

template <class Work>
std::int64_t nanoseconds_of(Work work) {
    const std::int64_t before = processor_nanoseconds();
    work();
    return processor_nanoseconds() - before;
}

void print(const std::string& name, double value, const char* unit) {
    std::printf("engine_%s %.6g %s\n", name.c_str(), value, unit);
}

double percentile(std::vector<std::int64_t> times, std::size_t percent) {
    std::sort(times.begin(), times.end());
    return static_cast<double>(times[std::min(times.size() - 1, times.size() * percent / 100)]);
}

// An engine that gets the same look again and again, each time with some more CPU time used.
class Bench {
public:
    explicit Bench(std::size_t resources) : look_(bench_look(resources)), engine_(bench_policy(), {}) {
        clock_.boot_id = "boot";
        clock_.wall = {std::chrono::hours(24 * 365 * 56)};
        clock_.synchronized = true;
        engine_.step(Tick{}, clock_);
    }
    std::int64_t take_look() {
        clock_.since_boot += std::chrono::seconds(1);
        clock_.wall = clock_.wall + std::chrono::seconds(1);
        for (Reading& reading : std::get<Look>(look_).readings)
            reading.measures.front().raw += 1000;
        std::get<Look>(look_).taken_at = {clock_.since_boot};
        return nanoseconds_of([this] { engine_.step(look_, clock_); });
    }
    std::int64_t tick() {
        clock_.since_boot += std::chrono::milliseconds(1);
        return nanoseconds_of([this] { engine_.step(Tick{}, clock_); });
    }
    const Engine& engine() const { return engine_; }

private:
    Input look_;
    ClockReading clock_;
    Engine engine_;
};

// Returns the median nanoseconds of one look.
double measure_looks(std::size_t resources, int repetitions) {
    Bench bench(resources);
    const std::string size = "_" + std::to_string(resources);
    print("first_look" + size, static_cast<double>(bench.take_look()) / 1e6, "ms");
    std::vector<std::int64_t> times;
    for (int count = 0; count < repetitions; ++count)
        times.push_back(bench.take_look());
    const double median = percentile(times, 50);
    print("look_median" + size, median / 1e6, "ms");
    print("look_p99" + size, percentile(times, 99) / 1e6, "ms");
    print("looks" + size, 1e9 / median, "looks/s");
    print("readings" + size, 1e9 / median * static_cast<double>(resources), "readings/s");
    return median;
}

void measure_state(std::size_t resources) {
    const std::int64_t before = resident_bytes();
    Bench bench(resources);
    const std::int64_t with_look = resident_bytes();
    bench.take_look();
    bench.take_look();
    const std::int64_t after = resident_bytes();
    const std::string size = "_" + std::to_string(resources);
    const auto count = static_cast<double>(resources);
    print("bytes_per_resource" + size, static_cast<double>(after - with_look) / count, "bytes");
    print("resident" + size, static_cast<double>(after - with_look) / mebibyte, "MiB");
    print("resident_with_look" + size, static_cast<double>(after - before) / mebibyte, "MiB");
    std::vector<std::int64_t> ticks;
    for (int repetition = 0; repetition < 1000; ++repetition)
        ticks.push_back(bench.tick());
    print("tick_median" + size, percentile(ticks, 50) / 1e3, "us");
    print("tick_p99" + size, percentile(ticks, 99) / 1e3, "us");
    std::uint64_t digest = 0;
    print("digest" + size, static_cast<double>(nanoseconds_of([&] { digest = bench.engine().digest(); })) / 1e6, "ms");
    StatePieces pieces;
    print("save" + size, static_cast<double>(nanoseconds_of([&] { pieces = bench.engine().save(); })) / 1e6, "ms");
    print("saved" + size, static_cast<double>(pieces["provider/lab"].size()) / count, "bytes/resource");
}

}  // namespace

int main() {
    measure_state(100'000);  // first, while the heap is empty
    measure_looks(1, 20'000);
    measure_looks(100, 10'000);
    const double at_ten_thousand = measure_looks(10'000, 500);
    const double at_hundred_thousand = measure_looks(100'000, 100);
    print("cost_linearity", at_hundred_thousand / at_ten_thousand / 10, "ratio");
    return 0;
}
