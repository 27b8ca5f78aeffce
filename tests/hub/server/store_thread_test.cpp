#include "tools/hub/server/store_thread.hpp"

#include "tests/hub/server/desk_folder.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <future>

using namespace noodstop;
using namespace noodstop::hub;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<Desk> desk_in(const DeskFolder& folder) {
    auto store = Store::open(folder.path + "/hub.db");
    REQUIRE(store.ok());
    return std::make_unique<Desk>(std::move(*store), DeskOptions{},
                                  DeskReports{[](const AlertNews&) {}, [](const std::string&) {}, [](bool) {}});
}

// Keeps the store's thread busy until it is released.
struct Hold {
    explicit Hold(StoreThread& thread) {
        std::promise<void> began;
        REQUIRE(thread.tell([&began, held = release.get_future().share()](Desk&) {
            began.set_value();
            held.wait();
        }));
        began.get_future().wait();
    }
    std::promise<void> release;
};

}  // namespace

TEST_CASE("work is done on the store's thread, and its result comes back to the io_context's") {
    const DeskFolder folder;
    boost::asio::io_context io;
    const auto work = boost::asio::make_work_guard(io);
    StoreThread thread(io, desk_in(folder), {});
    std::thread::id worked_on;
    std::thread::id done_on;
    REQUIRE(thread.ask(
        1, [](Desk&) { return std::this_thread::get_id(); },
        [&](std::thread::id id) {
            worked_on = id;
            done_on = std::this_thread::get_id();
        }));
    io.run_one();
    CHECK(worked_on != std::this_thread::get_id());
    CHECK(done_on == std::this_thread::get_id());
}

TEST_CASE("what is too much at once is refused, and is welcome when the rest is done") {
    const DeskFolder folder;
    boost::asio::io_context io;
    const auto work = boost::asio::make_work_guard(io);
    StoreThread thread(io, desk_in(folder), {.jobs_max = 3, .bytes_max = 10});
    int done = 0;
    const auto ask = [&](std::size_t bytes) {
        return thread.ask(
            bytes, [](Desk&) { return 1; }, [&](int count) { done += count; });
    };
    {
        Hold hold(thread);
        CHECK(ask(10));
        CHECK(!ask(1));
        CHECK(ask(0));
        CHECK(ask(0));
        CHECK(!ask(0));
        hold.release.set_value();
    }
    while (done < 3)
        io.run_one();
    CHECK(done == 3);
    CHECK(ask(10));
    io.run_one();
    CHECK(done == 4);
}

TEST_CASE("what was handed in is done before the thread ends") {
    const DeskFolder folder;
    boost::asio::io_context io;
    std::atomic<int> done = 0;
    {
        StoreThread thread(io, desk_in(folder), {});
        for (int number = 0; number < 100; ++number)
            REQUIRE(thread.tell([&](Desk&) { ++done; }));
    }
    CHECK(done == 100);
}
