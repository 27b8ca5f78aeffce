// The uplink from both ends: what agents, or somebody with an agent's key, push at a hub with its production intake and
// store; and what hubs answer to an agent's session. Input: a list of choices.
#include "agent/doors/uplink_session.hpp"
#include "proto/codec/uplink_codec.hpp"
#include "tests/fuzz/support.hpp"
#include "tests/sim/disk/disk.hpp"
#include "tools/hub/intake.hpp"

#include <algorithm>
#include <map>
#include <set>

using namespace noodstop;
using fuzz::claim;

namespace {

constexpr const char* database = "/hub/hub.db";
constexpr std::size_t pushes_max = 8;
constexpr std::size_t events_max = 60;
constexpr std::uint32_t names_max = 3;  // of agents, zones and epochs: so that they meet again

// Small ones, mostly: positions that go on from each other are what gets far.
std::uint64_t sequence_from(fuzz::Input& input) {
    return input.below(16) == 0 ? static_cast<std::uint64_t>(input.number()) : input.below(12);
}

std::optional<core::Position> position_from(fuzz::Input& input) {
    if (input.below(3) == 0)
        return std::nullopt;
    return core::Position{input.below(names_max), sequence_from(input)};
}

void bounds_from(fuzz::Input& input, core::RunBounds& bounds) {
    bounds.after = position_from(input);
    bounds.epoch = input.below(names_max);
    bounds.last = sequence_from(input);
}

core::FactRun facts_from(fuzz::Input& input) {
    core::FactRun run;
    bounds_from(input, run);
    std::uint64_t next = (run.after ? run.after->sequence : 0) + 1;
    for (std::size_t count = input.below(5); count > 0; --count) {
        if (input.below(4) == 0) {
            run.gaps.push_back({next, next + input.below(3), core::GapReason::missing});
            next = run.gaps.back().last + 1;
            continue;
        }
        core::RecordedFact fact{input.below(8) == 0 ? sequence_from(input) : next, {}};
        fact.fact.fields = {{"name", std::string(input.text(6))}};
        next = fact.sequence + 1;
        run.facts.push_back(std::move(fact));
    }
    if (input.below(4) != 0)
        run.last = next - 1;
    return run;
}

core::SampleRun samples_from(fuzz::Input& input) {
    core::SampleRun run;
    bounds_from(input, run);
    run.line = input.below(names_max);
    std::uint64_t next = run.after ? run.after->sequence : 0;
    for (std::size_t count = input.below(4); count > 0; --count) {
        next += 1 + input.below(3);
        core::Sample sample{next, {core::Duration(input.number())}, {}};
        for (std::size_t counters = input.below(3); counters > 0; --counters) {
            core::Counter counter;
            counter.name.zone = {std::string(1, static_cast<char>('a' + input.below(names_max)))};
            counter.value = {input.number()};
            sample.counters.push_back(std::move(counter));
        }
        run.samples.push_back(std::move(sample));
    }
    if (input.below(4) != 0)
        run.last = run.samples.empty() ? 0 : next;
    return run;
}

codec::Push push_from(fuzz::Input& input) {
    codec::Push push;
    push.agent = input.below(16) == 0 ? std::string(input.text(70))
                                      : std::string(1, static_cast<char>('a' + input.below(names_max)));
    push.batch.facts = facts_from(input);
    push.batch.samples = samples_from(input);
    push.batch.newest_fact = position_from(input);
    push.batch.newest_sample = position_from(input);
    return push;
}

// A hub on a disk in memory, as it is after its first start.
class Hub {
public:
    Hub() {
        sim::Disk::mount(&disk_);
        disk_.restore(fresh());
        open();
    }
    ~Hub() {
        store_.reset();
        sim::Disk::mount(nullptr);
    }
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    void take(const codec::Push& push) {
        const std::string fault = hub::fault_in(push);
        hub::Intake intake(*store_);
        const hub::IntakeAnswer answer = intake.take(push, {std::chrono::seconds(++second_)});
        const auto* taken = std::get_if<core::HubAnswer>(&answer);
        claim(fault.empty() || taken == nullptr, "what is not in order is refused");
        if (taken == nullptr)
            return;
        if (taken->facts.taken)
            note(push.agent, push.batch.facts);
        claim(!store_->dead(), "nothing that is pushed breaks the store");
    }

    // After a process's death as well: what was answered as taken was durable.
    void check(bool dies) {
        if (dies) {
            disk_.process_death();
            store_.reset();
            open();
        }
        std::set<Name> has;
        const auto agents = store_->agents();
        for (const hub::AgentRow& agent : agents.value()) {
            const auto facts = store_->facts({agent.id, {}, hub::facts_answer_max});
            for (const hub::HeldFact& held : facts.value())
                claim(has.insert({agent.id, held.epoch, held.fact.sequence}).second, "no fact is there twice");
            const auto totals = store_->totals(agent.id);
            std::set<core::CounterName> names;
            for (const core::Counter& counter : totals.value())
                claim(names.insert(counter.name).second, "each counter has one total");
        }
        claim(std::includes(has.begin(), has.end(), had_.begin(), had_.end()), "what was taken is there");
    }

private:
    struct Name {
        std::string agent;
        std::uint64_t epoch = 0;
        std::uint64_t sequence = 0;
        auto operator<=>(const Name&) const = default;
    };

