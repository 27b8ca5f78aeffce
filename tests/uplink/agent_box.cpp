#include "tests/uplink/agent_box.hpp"

#include "agent/core/archive_counter.hpp"
#include "proto/codec/uplink_codec.hpp"
#include "tests/uplink/hub_box.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace noodstop::sim {
namespace {

std::string text_of(const std::optional<core::Position>& position) {
    return position ? fmt::format("{}/{:x}", position->sequence, position->epoch & 0xffff) : "-";
}

std::string text_of(const core::RunBounds& run) {
    return fmt::format("({}, {}]", text_of(run.after), run.empty() ? "-" : text_of(run.end()));
}

std::string text_of(const core::LaneAnswer& answer) {
    return fmt::format("{} at {}", answer.taken ? "took" : "refused", text_of(answer.head));
}

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* state_folder = "/state";
constexpr const char* state_database = "/state/noodstop.db";
constexpr const char* consumer = "hub";
constexpr std::int64_t first_second = 1'795'000'000;
constexpr Duration tick_interval = milliseconds(500);

core::CounterName zone_counter(int number) {
    core::CounterName name;
    name.kind = core::CounterKind::zone_spend;
    name.tenant.text = "acme";
    name.zone.text = "zone-" + std::to_string(number);
    name.currency = "EUR";
    return name;
}

core::CounterName resource_counter(std::uint64_t number) {
    core::CounterName name;
    name.kind = core::CounterKind::resource_spend;
    name.provider.text = "lab";
    name.resource.text = "machine/" + std::to_string(number);
    name.currency = "EUR";
    return name;
}

}  // namespace

AgentBox::AgentBox(Clockwork& clockwork, Random& random, Network& network, std::uint64_t disk_seed, Tell tell,
                   Tell whisper)
    : disk(disk_seed),
      clockwork_(clockwork),
      random_(random),
      network_(network),
      tell_(std::move(tell)),
      whisper_(std::move(whisper)) {}

AgentBox::~AgentBox() {
    Disk::turn_to(&disk);
    shelf_.reset();
}

core::WallTime AgentBox::wall() const {
    return {seconds(first_second) + clockwork_.now()};
}

void AgentBox::later(Duration time, std::function<void()> what) {
    clockwork_.in(time, [this, process = process_, what = std::move(what)] {
        if (process == process_ && shelf_)
            what();
    });
}

void AgentBox::later_of_doors(Duration time, std::function<void()> what) {
    clockwork_.in(time, [this, doors = doors_, what = std::move(what)] {
        if (doors == doors_ && session_ && shelf_)
            what();
    });
}

// ---- the process ----

void AgentBox::start() {
    Disk::turn_to(&disk);
    ++process_;
    if (disk.is_failing()) {  // a machine whose disk says nothing does not boot
        clockwork_.in(seconds(2), [this, process = process_] {
            if (process == process_)
                start();
        });
        return;
    }
    disk.power_on();
    disk.set_wall_seconds(wall().since_epoch.count() / 1'000'000);
    run::JournalOpened opened = run::open_journal(state_folder);
    if (disk.is_cut() || !opened.store) {
        tell_("agent can't start: " + opened.problem.message);
        opened.store.reset();
        if (disk.is_cut())
            return mind_cut();
        clockwork_.in(seconds(2), [this, process = process_] {
            if (process == process_)
                start();
        });
        return;
    }
    for (const std::string& problem : opened.recovered.problems)
        tell_("agent found: " + problem);
    ++starts_;
    take_ledger(opened.recovered.state);
    oracle.restarted(opened.recovered.last_sequence, stamp_);
    tell_("agent starts after fact " + std::to_string(opened.recovered.last_sequence) + ", stamp " +
          std::to_string(stamp_));
    journal::SpoolOptions options;
    options.consumers = {{consumer, true, true, true}};
    options.bytes_max = habits.spool_bytes_max;
    options.free_bytes_min = habits.free_bytes_min;
    options.draw = [this] { return random_.next(); };
    keeper_.emplace(opened.recovered.last_sequence);
    shelf_.emplace(state_folder, std::move(opened.store), opened.recovered.last_sequence, options);
    persisting_ = false;
    sampled_at_.reset();
    checkpoint_at_.reset();
    acknowledged_.clear();
    epochs_.clear();
    if (started)
        started();
    core::Fact fact;
    fact.kind = core::FactKind::agent_started;
    note(std::move(fact));
    restart_doors();
    tick();
}

