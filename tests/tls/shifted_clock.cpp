#include "tests/tls/shifted_clock.hpp"

#include <ctime>

namespace {

std::time_t shift = 0;

}  // namespace

// The linker puts it in the place of time(2) (tests/CMakeLists.txt), also inside the static libraries of mbedTLS.
extern "C" std::time_t __real_time(std::time_t* now);
extern "C" std::time_t __wrap_time(std::time_t* now);
extern "C" std::time_t __wrap_time(std::time_t* now) {
    const std::time_t shifted = __real_time(nullptr) + shift;
    if (now != nullptr)
        *now = shifted;
    return shifted;
}

namespace noodstop::testing {

ShiftedClock::ShiftedClock(std::chrono::seconds by) {
    shift = by.count();
}

ShiftedClock::~ShiftedClock() {
    shift = 0;
}

}  // namespace noodstop::testing
