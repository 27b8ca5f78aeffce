#include "tests/uplink/hub_box.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::sim {
namespace {

constexpr const char* folder = "/hub";
constexpr const char* database = "/hub/hub.db";
constexpr std::int64_t hub_first_second = 1'795'000'000;

}  // namespace

std::string to_bytes(const Reply& reply) {
    if (reply.answer)
        return "A" + codec::encode_hub_answer(*reply.answer);
    return "R" + std::string(1, static_cast<char>('0' + static_cast<int>(reply.refusal.kind))) + reply.refusal.message;
}

Reply reply_from(const std::string& bytes) {
    Reply reply;
    if (bytes.starts_with("A")) {
        auto decoded = codec::decode_hub_answer(std::string_view(bytes).substr(1));
        if (decoded)
            reply.answer = *decoded;
        return reply;
    }
    reply.refusal = {static_cast<hub::RefusalKind>(bytes.at(1) - '0'), bytes.substr(2), hub::busy_delay};
    return reply;
}

std::string name_of(const core::Fact& fact) {
    for (const core::FactField& field : fact.fields)
        if (field.name == "name")
            return field.value;
    return "(none)";
}

HubBox::HubBox(Clockwork& clockwork, Random& random, std::uint64_t disk_seed, Tell tell)
    : disk(disk_seed), clockwork_(clockwork), random_(random), tell_(std::move(tell)) {
    disk.put(std::string(folder) + "/keep", "");
}

HubBox::~HubBox() {
    turn_to();
    store_.reset();
}

core::WallTime HubBox::wall() const {
    return {std::chrono::seconds(hub_first_second) + clockwork_.now()};
}

void HubBox::start() {
    turn_to();
    disk.power_on();
    disk.set_wall_seconds(hub_first_second + clockwork_.now().count() / 1'000'000);
    ++process_;
    platform::Result<hub::Store> opened = hub::Store::open(database);
    if (opened && !disk.is_cut()) {
        if (!opened->problem().empty())
            tell_("hub: " + opened->problem());
        store_ = std::move(*opened);
        intake_.emplace(*store_);
        look_what_is_there();
        return;
    }
    tell_("hub can't start: " + (opened ? "the disk was cut" : opened.error().message));
    if (disk.is_cut()) {
        opened = platform::Error{0, {}};
        return mind_cut();
    }
    clockwork_.in(std::chrono::seconds(2), [this, process = process_] {
        if (process == process_)
            start();
    });
}

void HubBox::end(Ending ending, Duration back_after) {
    turn_to();
    tell_(ending == Ending::power ? "hub: power is lost" : "hub: killed");
    ++process_;
    if (ending == Ending::power)
        disk.power_cut(random_);
    else
        disk.process_death();
    has_is_doubtful_ = has_is_doubtful_ || (ending == Ending::power && disk.faults.lies_about_sync);
    intake_.reset();
    store_.reset();
    clockwork_.in(back_after, [this, process = process_] {
        if (process == process_)
            start();
    });
}

// What a disk that lied has lost, only the store can say.
void HubBox::look_what_is_there() {
    if (!std::exchange(has_is_doubtful_, false))
        return;
    const std::set<std::string> had = std::exchange(has_, {});
    const auto held = store_->facts({agent_name, {}, hub::facts_answer_max});
    if (held)
        for (const hub::HeldFact& fact : *held)
            has_.insert(name_of(fact.fact.fact));
    if (lost)
        lost(had);
}

void HubBox::mind_cut() {
    if (disk.is_cut())
        end(random_.chance(500) ? Ending::power : Ending::death, std::chrono::seconds(3));
}

void HubBox::back_up() {
    backup_ = Backup{disk.image(), has_, has_is_doubtful_};
}

void HubBox::restore() {
    if (!backup_)
        return;
    tell_("hub: a backup is restored");
    disk.restore(backup_->image);
    has_ = backup_->has;
    has_is_doubtful_ = backup_->has_is_doubtful;
}

void HubBox::lose_database() {
    tell_("hub: the database is lost");
    for (const char* suffix : {"", "-wal"})
        disk.lose(std::string(database) + suffix);
    has_.clear();
    has_is_doubtful_ = false;
}

void HubBox::serve(std::string request, Network::Answer answer) {
    if (!running())
        return answer({});
    const Duration thinks{static_cast<std::int64_t>(
        random_.below(static_cast<std::uint64_t>(std::max<std::int64_t>(manners.thinks_max.count(), 1))))};
    clockwork_.in(thinks, [this, process = process_, request = std::move(request), answer = std::move(answer)] {
        if (process != process_ || !running())
            return answer({});
        const Reply reply = handle(request);
        if (process != process_)
            return answer({});
        answer(to_bytes(reply));
    });
}

Reply HubBox::handle(const std::string& request) {
    const auto push = codec::decode_push(request);
    Reply reply;
    if (!push) {
        tell_("hub: " + push.problem);
        reply.refusal = {hub::RefusalKind::invalid, push.problem, {}};
        return reply;
    }
    if (random_.chance(manners.refuses_per_mille)) {
        reply.refusal = {hub::RefusalKind::exhausted, "busy", hub::busy_delay};
        return reply;
    }
    if (random_.chance(manners.lies_per_mille)) {
        reply.answer = lie(*push.value);
        return reply;
    }
    turn_to();
    const hub::IntakeAnswer answer = intake_->take(*push.value, wall());
    mind_cut();
    if (const auto* refusal = std::get_if<hub::Refusal>(&answer)) {
        tell_("hub refuses: " + refusal->message);
        reply.refusal = *refusal;
        return reply;
    }
    reply.answer = std::get<core::HubAnswer>(answer);
    if (reply.answer->facts.taken)
        for (const core::RecordedFact& fact : push.value->batch.facts.facts)
            has_.insert(name_of(fact.fact));
    return reply;
}

// It says it took what it did not, or more, or that it has what nobody sent.
core::HubAnswer HubBox::lie(const codec::Push& push) {
    ++lies_;
    tell_("hub lies");
    const core::SpoolBatch& batch = push.batch;
    core::HubAnswer answer;
    answer.facts = {true, batch.facts.empty() ? batch.facts.after : std::optional(batch.facts.end())};
    answer.samples = {true, batch.samples.empty() ? batch.samples.after : std::optional(batch.samples.end())};
    switch (random_.below(4)) {
        case 0:
            if (batch.newest_fact)
                answer.facts.head = core::Position{batch.newest_fact->epoch, batch.newest_fact->sequence + 1'000};
            break;
        case 1:
            answer.facts.head = core::Position{random_.next() >> 1, 1 + random_.below(500)};
            answer.samples.head = core::Position{random_.next() >> 1, 1 + random_.below(50)};
            break;
        case 2:
            answer = {};
            break;
        default:
            break;
    }
    return answer;
}

}  // namespace noodstop::sim
