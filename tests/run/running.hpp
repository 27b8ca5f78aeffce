// A running Loop, with a store on disk and providers that do what a test wants: hang, throw, or answer.
#pragma once

#include "agent/run/loop.hpp"
#include "tests/run/world.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace noodstop::testing {

using core::FactKind;

// A door that hanging calls wait behind; it opens at the end of the test.
class Gate {
public:
    ~Gate() { open(); }
    void wait() {
        std::unique_lock guard(mutex_);
        changed_.wait(guard, [this] { return open_; });
    }
    void open() {
        const std::lock_guard guard(mutex_);
        open_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

struct Script {
    std::shared_ptr<Gate> gate = std::make_shared<Gate>();
    std::atomic<bool> reads_hang{false};
    std::atomic<bool> reads_throw{false};
    std::atomic<bool> first_step_hangs{false};
    std::atomic<int> made{0};
    std::atomic<bool> stopped{false};
    std::atomic<int> steps{0};
    std::atomic<core::Duration> poll_interval{};  // of the settings that it was last made with
};

class ScriptedProvider : public core::Provider {
public:
    ScriptedProvider(std::shared_ptr<Script> script, core::ProviderName name)
        : script_(std::move(script)), gate_(script_->gate), name_(std::move(name)) {}

    core::Look read() override {
        if (script_->reads_hang)
            gate_->wait();
        if (script_->reads_throw)
            throw std::runtime_error("scripted");
        core::Look look{.provider = name_, .quality = core::LookQuality::good};
        core::Reading reading{.id = {"job"}, .sku = "cgroup", .family = "cgroup", .region = "local", .kind = "cgroup"};
        reading.activity = script_->stopped ? core::Activity::stopped : core::Activity::running;
        look.readings.push_back(reading);
        return look;
    }
    core::StepReport carry_out(const core::StepOrder& order) override {
        if (script_->steps++ == 0 && script_->first_step_hangs)
            gate_->wait();
        script_->stopped = true;
        return {order.id, true, ""};
    }
    core::Observation observe(const core::ResourceId& resource) override {
        return {name_, resource, script_->stopped ? core::Observed::gone : core::Observed::running, ""};
    }
    core::Rehearsal rehearse(const std::vector<core::Lever>& levers) override {
        core::Rehearsal rehearsal{name_, {}};
        for (const core::Lever lever : levers)
            rehearsal.lines.push_back({lever, core::RehearsalAnswer::ready, ""});
        return rehearsal;
    }

private:
    std::shared_ptr<Script> script_;
    std::shared_ptr<Gate> gate_;
    core::ProviderName name_;
};

struct TemporaryFolder {
    std::string path;
    TemporaryFolder() {
        char name[] = "/tmp/noodstop-loop-XXXXXX";
        path = ::mkdtemp(name);
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path); }
};

// A Loop with one script for each provider, run on this thread.
class Running {
public:
    explicit Running(core::Policy policy, std::shared_ptr<TemporaryFolder> folder = std::make_shared<TemporaryFolder>())
        : folder_(std::move(folder)) {
        for (const core::ProviderPolicy& provider : policy.providers)
            scripts[provider.name] = std::make_shared<Script>();
        policy.agent.state_folder = folder_->path;
        auto store = journal::Store::open(folder_->path);
        REQUIRE(store);
        const auto clock = platform::Clock::open();
        REQUIRE(clock);
        run::LoopParts parts{.policy = policy, .recovered = store->recovered(), .store = std::nullopt, .clock = *clock};
        parts.store = std::move(*store);
        parts.make_provider = [scripts = scripts](const run::ProviderSetup& setup) {
            const auto& script = scripts.at(setup.provider.name);
            ++script->made;
            script->poll_interval = setup.provider.poll_interval;
            return std::make_unique<ScriptedProvider>(script, setup.provider.name);
        };
        parts.load_configuration = [this] { return configuration; };
        loop = std::make_unique<run::Loop>(io, std::move(parts), hooks());
        loop->start();
    }
    ~Running() {
        for (auto& [name, script] : scripts)
            script->gate->open();
        loop.reset();
    }

    bool run_until(const std::function<bool()>& reached, std::chrono::milliseconds within) {
        const auto end = std::chrono::steady_clock::now() + within;
        while (!reached() && std::chrono::steady_clock::now() < end)
            io.run_one_for(milliseconds(5));
        return reached();
    }
    std::size_t count(FactKind kind) const {
        std::size_t found = 0;
        for (const core::RecordedFact& fact : facts)
            found += fact.fact.kind == kind ? 1 : 0;
        return found;
    }
    core::Instant at(FactKind kind) const {
        for (const core::RecordedFact& fact : facts)
            if (fact.fact.kind == kind)
                return fact.fact.at;
        FAIL("no such fact");
        return {};
    }
    Script& script(const char* provider) { return *scripts.at({provider}); }

    std::map<core::ProviderName, std::shared_ptr<Script>> scripts;
    std::vector<core::RecordedFact> facts;
    core::Snapshot snapshot;
    config::Loaded configuration;
    boost::asio::io_context io;
    std::unique_ptr<run::Loop> loop;
    bool ended = false;
    int turns = 0;

private:
    run::LoopHooks hooks() {
        run::LoopHooks hooks;
        hooks.recorded = [this](const auto& more) { facts.insert(facts.end(), more.begin(), more.end()); };
        hooks.published = [this](const core::Snapshot& published) { snapshot = published; };
        hooks.stopped = [this] { ended = true; };
        hooks.turned = [this] { ++turns; };
        return hooks;
    }

    std::shared_ptr<TemporaryFolder> folder_;
};

}  // namespace noodstop::testing
