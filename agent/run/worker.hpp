// A thread with a queue, for calls that may block for as long as they like. Whoever owns it can give it up: a thread
// can't be ended while it hangs in the kernel, but it can be left behind, with what it works on, and replaced.
#pragma once

#include "platform/process/hardening.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace noodstop::run {

enum class Priority {
    ordinary,
    raised,  // real-time where the machine allows it: for what a stop has to go through
};

struct WorkerOptions {
    Priority priority = Priority::ordinary;
    // Called on the worker's thread when a job throws; must not throw itself.
    std::function<void(const std::string& problem)> fault;
};

// Context is what the jobs work on. It belongs to the thread and is destroyed when the thread ends.
template <class Context>
class Worker {
public:
    using Job = std::function<void(Context&)>;
    using Jobs = std::deque<Job>;
    using Steady = std::chrono::steady_clock;

    Worker(std::unique_ptr<Context> context, WorkerOptions options)
        : state_(std::make_shared<State>(std::move(context), std::move(options))) {
        thread_ = std::thread([state = state_] { state->run(); });
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() {
        if (thread_.joinable())
            end_within(std::chrono::milliseconds(500));
    }

    void post(Job job) {
        {
            const std::lock_guard guard(state_->mutex);
            state_->jobs.push_back(std::move(job));
        }
        state_->changed.notify_all();
    }

    // How long the present job has been running; none if there is none.
    std::optional<Steady::duration> busy_for() const {
        const std::lock_guard guard(state_->mutex);
        if (!state_->busy_since)
            return std::nullopt;
        return Steady::now() - *state_->busy_since;
    }

    std::size_t waiting() const {
        const std::lock_guard guard(state_->mutex);
        return state_->jobs.size();
    }

    // Leaves the thread behind: it ends after its present job. Returns the jobs that it has not begun.
    Jobs abandon() {
        Jobs jobs;
        {
            const std::lock_guard guard(state_->mutex);
            state_->ending = true;
            jobs.swap(state_->jobs);
        }
        state_->changed.notify_all();
        thread_.detach();
        return jobs;
    }

    // True until the thread has ended; may outlive the worker.
    std::function<bool()> alive_test() const {
        return [state = std::weak_ptr<State>(state_)] {
            const auto alive = state.lock();
            return alive && !alive->ended_now();
        };
    }

private:
    struct State {
        State(std::unique_ptr<Context> the_context, WorkerOptions the_options)
            : context(std::move(the_context)), options(std::move(the_options)) {}

        void run() {
            if (options.priority == Priority::raised)
                static_cast<void>(platform::raise_priority());  // a refusal is told once, for the whole process
            while (auto job = next())
                carry_out(*job);
            context.reset();
            const std::lock_guard guard(mutex);
            ended = true;
            changed.notify_all();
        }

        std::optional<Job> next() {
            std::unique_lock guard(mutex);
            busy_since.reset();
            changed.wait(guard, [this] { return ending || !jobs.empty(); });
            if (jobs.empty())
                return std::nullopt;
            Job job = std::move(jobs.front());
            jobs.pop_front();
            busy_since = Steady::now();
            return job;
        }

        void carry_out(const Job& job) {
            try {
                job(*context);
            } catch (const std::exception& fault) {
                options.fault(fault.what());
            } catch (...) {
                options.fault("an exception of unknown type");
            }
        }

        bool ended_now() {
            const std::lock_guard guard(mutex);
            return ended;
        }

        std::mutex mutex;
        std::condition_variable changed;
        Jobs jobs;
        std::optional<Steady::time_point> busy_since;
        bool ending = false;
        bool ended = false;
        std::unique_ptr<Context> context;
        WorkerOptions options;
    };

    // What waits is still done, if it doesn't take too long.
    void end_within(Steady::duration patience) {
        std::unique_lock guard(state_->mutex);
        state_->ending = true;
        state_->changed.notify_all();
        const bool ended = state_->changed.wait_for(guard, patience, [this] { return state_->ended; });
        guard.unlock();
        if (ended)
            thread_.join();
        else
            thread_.detach();
    }

    std::shared_ptr<State> state_;
    std::thread thread_;
};

}  // namespace noodstop::run
