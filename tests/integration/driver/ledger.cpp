#include "tests/integration/driver/ledger.hpp"

#include <algorithm>

namespace noodstop::driver {
namespace {

constexpr std::uint64_t epoch = 77;

core::CounterName name_of(core::CounterKind kind, const std::string& zone) {
    core::CounterName name;
    name.kind = kind;
    name.tenant = {"acme"};
    name.zone = {zone};
    name.currency = "EUR";
    return name;
}

core::CounterName resource_name(std::uint64_t number) {
    core::CounterName name = name_of(core::CounterKind::resource_spend, "dev");
    name.provider = {"lab"};
    // What an attacker would choose for a name.
    name.resource = {"/machines/m-" + std::to_string(number) + " \"quoted\\\" \xe2\x82\xac\n\xff"};
    return name;
}

}  // namespace

Ledger::Ledger(const LedgerOptions& options) : options_(options), state_(options.seed) {
    for (std::uint64_t sequence = 1; sequence <= options_.samples; ++sequence)
        make_sample(sequence, options_.end - options_.interval * (options_.samples - sequence));
}

// xorshift64*: the same everywhere.
std::int64_t Ledger::draw(std::int64_t below) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<std::int64_t>((state_ * 0x2545F4914F6CDD1D >> 1) % static_cast<std::uint64_t>(below));
}

void Ledger::make_sample(std::uint64_t sequence, core::WallTime at) {
    core::Sample sample;
    sample.sequence = sequence;
    sample.at = at;
    for (std::uint64_t number = 0; number < options_.resources; ++number)
        if (draw(3) > 0 || sequence == 1)
            charge(sample, resource_name(number), {draw(options_.most.micros / 100'000)});
    charge(sample, name_of(core::CounterKind::zone_spend, "dev"), {draw(options_.most.micros / 1'000)});
    charge(sample, name_of(core::CounterKind::zone_spend, "tiny"), {1});
    // Grows in equal steps to the highest total there is.
    const auto steps = static_cast<std::int64_t>(options_.samples);
    const std::int64_t step = options_.most.micros / steps;
    const bool is_last = sequence == options_.samples;
    charge(sample, name_of(core::CounterKind::zone_spend, "huge"),
           {is_last ? options_.most.micros - step * (steps - 1) : step});
    samples_.push_back(std::move(sample));

    core::RecordedFact fact;
    fact.sequence = sequence;
    fact.fact.kind = sequence == 1 ? core::FactKind::agent_started : core::FactKind::resource_appeared;
    fact.fact.wall = at;
    fact.fact.tenant = {"acme"};
    fact.fact.resource = resource_name(sequence).resource;
    fact.fact.provider = {"lab"};
    fact.fact.fields = {{"rate", "0.048/h"}};
    facts_.push_back(fact);
}

void Ledger::charge(core::Sample& sample, const core::CounterName& name, core::Money amount) {
    core::Counter& counter = totals_[name];
    counter.name = name;
    counter.value += amount;
    counter.at = sample.at;
    counter.since = options_.end - options_.interval * options_.samples;
    sample.counters.push_back(counter);
}

core::SpoolBatch Ledger::next() const {
    core::SpoolBatch batch;
    const std::uint64_t end = std::min(acknowledged_ + options_.samples_per_batch, options_.samples);
    if (end == acknowledged_)
        return batch;
    batch.number = end;
    const auto from = static_cast<std::ptrdiff_t>(acknowledged_), to = static_cast<std::ptrdiff_t>(end);
    batch.samples.epoch = batch.facts.epoch = epoch;
    batch.samples.last = batch.facts.last = end;
    batch.samples.samples.assign(samples_.begin() + from, samples_.begin() + to);
    batch.facts.facts.assign(facts_.begin() + from, facts_.begin() + to);
    return batch;
}

void Ledger::acknowledged(std::uint64_t batch) {
    acknowledged_ = batch;
}

}  // namespace noodstop::driver
