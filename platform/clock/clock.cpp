#include "platform/clock/clock.hpp"

#include "platform/file/file.hpp"

#include <sys/timex.h>

#include <algorithm>
#include <ctime>

namespace noodstop::platform {
namespace {

using std::chrono::microseconds;

constexpr std::size_t boot_id_size_max = 128;
constexpr microseconds pair_distance_max{200};
constexpr int pair_attempts_max = 4;

microseconds now(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);  // can't fail for these two clocks with a valid pointer
    return std::chrono::seconds(time.tv_sec) +
           std::chrono::duration_cast<microseconds>(std::chrono::nanoseconds(time.tv_nsec));
}

// The kernel's own opinion; also false until a time daemon has set the clock after boot.
bool wall_clock_is_disciplined() {
    timex request{};
    const int state = ::adjtimex(&request);
    return state >= 0 && state != TIME_ERROR && (request.status & STA_UNSYNC) == 0;
}

}  // namespace

Result<Clock> Clock::open() {
    const std::string path = "/proc/sys/kernel/random/boot_id";
    Result<std::string> text = read_file(path, boot_id_size_max);
    if (!text)
        return text.error();
    std::string boot_id = *text;
    boot_id.erase(std::find(boot_id.begin(), boot_id.end(), '\n'), boot_id.end());
    if (boot_id.empty())
        return Error{0, "cannot read " + path + ": it is empty"};
    return Clock(std::move(boot_id));
}

ClockTimes Clock::read() const {
    ClockTimes times;
    times.synchronized = wall_clock_is_disciplined();
    for (int attempt = 0; attempt < pair_attempts_max; ++attempt) {
        times.since_boot = now(CLOCK_BOOTTIME);
        times.wall_since_epoch = now(CLOCK_REALTIME);
        if (now(CLOCK_BOOTTIME) - times.since_boot <= pair_distance_max)
            break;
    }
    return times;
}

}  // namespace noodstop::platform
