// What the production store costs on the simulated disk, in microseconds: each figure on a line "name value unit".
#include "tests/sim/disk/support.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>

using namespace noodstop;
using namespace noodstop::sim;
using namespace noodstop::sim::testing;

namespace {

constexpr int batches_of_a_life = 10;

journal::Store open_store() {
    platform::Result<journal::Store> store = journal::Store::open(state_folder);
    if (!store) {
        std::fprintf(stderr, "%s\n", store.error().message.c_str());
        std::exit(1);
    }
    return std::move(*store);
}

void must(bool good) {
    if (!good)
        std::abort();
}

int number_in(const char* text) {
    int number = 0;
    std::from_chars(text, text + std::strlen(text), number);
    return number;
}

// Counts this thread's processor time: what else runs on the machine doesn't matter.
class Stopwatch {
public:
    void start() { begun_ = processor_nanoseconds(); }
    void stop() { total_ += processor_nanoseconds() - begun_; }
    void print(const char* name, int times) const {
        std::printf("%s %.1f us\n", name, static_cast<double>(total_) / 1'000 / times);
    }

private:
    static std::int64_t processor_nanoseconds() {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
    }

    std::int64_t begun_ = 0;
    std::int64_t total_ = 0;
};

Image prepared_image(Disk& disk) {
    {
        journal::Store store = open_store();
        core::RecordBatch batch = make_batch(1, 3);
        batch.latches = {make_latch(1, false)};
        must(store.write(batch).ok());
    }
    return disk.image();
}

}  // namespace

int main(int count, char** arguments) {
    const int lives = count > 1 ? std::max(10, number_in(arguments[1])) : 2'000;
    MountedDisk disk;
    Stopwatch first_open;
    for (int life = 0; life < lives / 10; ++life) {
        disk->format(7);
        first_open.start();
        { const journal::Store store = open_store(); }
        first_open.stop();
    }
    disk->format(7);
    const Image image = prepared_image(*disk);
    Stopwatch restoring, opening, writing, latching, dying, reopening, closing;
    for (int life = 0; life < lives; ++life) {
        restoring.start();
        disk->format(static_cast<std::uint64_t>(life));
        disk->restore(image);
        restoring.stop();
        {
            opening.start();
            journal::Store store = open_store();
            opening.stop();
            writing.start();
            for (std::uint64_t batch = 4; batch < 4 + batches_of_a_life; ++batch)
                must(store.write(make_batch(batch, batch)).ok());
            writing.stop();
            latching.start();
            core::RecordBatch trip;
            trip.latches = {make_latch(2, true)};
            must(store.write(trip).ok());
            latching.stop();
            dying.start();
            Random random(static_cast<std::uint64_t>(life));
            disk->power_cut(random);
        }
        disk->power_on();
        dying.stop();
        reopening.start();
        auto again = std::make_unique<journal::Store>(open_store());
        reopening.stop();
        must(again->recovered().last_sequence == 3 + batches_of_a_life);
        closing.start();
        again.reset();
        closing.stop();
    }
    first_open.print("first_start_and_end", lives / 10);
    restoring.print("restore_image", lives);
    opening.print("open_after_orderly_end", lives);
    writing.print("write_batch", lives * batches_of_a_life);
    latching.print("write_latch", lives);
    dying.print("power_cut_and_on", lives);
    reopening.print("open_after_power_cut", lives);
    closing.print("close_in_order", lives);
    std::printf("operations_of_last_life %llu count\n", static_cast<unsigned long long>(disk->operations()));
}
