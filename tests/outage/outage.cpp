#include "tests/outage/outage.hpp"

#include "agent/doors/uplink_session.hpp"
#include "agent/run/journal_shelf.hpp"
#include "platform/file/file.hpp"
#include "proto/codec/uplink_codec.hpp"
#include "tests/outage/recorder.hpp"
#include "tools/hub/intake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <utility>

namespace noodstop::outage {
namespace {

using core::Duration;

constexpr const char* agent_id = "box-7";
constexpr const char* consumer = "hub";
constexpr std::uint64_t intervals_between_looks = 60;
constexpr core::WallTime beginning{std::chrono::seconds(1'795'000'000)};

double seconds_since(std::chrono::steady_clock::time_point began) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

[[noreturn]] void give_up(const std::string& why) {
    throw std::runtime_error(why);
}

class Outage {
public:
    Outage(const OutagePlan& plan, OutageFigures& figures)
        : plan_(plan), figures_(figures), random_(plan.seed + 1), recorder_(plan), session_({}, {}, [this] {
              return random_.next();
          }) {
        open_journal();
        open_hub();
    }

    void live() {
        const auto began = std::chrono::steady_clock::now();
        carry_out(session_.begin(now_));
        while (now_ < plan_.length)
            live_interval();
        figures_.simulated_seconds = seconds_since(began);
        const auto size = platform::file_size(agent_folder() + "/noodstop.db");
        figures_.database_bytes = size ? *size : 0;
        drain();
        compare();
    }

private:
    std::string agent_folder() const { return plan_.folder + "/agent"; }

    void open_journal() {
        run::JournalOpened opened = run::open_journal(agent_folder());
        if (!opened.store)
            give_up(opened.problem.message);
        journal::SpoolOptions options;
        options.consumers = {{consumer, true, true, true}};
        options.bytes_max = plan_.spool_bytes_max;
        options.draw = [this] { return random_.next(); };
        shelf_.emplace(agent_folder(), std::move(opened.store), 0, options);
    }

    void open_hub() {
        auto opened = hub::Store::open(plan_.folder + "/hub.db");
        if (!opened)
            give_up(opened.error().message);
        hub_.emplace(std::move(*opened));
        intake_.emplace(*hub_);
    }

    core::WallTime wall() const { return {beginning.since_epoch + now_}; }

    // ---- the agent ----

    void live_interval() {
        const Duration end = now_ + plan_.sample_interval;
        while (session_.due_at() < end) {
            now_ = std::max(now_, session_.due_at());
            carry_out(session_.turn(now_));
        }
        now_ = end;
        write(recorder_.next(wall()));
        if (++intervals_ % intervals_between_looks == 0)
            look_at_spool();
    }

    void write(core::RecordBatch batch) {
        run::Persist persist;
        persist.batch = std::move(batch);
        persist.whole_state = true;
        const auto samples = (persist.batch.counters.size() + 999) / 1000;
        if (const platform::Status written = shelf_->write(persist); !written)
            give_up(written.error().message);
        figures_.samples_recorded += samples;
        recorder_.add(shelf_->take_told());
    }

    // ---- the uplink ----

    // One after the other: thousands of pushes follow each other without a pause.
    void carry_out(doors::UplinkActions actions) {
        std::move(actions.begin(), actions.end(), std::back_inserter(actions_));
        if (std::exchange(is_acting_, true))
            return;
        while (!actions_.empty()) {
            doors::UplinkAction action = std::move(actions_.front());
            actions_.pop_front();
            std::visit([this](auto& one) { do_one(one); }, action);
        }
        is_acting_ = false;
    }

    void do_one(doors::Dial&) {
        if (!hub_is_back_) {
            ++figures_.dials;
            return carry_out(session_.disconnected(now_, "no route to the hub"));
        }
        carry_out(session_.connected(now_));
    }

    void do_one(doors::HangUp&) {}

    void do_one(doors::AskSpool& action) {
        auto found =
            shelf_->next_batch(consumer, {action.sizes.facts_max, action.sizes.counters_max, action.sizes.bytes_max});
        note(found.spool);
        if (found.batch.number == 0)
            return carry_out(session_.no_batch(now_, found.problem));
        carry_out(session_.batch_came(now_, std::move(found.batch)));
    }

    void do_one(doors::PushBatch& action) {
        for (const core::Sample& sample : action.batch.samples.samples)
            figures_.counters_pushed += sample.counters.size();
        const std::string bytes = codec::encode_push({agent_id, std::move(action.batch), std::nullopt});
        ++figures_.pushes;
        figures_.push_bytes += bytes.size();
        const auto push = codec::decode_push(bytes);
        if (!push)
            give_up(push.problem);
        const hub::IntakeAnswer taken = intake_->take(*push.value, wall());
        if (const auto* refusal = std::get_if<hub::Refusal>(&taken))
            give_up("the hub refuses: " + refusal->message);
        const auto answer = codec::decode_hub_answer(codec::encode_hub_answer(std::get<core::HubAnswer>(taken)));
        carry_out(session_.answered(now_, *answer.value));
    }

    void do_one(doors::HandBack& action) {
        if (!shelf_->batch_answered(consumer, action.batch, action.answer))
            give_up("a batch that was answered was not out");
        recorder_.add(shelf_->take_told());
        carry_out(session_.handed_back(now_));
    }

    void note(const core::SpoolState& spool) {
        spool_ = spool;
        figures_.spool_bytes = std::max(figures_.spool_bytes, spool.bytes);
        figures_.samples_thinned = spool.thinned;
    }

    // ---- the hub is back ----

    void drain() {
        look_at_spool();
        const auto began = std::chrono::steady_clock::now();
        const Duration back_at = now_;
        hub_is_back_ = true;
        // What the spool tells meanwhile is recorded and sent as well.
        write(recorder_.last(wall()));
        for (int rounds = 0; rounds < 10; ++rounds) {
            turn_until_nothing_waits();
            const std::size_t recorded = recorder_.facts().size();
            write(recorder_.last(wall()));
            look_at_spool();
            if (recorder_.facts().size() == recorded && nothing_waits())
                break;
        }
        figures_.drain_seconds = seconds_since(began);
        figures_.drain_time = now_ - back_at;
    }

    bool nothing_waits() const { return spool_.facts_waiting == 0 && spool_.samples_waiting == 0; }

    void look_at_spool() { note(shelf_->next_batch(consumer, {0, 0, 0}).spool); }

    void turn_until_nothing_waits() {
        constexpr int turns_max = 10'000;
        spool_.facts_waiting = std::max<std::uint64_t>(spool_.facts_waiting, 1);
        for (int turns = 0; !nothing_waits(); ++turns) {
            if (turns == turns_max)
                give_up("the spool is not drained");
            now_ = std::max(now_, session_.due_at());
            carry_out(session_.turn(now_));
        }
    }

    // ---- the comparison ----

    void compare() {
        figures_.facts_recorded = recorder_.facts().size();
        figures_.counters = recorder_.totals().size();
        compare_facts();
        compare_totals();
        const auto gaps = hub_->gaps(agent_id);
        figures_.gaps = gaps ? gaps->size() : 1;
    }

    void compare_facts() {
        std::uint64_t right = 0;
        for (std::uint64_t tenant = 0; tenant < tenant_count; ++tenant) {
            const auto held = hub_->facts({agent_id, {fmt::format("tenant-{}", tenant)}, hub::facts_answer_max});
            if (!held)
                give_up(held.error().message);
            if (held->size() >= hub::facts_answer_max)
                give_up("more facts of a tenant than the hub tells at once");
            for (const hub::HeldFact& one : *held) {
                const auto recorded = recorder_.facts().find(one.fact.sequence);
                const bool is_right = recorded != recorder_.facts().end() && recorded->second == one.fact.fact;
                ++(is_right ? right : figures_.facts_wrong);
            }
        }
        figures_.facts_missing = recorder_.facts().size() - std::min<std::uint64_t>(recorder_.facts().size(), right);
    }

    void compare_totals() {
        const auto held = hub_->totals(agent_id);
        if (!held)
            give_up(held.error().message);
        std::map<core::CounterName, core::Money> left = recorder_.totals();
        for (const core::Counter& counter : *held) {
            const auto told = left.find(counter.name);
            if (told == left.end() || !(told->second == counter.value))
                ++figures_.totals_wrong;
            if (told != left.end())
                left.erase(told);
        }
        figures_.totals_wrong += left.size();
    }

    OutagePlan plan_;
    OutageFigures& figures_;
    sim::Random random_;
    Recorder recorder_;
    std::optional<run::JournalShelf> shelf_;
    std::optional<hub::Store> hub_;
    std::optional<hub::Intake> intake_;
    doors::UplinkSession session_;
    core::SpoolState spool_;
    Duration now_{0};
    std::uint64_t intervals_ = 0;
    std::deque<doors::UplinkAction> actions_;
    bool is_acting_ = false;
    bool hub_is_back_ = false;
};

}  // namespace

OutageFigures live_outage(const OutagePlan& plan) {
    OutageFigures figures;
    try {
        Outage(plan, figures).live();
    } catch (const std::exception& exception) {
        figures.problem = exception.what();
    }
    return figures;
}

}  // namespace noodstop::outage
