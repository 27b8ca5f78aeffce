// Those who follow the spool, in lives that have them: a hub and exporters that ask, answer, lie, say it twice, stay
// away, flood, and are replaced by others. All of it is drawn apart, and none of it may show in what the agent does.
#include "agent/run/spool_options.hpp"
#include "tests/sim/world.hpp"

#include <array>

namespace noodstop::sim {
namespace {

using std::chrono::milliseconds;

constexpr std::array consumers{"hub", "exporter/lab", "exporter/logs", "nobody"};
constexpr std::array kinds{core::FactKind::call_refused, core::FactKind::hub_missing, core::FactKind::hub_returned,
                           core::FactKind::exporter_failing, core::FactKind::exporter_recovered};

}  // namespace

journal::SpoolOptions World::followers() {
    journal::SpoolOptions options;
    options.consumers = run::consumers_of(configuration_.agent.channel);
    if (random_of_channel_.chance(100))
        options.consumers.pop_back();
    options.bytes_max = configuration_.agent.channel.spool_bytes_max;
    options.draw = [this] { return random_of_channel_.next(); };
    return options;
}

void World::mind_channel() {
    const bool is_away = random_of_channel_.chance(50);
    const std::int64_t longest = is_away ? 60'000'000 : 2'000'000;
    clockwork_.in(Duration{random_of_channel_.between(200, longest)}, [this] {
        if (cycle_ && shelf_ && !frozen() && disk_hangs_until_ <= now())
            happen_to_channel();
        mind_channel();
    });
}

void World::happen_to_channel() {
    if (random_of_channel_.chance(20))
        shelf_->follow(followers());
    ask_and_answer(random_of_channel_.pick(consumers));
    if (random_of_channel_.chance(200))
        notice_beside();
    for (const core::Fact& fact : shelf_->take_told())
        cycle_->record_beside(fact.kind, fact.fields);
}

void World::ask_and_answer(const std::string& consumer) {
    Random& random = random_of_channel_;
    journal::BatchLimits limits;
    limits.facts_max = random.below(300);
    limits.counters_max = random.below(3'000);
    core::BatchFound found = shelf_->next_batch(consumer, limits);
    std::optional<core::HubAnswer> answer;
    if (consumer == consumers.front())
        answer = {answer_of_hub(found.batch.facts), answer_of_hub(found.batch.samples)};
    const std::uint64_t batch = random.chance(50) ? random.below(50) : found.batch.number;
    for (int count = random.chance(100) ? 2 : random.chance(700) ? 1 : 0; count > 0; --count)
        (void)shelf_->batch_answered(consumer, batch, answer);
}

// Mostly the truth.
core::LaneAnswer World::answer_of_hub(const core::RunBounds& run) {
    Random& random = random_of_channel_;
    core::LaneAnswer answer{true, run.empty() ? run.after : run.end()};
    if (random.chance(100))
        answer.taken = false;
    if (random.chance(50))
        answer.head = core::Position{random.next(), random.below(1'000)};
    else if (answer.head && random.chance(50))
        answer.head->sequence += random.below(1'000);
    else if (random.chance(30))
        answer.head.reset();
    return answer;
}

void World::notice_beside() {
    Random& random = random_of_channel_;
    for (int count = random.chance(20) ? 400 : 1; count > 0; --count)
        cycle_->record_beside(random.pick(kinds), {{"reason", std::to_string(random.next())}});
}

}  // namespace noodstop::sim