    // Numbers that an epoch had gone past before are not taken for new ones, and only a liar sends them.
    void note(const std::string& agent, const core::FactRun& run) {
        std::uint64_t& passed = passed_[{agent, run.epoch}];
        for (const core::RecordedFact& fact : run.facts)
            if (fact.sequence > passed)
                had_.insert({agent, run.epoch, fact.sequence});
        passed = std::max(passed, run.last);
    }

    static const sim::Image& fresh() {
        static const sim::Image image = [] {
            sim::Disk disk{1};
            sim::Disk::turn_to(&disk);
            disk.put("/hub/keep", "");
            claim(hub::Store::open(database).ok(), "a hub starts on a disk in order");
            return disk.image();
        }();
        return image;
    }

    void open() {
        sim::Disk::turn_to(&disk_);
        auto opened = hub::Store::open(database);
        claim(opened.ok() && opened->problem().empty(), "the database is in order");
        store_ = std::move(*opened);
    }

    sim::Disk disk_{1};
    std::optional<hub::Store> store_;
    std::set<Name> had_;
    std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> passed_;
    std::int64_t second_ = 1'795'000'000;
};

void push_at_hub(fuzz::Input& input) {
    Hub hub;
    for (std::size_t count = 0; count < pushes_max && !input.empty(); ++count) {
        const std::string bytes = codec::encode_push(push_from(input));
        auto push = codec::decode_push(bytes);
        if (!push)
            continue;
        hub.take(*push);
        if (input.below(3) == 0)
            hub.take(*push);
    }
    hub.check(input.yes());
}

// What comes as bytes is refused, or says the same when it is said again.
void read_bytes(fuzz::Input& input) {
    if (auto push = codec::decode_push(input.rest())) {
        const std::string bytes = codec::encode_push(*push);
        auto again = codec::decode_push(bytes);
        claim(again && codec::encode_push(*again) == bytes, "a push arrives as it was sent");
        (void)hub::fault_in(*push);
    }
    if (auto answer = codec::decode_hub_answer(input.rest())) {
        auto again = codec::decode_hub_answer(codec::encode_hub_answer(*answer));
        claim(again && *again == *answer, "an answer arrives as it was sent");
    }
}

// An agent's session under a hub, a spool and a network that do anything at any time.
class Session {
public:
    void run(fuzz::Input& input) {
        take(session_.begin(now_));
        for (std::size_t count = 0; count < events_max && !input.empty(); ++count) {
            now_ += core::Duration(static_cast<std::int64_t>(input.below(70'000'000)));
            take(happen(input));
            const core::Duration wait = session_.due_at() - now_;
            claim(wait <= times_.retry_after_max + times_.back_off_max, "nobody makes the session wait for ever");
        }
    }

private:
    doors::UplinkActions happen(fuzz::Input& input) {
        switch (input.below(8)) {
            case 0:
                return session_.connected(now_);
            case 1:
                return session_.disconnected(now_, std::string(input.text(20)));
            case 2:
                return session_.batch_came(now_, batch_from(input));
            case 3:
                return session_.no_batch(now_, std::string(input.text(20)));
            case 4:
                is_out_ = false;
                return session_.answered(now_, answer_from(input));
            case 5:
                is_out_ = false;
                return session_.refused(now_, static_cast<doors::PushRefusal>(input.below(3)), "no",
                                        input.yes() ? std::optional(core::Duration(input.number())) : std::nullopt);
            case 6:
                return input.yes() ? session_.handed_back(now_) : session_.news(now_);
            default:
                now_ = std::max(now_, std::min(session_.due_at(), now_ + std::chrono::hours(2)));
                return session_.turn(now_);
        }
    }

    static core::SpoolBatch batch_from(fuzz::Input& input) {
        core::SpoolBatch batch;
        batch.number = 1 + input.below(9);
        batch.facts = facts_from(input);
        batch.samples = samples_from(input);
        return batch;
    }

    static core::HubAnswer answer_from(fuzz::Input& input) {
        return {{input.yes(), position_from(input)}, {input.yes(), position_from(input)}};
    }

    void take(const doors::UplinkActions& actions) {
        for (const doors::UplinkAction& action : actions) {
            if (std::holds_alternative<doors::HangUp>(action))
                is_out_ = false;
            if (!std::holds_alternative<doors::PushBatch>(action))
                continue;
            claim(!is_out_, "one push is out at a time");
            is_out_ = true;
        }
    }

    doors::UplinkTimes times_;
    doors::UplinkSession session_{times_, {}, [this] { return draw_ = draw_ * 6'364'136'223'846'793'005u + 1; }};
    std::uint64_t draw_ = 1;
    core::Duration now_{0};
    bool is_out_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.below(3)) {
        case 0:
            push_at_hub(input);
            break;
        case 1:
            read_bytes(input);
            break;
        default:
            Session().run(input);
    }
    return 0;
}
