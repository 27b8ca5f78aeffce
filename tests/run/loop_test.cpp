// The real Loop, with a store on disk and providers that do what a test wants: hang, throw, or answer.
#include "agent/run/loop.hpp"

#include "tests/run/world.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

using namespace noodstop;
using namespace noodstop::testing;
using core::FactKind;

namespace {

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
        loop = std::make_unique<run::Loop>(io_, std::move(parts), hooks());
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
            io_.run_one_for(milliseconds(5));
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
    boost::asio::io_context io_;
};

// Two zones, "dev" of provider "batch" as in small_policy, and "other" of provider "slow", which never trips.
core::Policy two_zones() {
    core::Policy policy = small_policy(1);
    core::ProviderPolicy slow = policy.providers.front();
    slow.name = {"slow"};
    policy.providers.push_back(slow);
    core::ZonePolicy other = policy.zones.front();
    other.name = {"other"};
    other.providers = {{"slow"}};
    policy.zones.push_back(other);
    policy.mandates.front().scope.push_back({"other"});
    policy.mandates.front().grants.push_back({{"slow"}, {core::Lever::power_off}});
    core::Limit limit = policy.limits.front();
    limit.name = {"other"};
    limit.zone = core::ZoneName{"other"};
    limit.stop = core::units(1'000'000).micros;
    policy.limits.push_back(limit);
    return policy;
}

}  // namespace

TEST_CASE("the real loop trips, stops, observes and latches, and its facts are in the store") {
    Running running(small_policy(1));
    REQUIRE(running.run_until([&] { return running.count(FactKind::latched) == 1; }, seconds(20)));
    CHECK(running.snapshot.zones.front().state == core::BreakerState::latched);
    running.loop->stop("the test is over");
    CHECK(running.run_until([&] { return running.ended; }, seconds(5)));
}

TEST_CASE("a provider whose reads hang delays no other: the other one's zone is stopped in time") {
    Running running(two_zones());
    running.script("slow").reads_hang = true;
    REQUIRE(running.run_until([&] { return running.count(FactKind::latched) == 1; }, seconds(20)));
    CHECK(running.at(FactKind::step_accepted) - running.at(FactKind::tripped) < milliseconds(500));
    REQUIRE(running.run_until([&] { return running.count(FactKind::look_absent) > 0; }, seconds(5)));
}

TEST_CASE("threads that hang in a read are left behind and replaced, but not without end") {
    Running running(two_zones());
    running.script("slow").reads_hang = true;
    REQUIRE(running.run_until([&] { return running.script("slow").made >= 3; }, seconds(20)));
    const int turns = running.turns;
    running.run_until([] { return false; }, seconds(4));
    CHECK(running.script("slow").made <= 1 + static_cast<int>(run::workers_max));
    CHECK(running.turns > turns + 10);
    CHECK(running.count(FactKind::fault_survived) >= 1);

    running.script("slow").reads_hang = false;
    running.script("slow").gate->open();
    CHECK(running.run_until(
        [&] {
            for (const core::ProviderStatus& provider : running.snapshot.providers)
                if (provider.name.text == "slow")
                    return !provider.blind;
            return false;
        },
        seconds(10)));
}

TEST_CASE("a stop that hangs is left behind, and the next try kills the load") {
    Running running(small_policy(1));
    running.script("batch").first_step_hangs = true;
    CHECK(running.run_until([&] { return running.count(FactKind::latched) == 1; }, seconds(20)));
    CHECK(running.script("batch").steps >= 2);
}

TEST_CASE("a provider that throws counts as absent, and the loop goes on") {
    Running running(small_policy(1));
    running.script("batch").reads_throw = true;
    REQUIRE(running.run_until([&] { return running.count(FactKind::look_absent) > 0; }, seconds(10)));
    running.script("batch").reads_throw = false;
    CHECK(running.run_until([&] { return running.count(FactKind::latched) == 1; }, seconds(20)));
}

TEST_CASE("a wrong configuration is refused with all its mistakes and the old one stays in force") {
    Running running(small_policy(1'000));
    REQUIRE(running.run_until([&] { return running.turns > 2; }, seconds(5)));
    running.configuration.mistakes = {{"f.toml", 1, "a", "wrong", "right"}, {"f.toml", 2, "b", "wrong too", "right"}};
    running.loop->reload();
    REQUIRE(running.run_until([&] { return running.count(FactKind::policy_refused) == 1; }, seconds(5)));
    for (const core::RecordedFact& fact : running.facts)
        if (fact.fact.kind == FactKind::policy_refused)
            CHECK(fact.fact.fields.size() == 3);

    running.configuration = {};
    running.configuration.policy = small_policy(1);
    running.loop->reload();
    CHECK(running.run_until([&] { return running.count(FactKind::latched) == 1; }, seconds(20)));
}

TEST_CASE("after a restart with another configuration the providers are those of the new one from the first look on") {
    const auto folder = std::make_shared<TemporaryFolder>();
    core::Policy policy = small_policy(1'000'000);
    policy.providers.front().poll_interval = milliseconds(110);
    {
        Running running(policy, folder);
        REQUIRE(running.run_until([&] { return running.count(FactKind::armed) == 1; }, seconds(10)));
        running.loop->stop("the test starts it again");
        REQUIRE(running.run_until([&] { return running.ended; }, seconds(5)));
    }
    policy.providers.front().poll_interval = milliseconds(120);
    Running running(policy, folder);
    REQUIRE(running.run_until([&] { return running.count(FactKind::policy_loaded) == 1; }, seconds(10)));
    const Script& made = running.script("batch");
    REQUIRE(running.run_until([&] { return made.poll_interval.load() > core::Duration{0}; }, seconds(10)));
    CHECK(running.script("batch").poll_interval.load() == milliseconds(120));
    CHECK(running.script("batch").made == 1);
}
