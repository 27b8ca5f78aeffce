#include "agent/journal/consumers.hpp"

#include <algorithm>
#include <limits>

namespace noodstop::journal {
namespace {

std::string text_of(const std::optional<core::Position>& position) {
    return position ? std::to_string(position->sequence) + " of epoch " + std::to_string(position->epoch) : "nothing";
}

}  // namespace

Consumers::Consumers(std::vector<Consumer> followed, Cursors found) : followed_(std::move(followed)) {
    for (const Consumer& consumer : followed_) {
        const auto before = found.find(consumer.name);
        cursors_[consumer.name] = before == found.end() ? Cursor{} : before->second;
    }
}

const Consumer* Consumers::find(const std::string& name) const {
    const auto found = std::find_if(followed_.begin(), followed_.end(),
                                    [&](const Consumer& consumer) { return consumer.name == name; });
    return found == followed_.end() ? nullptr : &*found;
}

bool Consumers::want_samples() const {
    return std::any_of(followed_.begin(), followed_.end(),
                       [](const Consumer& consumer) { return consumer.takes_samples; });
}

void Consumers::hand_out(const Line& line, const std::string& name, core::SpoolBatch& batch) {
    batch.number = ++last_batch_;
    out_[name] = {batch.number, batch.facts.bounds(), batch.samples.bounds()};
    const Consumer* consumer = find(name);
    if (consumer == nullptr || !consumer->is_hub || line.empty())
        return;
    batch.samples.line = line.present().id + tellings_;
    if (batch.facts.epoch == line.present().id)
        handed_.fact = std::max(handed_.fact, batch.facts.last);
    if (batch.samples.epoch == line.present().id)
        handed_.sample = std::max(handed_.sample, batch.samples.last);
}

const Consumers::Out* Consumers::out(const std::string& name, std::uint64_t batch) const {
    const auto found = out_.find(name);
    return found == out_.end() || found->second.number != batch ? nullptr : &found->second;
}

bool Consumers::acknowledged(const std::string& name, std::uint64_t batch) {
    const Out* taken = out(name, batch);
    if (taken == nullptr)
        return false;
    Cursor& cursor = cursors_[name];
    cursor.fact = std::max(cursor.fact, taken->facts.last);
    cursor.sample = std::max(cursor.sample, taken->samples.last);
    out_.erase(name);
    return true;
}

bool Consumers::answered(const Line& line, const std::string& name, std::uint64_t batch,
                         const core::HubAnswer& answer) {
    const Out* about = out(name, batch);
    if (about == nullptr || line.empty())
        return false;
    Cursor& cursor = cursors_[name];
    judge(line, {core::Lane::facts, cursor.fact, about->facts, answer.facts});
    judge(line, {core::Lane::samples, cursor.sample, about->samples, answer.samples});
    out_.erase(name);
    return true;
}

void Consumers::skip_to(const std::string& name, core::Lane lane, std::uint64_t sequence) {
    Cursor& cursor = cursors_[name];
    std::uint64_t& moved = lane == core::Lane::facts ? cursor.fact : cursor.sample;
    moved = std::max(moved, sequence);
}

void Consumers::judge(const Line& line, const Judged& judged) {
    const std::optional<core::Position>& head = judged.answer.head;
    const std::uint64_t handed = judged.lane == core::Lane::facts ? handed_.fact : handed_.sample;
    if (!head)
        go_back(judged, 0);
    else if (!line.holds(judged.lane, *head))
        judge_foreign(judged);
    else if (head->epoch == line.present().id && head->sequence > handed)
        disbelieve(judged);
    else
        judge_known(judged);
}

// The hub's newest entry is on our line: what it has of this run is what it says, and no more.
void Consumers::judge_known(const Judged& judged) {
    const std::uint64_t head = judged.answer.head->sequence;
    const bool took = judged.answer.taken && !judged.run.empty();
    if (took && head >= judged.run.last) {
        judged.cursor = judged.run.last;
        std::erase_if(complaints_, [&](const auto& complaint) { return complaint.first == judged.lane; });
        return;
    }
    if (took)
        tell(core::FactKind::hub_disbelieved, judged, "it says it took more than it has");
    if (head < judged.cursor)
        go_back(judged, head);
    else if (head > judged.cursor && !judged.answer.taken)
        catch_up(judged, head);
}

// It has more than it is known to have acknowledged, and lacks what follows the cursor: an acknowledgement was lost,
// with a crash perhaps. Facts are sent again from the oldest, which costs little. Totals can't be: history between may
// be thinned by now, and the hub could not know the same line in it.
void Consumers::catch_up(const Judged& judged, std::uint64_t head) {
    judged.cursor = judged.lane == core::Lane::samples ? head : 0;
}

// It has entries that nobody here knows. Ours it has by their epochs and numbers: facts go on. Totals begin anew.
void Consumers::judge_foreign(const Judged& judged) {
    tell(core::FactKind::history_diverged, judged,
         "the hub has entries that this agent has no record of: a backup was restored, the database was lost, or two "
         "agents have one name");
    // A telling that the hub has seen and refuses now is over there; another name begins another.
    const bool is_told_in_vain = judged.cursor == 0 && !judged.run.empty() && !judged.answer.taken;
    tellings_ += judged.lane == core::Lane::samples && (judged.cursor > 0 || is_told_in_vain) ? 1 : 0;
    if (judged.lane == core::Lane::samples || !judged.answer.taken)
        judged.cursor = 0;
    else if (!judged.run.empty())
        judged.cursor = judged.run.last;
}

void Consumers::go_back(const Judged& judged, std::uint64_t to) {
    if (judged.cursor > to)
        tell(core::FactKind::hub_went_back, judged,
             "it had acknowledged up to " + std::to_string(judged.cursor) + "; what is still here is sent again");
    judged.cursor = std::min(judged.cursor, to);
    tellings_ += judged.lane == core::Lane::samples && to == 0 ? 1 : 0;
}

void Consumers::disbelieve(const Judged& judged) {
    tell(core::FactKind::hub_disbelieved, judged, "it acknowledged more than it was sent");
    wants_epoch_ = true;
}

void Consumers::tell(core::FactKind kind, const Judged& judged, const std::string& what) {
    if (!complaints_.insert({judged.lane, kind}).second)
        return;
    core::Fact fact;
    fact.kind = kind;
    fact.fields = {{"of", judged.lane == core::Lane::facts ? "facts" : "samples"},
                   {"hub_has", text_of(judged.answer.head)},
                   {"problem", what}};
    told_.push_back(std::move(fact));
}

void Consumers::epoch_began(const EpochBegin& epoch) {
    handed_ = {epoch.first_fact - 1, epoch.first_sample - 1};
    wants_epoch_ = false;
}

Cursor Consumers::passed_by_all(const Cursors& cursors) const {
    constexpr std::uint64_t highest = std::numeric_limits<std::int64_t>::max();
    Cursor passed{highest, highest};
    for (const Consumer& consumer : followed_) {
        const auto found = cursors.find(consumer.name);
        const Cursor cursor = found == cursors.end() ? Cursor{} : found->second;
        if (consumer.takes_facts)
            passed.fact = std::min(passed.fact, cursor.fact);
        if (consumer.takes_samples)
            passed.sample = std::min(passed.sample, cursor.sample);
    }
    return passed;
}

}  // namespace noodstop::journal