void AgentBox::end(Ending ending, Duration back_after) {
    Disk::turn_to(&disk);
    tell_(ending == Ending::power ? "agent: power is lost" : "agent: killed");
    ++process_;
    ++doors_;
    session_.reset();
    network_.hang_up();
    if (ending == Ending::power)
        disk.power_cut(random_);
    else
        disk.process_death();
    if (ending == Ending::power && disk.faults.lies_about_sync)
        oracle.nothing_is_sure();
    shelf_.reset();
    keeper_.reset();
    clockwork_.in(back_after, [this, process = process_] {
        if (process == process_)
            start();
    });
}

void AgentBox::mind_cut() {
    if (disk.is_cut())
        end(random_.chance(500) ? Ending::power : Ending::death, seconds(2));
}

void AgentBox::restart_doors() {
    if (!shelf_)
        return;
    ++doors_;
    network_.hang_up();
    session_.emplace(doors::UplinkTimes{}, doors::UplinkSizes{}, [this] { return random_.next(); });
    later_of_doors(milliseconds(300), [this] { carry_out(session_->begin(clockwork_.now())); });
}

// ---- what people do to the folder ----

void AgentBox::back_up() {
    backup_ = Backup{disk.image(), oracle.past()};
}

void AgentBox::restore() {
    if (!backup_)
        return;
    tell_("agent: a backup is restored");
    disk.restore(backup_->image);
    oracle.restored(backup_->past);
}

void AgentBox::lose_database() {
    tell_("agent: the database is lost");
    for (const char* suffix : {"", "-wal"})
        disk.lose(std::string(state_database) + suffix);
    oracle.restored({});
}

// ---- recording ----

std::string AgentBox::ledger_bytes() {
    std::map<core::CounterName, std::int64_t> live = live_;
    core::Writer writer;
    writer(stamp_, live);
    return writer.take();
}

void AgentBox::take_ledger(const core::StatePieces& state) {
    live_.clear();
    stamp_ = 0;
    const auto piece = state.find("ledger");
    if (piece == state.end())
        return;
    core::Reader reader(piece->second);
    reader(stamp_, live_);
}

void AgentBox::tick() {
    if (habits.records) {
        grow();
        if (random_.chance(200))
            record();
    }
    take_told();
    (void)keeper_->release(clockwork_.now());
    persist_if_ready();
    later(tick_interval, [this] { tick(); });
}

void AgentBox::grow() {
    for (int zone = 0; zone < 3; ++zone)
        live_[zone_counter(zone)] += random_.between(0, 900);
    for (auto& [name, value] : live_)
        if (name.kind == core::CounterKind::resource_spend && random_.chance(700))
            value += random_.between(1, 500);
    if (live_.size() < 3 + habits.resources_most && random_.chance(30))
        live_[resource_counter(++resources_named_)] = random_.between(0, 500);
    if (live_.size() > 3 && random_.chance(25)) {
        auto gone = std::next(live_.begin(), static_cast<std::ptrdiff_t>(random_.below(live_.size())));
        if (gone->first.kind == core::CounterKind::resource_spend)
            live_.erase(gone);
    }
}

void AgentBox::record() {
    for (std::uint64_t count = 1 + random_.below(random_.chance(50) ? 60 : 4); count > 0; --count) {
        core::Fact fact;
        fact.kind = random_.chance(100) ? core::FactKind::tripped : core::FactKind::resource_appeared;
        fact.zone.text = "zone-1";
        note(std::move(fact));
    }
}

