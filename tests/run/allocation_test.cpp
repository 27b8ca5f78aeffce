// The machine's memory runs out at any allocation of any turn: operator new of this program fails when it is told to.
#include "tests/run/world.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <new>

namespace {

thread_local long fail_after = -1;  // < 0: never

void* allocate(std::size_t size) {
    if (fail_after >= 0 && fail_after-- == 0)
        throw std::bad_alloc();
    if (void* memory = std::malloc(size == 0 ? 1 : size))
        return memory;
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
    return allocate(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    try {
        return allocate(size);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

using namespace noodstop;
using namespace noodstop::testing;

TEST_CASE("whichever allocation of the deciding turns fails, the load ends dead") {
    int survived = 0;
    for (long allocation = 0; allocation < 400; allocation += 3) {
        World world;
        REQUIRE(world.run_until([&] { return world.cycle.engine().snapshot().looks >= 20; }, seconds(5)));
        for (int round = 0; round < 30 && !world.steps_started(); ++round) {
            world.cycle.collect(core::Tick{});
            fail_after = allocation;
            try {
                world.turn();
            } catch (const std::bad_alloc&) {
                ++survived;
            }
            fail_after = -1;
            world.run_for(milliseconds(50));
        }
        INFO("allocation ", allocation);
        CHECK(world.run_until([&] { return world.running.empty(); }, seconds(10)));
        survived += static_cast<int>(world.count(core::FactKind::fault_survived));
    }
    MESSAGE(survived, " failed allocations survived");
    CHECK(survived > 0);
}
