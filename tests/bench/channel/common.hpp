// What the programs of the benchmark `channel` share: the status that both servers tell, and how clients report.
#pragma once

#include "noodstop/v1/status_service.pb.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <unistd.h>
#include <vector>

namespace noodstop::bench {

inline constexpr const char* status_path = "/noodstop.v1.StatusService/GetStatus";
inline constexpr int zone_count = 10;

// Of an agent with ten zones, some 2 KB. Both servers write it anew for each call.
inline v1::GetStatusResponse status_of_agent() {
    v1::GetStatusResponse response;
    response.set_snapshot_age_micros(200'000);
    for (int number = 0; number < zone_count; ++number) {
        auto* zone = response.mutable_snapshot()->add_zones();
        zone->set_name("zone-" + std::to_string(number));
        zone->set_tenant("tenant-" + std::to_string(number));
        auto* limit = response.mutable_snapshot()->add_limits();
        limit->set_name("daily-" + std::to_string(number));
        limit->add_zones("zone-" + std::to_string(number));
        limit->set_tenant("tenant-" + std::to_string(number));
        limit->set_currency("EUR");
    }
    return response;
}

using SteadyClock = std::chrono::steady_clock;

// Calls that a client has made, and how long each took.
class Calls {
public:
    explicit Calls(double seconds)
        : end_(SteadyClock::now() +
               std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(seconds))) {}

    bool goes_on() const { return SteadyClock::now() < end_; }
    void took(SteadyClock::time_point began) {
        micros_.push_back(std::chrono::duration<double, std::micro>(SteadyClock::now() - began).count());
    }
    void failed(const std::string& why) {
        if (failures_++ == 0)
            std::fprintf(stderr, "a call failed: %s\n", why.c_str());
    }
    // One line of JSON; exit code 1 if a call failed.
    int report(SteadyClock::time_point began) {
        const double seconds = std::chrono::duration<double>(SteadyClock::now() - began).count();
        std::sort(micros_.begin(), micros_.end());
        std::printf("{\"calls\": %zu, \"seconds\": %.6f, \"p50\": %.1f, \"p99\": %.1f}\n", micros_.size(), seconds,
                    percentile(0.5), percentile(0.99));
        return failures_ > 0 || micros_.empty() ? 1 : 0;
    }

private:
    double percentile(double share) const {
        if (micros_.empty())
            return 0;
        const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(micros_.size())));
        return micros_[std::max<std::size_t>(rank, 1) - 1];
    }

    SteadyClock::time_point end_;
    std::vector<double> micros_;
    std::size_t failures_ = 0;
};

// Tells who waits for it that this process is ready, and returns when the input ends.
inline void ready_until_input_ends(const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
    char ignored = 0;
    while (::read(STDIN_FILENO, &ignored, 1) > 0) {
    }
}

}  // namespace noodstop::bench
