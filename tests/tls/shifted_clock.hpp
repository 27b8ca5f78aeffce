// The wall clock of this test program, which a test may move: mbedTLS judges certificates and tickets by it.
#pragma once

#include <chrono>

namespace noodstop::testing {

// For the life of the object.
class ShiftedClock {
public:
    explicit ShiftedClock(std::chrono::seconds by);
    ~ShiftedClock();
    ShiftedClock(const ShiftedClock&) = delete;
    ShiftedClock& operator=(const ShiftedClock&) = delete;
};

}  // namespace noodstop::testing