void AgentBox::note(core::Fact fact) {
    fact.wall = wall();
    fact.fields.push_back({"name", "fact-" + std::to_string(++facts_named_)});
    core::Effects effects;
    effects.facts = {std::move(fact)};
    for (const core::RecordedFact& recorded : keeper_->add(effects, clockwork_.now(), milliseconds(20)))
        oracle.recorded(recorded.sequence, name_of(recorded.fact));
}

void AgentBox::take_told() {
    for (core::Fact& fact : shelf_->take_told()) {
        ++told_[fact.kind];
        tell_("agent: " + core::to_text(fact));
        note(std::move(fact));
    }
}

std::uint64_t AgentBox::told(core::FactKind kind) const {
    const auto found = told_.find(kind);
    return found == told_.end() ? 0 : found->second;
}

void AgentBox::persist_if_ready() {
    const Duration now = clockwork_.now();
    const bool checkpoint_due =
        !checkpoint_at_ || (habits.records && now - *checkpoint_at_ >= habits.checkpoint_interval);
    if (persisting_ || (!keeper_->ready(now) && !(checkpoint_due && keeper_->sending_possible(now))))
        return;
    run::Persist persist;
    persist.whole_state = checkpoint_due || keeper_->needs_whole_state();
    if (persist.whole_state) {
        stamp_ = ++last_stamp_;
        persist.batch = keeper_->send(now, {{"ledger", ledger_bytes()}});
        checkpoint_at_ = now;
    } else {
        persist.batch = keeper_->send(now);
    }
    if (persist.whole_state && (!sampled_at_ || now - *sampled_at_ >= habits.sample_interval)) {
        for (const auto& [name, value] : live_)
            persist.batch.counters.push_back({name, {value}, std::nullopt, wall()});
        oracle.sampled(stamp_, live_);
        sampled_at_ = now;
    }
    persisting_ = true;
    later(Duration{random_.between(500, 30'000)},
          [this, persist = std::move(persist), stamp = stamp_]() mutable { write(std::move(persist), stamp); });
}

void AgentBox::write(run::Persist persist, std::uint64_t stamp) {
    Disk::turn_to(&disk);
    disk.set_wall_seconds(wall().since_epoch.count() / 1'000'000);
    const platform::Status written = shelf_->write(persist);
    if (disk.is_cut())
        return mind_cut();
    persisting_ = false;
    keeper_->persisted(persist.batch.number, written.ok(), clockwork_.now());
    if (!written) {
        tell_("agent's disk refuses: " + written.error().message);
        sampled_at_.reset();
    }
    if (persist.whole_state)
        oracle.settled(stamp, written.ok());
    if (written && !persist.batch.facts.empty())
        oracle.kept(persist.batch.facts.back().sequence);
    // Until the spool says otherwise.
    spool_.facts_waiting = std::max<std::uint64_t>(spool_.facts_waiting, persist.batch.facts.empty() ? 0 : 1);
    spool_.samples_waiting = std::max<std::uint64_t>(spool_.samples_waiting, persist.batch.counters.empty() ? 0 : 1);
}

// ---- the session ----

void AgentBox::carry_out(doors::UplinkActions actions) {
    for (doors::UplinkAction& action : actions) {
        std::visit([this](auto& one) { do_one(one); }, action);
        if (!session_)
            return;
    }
    arm_session();
}

void AgentBox::arm_session() {
    clockwork_.at(session_->due_at(), [this, doors = doors_] {
        if (doors == doors_ && session_ && clockwork_.now() >= session_->due_at())
            carry_out(session_->turn(clockwork_.now()));
    });
}

void AgentBox::do_one(doors::Dial&) {
    const std::uint64_t doors = doors_;
    const auto guarded = [this, doors](auto call) {
        return [this, doors, call](auto&&... values) {
            if (doors == doors_ && session_)
                call(std::forward<decltype(values)>(values)...);
        };
    };
    Network::Client client;
    client.connected = guarded([this] { carry_out(session_->connected(clockwork_.now())); });
    client.broken = guarded([this] { carry_out(session_->disconnected(clockwork_.now(), "broken")); });
    client.answered = guarded([this](std::string bytes) { take_reply(bytes); });
    network_.dial(std::move(client));
}

void AgentBox::do_one(doors::HangUp&) {
    network_.hang_up();
}

void AgentBox::do_one(doors::AskSpool& action) {
    later_of_doors(milliseconds(2), [this, sizes = action.sizes] {
        Disk::turn_to(&disk);
        core::BatchFound found = shelf_->next_batch(consumer, {sizes.facts_max, sizes.counters_max, sizes.bytes_max});
        if (disk.is_cut())
            return mind_cut();
        spool_ = found.spool;
        if (found.batch.number == 0)
            return carry_out(session_->no_batch(clockwork_.now(), found.problem));
        out_ = found.batch;
        carry_out(session_->batch_came(clockwork_.now(), std::move(found.batch)));
    });
}

void AgentBox::do_one(doors::PushBatch& action) {
    whisper_(fmt::format("push facts {} samples {}", text_of(action.batch.facts), text_of(action.batch.samples)));
    network_.send(codec::encode_push({agent_name, std::move(action.batch), std::nullopt}));
}

void AgentBox::take_reply(const std::string& bytes) {
    const Reply reply = reply_from(bytes);
    if (reply.answer)
        whisper_(fmt::format("  facts {}, samples {}", text_of(reply.answer->facts), text_of(reply.answer->samples)));
    if (reply.answer)
        return carry_out(session_->answered(clockwork_.now(), *reply.answer));
    const auto kind = reply.refusal.kind == hub::RefusalKind::exhausted ? doors::PushRefusal::too_much
                      : reply.refusal.kind == hub::RefusalKind::invalid ? doors::PushRefusal::wrong
                                                                        : doors::PushRefusal::failed;
    carry_out(session_->refused(clockwork_.now(), kind, reply.refusal.message, reply.refusal.retry_after));
}

void AgentBox::do_one(doors::HandBack& action) {
    later_of_doors(milliseconds(2), [this, action] {
        Disk::turn_to(&disk);
        const bool current = shelf_->batch_answered(consumer, action.batch, action.answer);
        if (disk.is_cut())
            return mind_cut();
        if (current)
            count_acknowledged(action.answer.facts);
        take_told();
        carry_out(session_->handed_back(clockwork_.now()));
    });
}

// A hub that says that it has less, truly or not, has said so: what it lost was not acknowledged any more.
void AgentBox::count_acknowledged(const core::LaneAnswer& answer) {
    if (out_.facts.after)
        epochs_.insert(out_.facts.after->epoch);
    if (!out_.facts.empty())
        epochs_.insert(out_.facts.epoch);
    if (answer.taken)
        for (const core::RecordedFact& fact : out_.facts.facts)
            acknowledged_[fact.sequence] = name_of(fact.fact);
    const bool is_ours = answer.head && epochs_.contains(answer.head->epoch);
    if (!answer.head || (!is_ours && !answer.taken))
        acknowledged_.clear();
    else if (is_ours)
        acknowledged_.erase(acknowledged_.upper_bound(answer.head->sequence), acknowledged_.end());
}

std::set<std::string> AgentBox::acknowledged() const {
    std::set<std::string> names;
    for (const auto& [sequence, name] : acknowledged_)
        names.insert(name);
    return names;
}

void AgentBox::sample_now() {
    for (int zone = 0; zone < 3; ++zone)
        live_[zone_counter(zone)] += 1;
    sampled_at_.reset();
    checkpoint_at_.reset();
}

bool AgentBox::at_rest() const {
    return shelf_ && !persisting_ && keeper_->durable() && spool_.facts_waiting == 0 && spool_.samples_waiting == 0;
}

}  // namespace noodstop::sim
