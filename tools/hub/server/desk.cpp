#include "tools/hub/server/desk.hpp"

#include <utility>

namespace noodstop::hub {
namespace {

using alerts::Alert;
using alerts::AlertBook;
using platform::Database;
using platform::Done;
using platform::Result;
using platform::Status;

constexpr core::Duration forget_interval = std::chrono::hours(1);
constexpr core::Duration ended_kept = std::chrono::hours(2);  // longer than Alertmanager holds what it was told last

alerts::AlertKey missing_key(const std::string& agent) {
    return {alerts::AlertKind::agent_missing, agent, {}};
}

void fold(AlertBook& book, const codec::Push& push, const Taken& taken) {
    if (taken.answer.facts.taken)
        for (const core::RecordedFact& fact : push.batch.facts.facts)
            if (fact.sequence > taken.facts_held_before)
                book.take_fact(push.agent, fact.fact);
    if (push.status)
        book.take_status(push.agent, *push.status);
}

}  // namespace

Desk::Desk(Store store, DeskOptions options, DeskReports reports) noexcept
    : store_(std::move(store)), intake_(store_), fleet_(store_), options_(options), reports_(std::move(reports)) {}

Status Desk::begin(const DeskMoment& moment) {
    mind_store();
    const Result<std::vector<AgentRow>> rows = store_.agents();
    if (!rows)
        return rows.error();
    for (const AgentRow& row : rows.value())
        heard_[row.id] = {moment.now, row.seen};
    std::vector<Alert> kept;
    const Status read = store_.transact([&](Database& database) -> Status {
        Result<std::vector<Alert>> alerts = read_alerts(database);
        if (!alerts)
            return alerts.error();
        kept = std::move(*alerts);
        return Done{};
    });
    if (!read)
        return read;
    std::vector<Alert> standing;
    std::vector<Alert> ended;
    for (Alert& alert : kept)
        (alert.ended ? ended : standing).push_back(std::move(alert));
    // Whether receivers have heard of the ends nobody knows any more: they are told again.
    adopt(AlertBook(standing), std::move(ended));
    return Done{};
}

IntakeAnswer Desk::take(const codec::Push& push, const DeskMoment& moment) {
    if (const std::string fault = fault_in(push); fault.empty())
        heard_[push.agent] = {moment.now, moment.wall};
    AlertBook draft = book_;
    std::vector<Alert> changes;
    const auto with = [&](Database& database, const Taken& taken) {
        draft.agent_returned(push.agent, moment.wall);
        fold(draft, push, taken);
        changes = draft.take_changes();
        return write_changes(database, changes);
    };
    IntakeAnswer answer = intake_.take(push, moment.wall, with);
    if (std::holds_alternative<core::HubAnswer>(answer) && !changes.empty())
        adopt(std::move(draft), std::move(changes));
    mind_store();
    return answer;
}

Status Desk::write_changes(Database& database, const std::vector<Alert>& changes) {
    for (const Alert& change : changes) {
        if (Status written = write_alert(database, change); !written)
            return written;
        if (!options_.keeps_notices)
            continue;
        if (Status added = add_notice(database, alerts::encode_cloud_event(change, {})); !added)
            return added;
    }
    return Done{};
}

void Desk::adopt(AlertBook book, std::vector<Alert> changes) {
    book_ = std::move(book);
    reports_.alerts({std::move(changes), std::make_shared<const alerts::AlertMap>(book_.standing())});
}

void Desk::mark(codec::AgentSummary& summary) const {
    summary.missing = book_.standing().contains(missing_key(summary.id));
}

Result<std::vector<codec::AgentSummary>> Desk::list(const Viewer& viewer, core::WallTime wall) {
    Result<std::vector<codec::AgentSummary>> summaries = fleet_.list(viewer, wall);
    if (summaries)
        for (codec::AgentSummary& summary : *summaries)
            mark(summary);
    return summaries;
}

Result<codec::AgentDetail> Desk::agent(const std::string& id, const Viewer& viewer, core::WallTime wall) {
    Result<codec::AgentDetail> detail = fleet_.agent(id, viewer, wall);
    if (detail)
        mark(detail->summary);
    return detail;
}

Result<std::vector<Notice>> Desk::notices(std::int64_t after, std::int64_t most) {
    std::vector<Notice> notices;
    const Status read = store_.transact([&](Database& database) -> Status {
        Result<std::vector<Notice>> found = read_notices(database, after, most);
        if (!found)
            return found.error();
        notices = std::move(*found);
        return Done{};
    });
    return read ? Result<std::vector<Notice>>(std::move(notices)) : Result<std::vector<Notice>>(read.error());
}

Status Desk::forget_notice(std::int64_t number) {
    return store_.transact([&](Database& database) { return hub::forget_notice(database, number); });
}

void Desk::beat(const DeskMoment& moment) {
    if (store_.dead())
        (void)store_.revive();  // mind_store() tells
    mind_store();
    if (store_.dead())
        return;
    look_for_missing(moment);
    if (!forgot_at_ || moment.now - *forgot_at_ >= forget_interval)
        forget_old(moment);
}

void Desk::look_for_missing(const DeskMoment& moment) {
    AlertBook draft = book_;
    for (const auto& [agent, heard] : heard_)
        if (moment.now - heard.at > options_.missing_after && !draft.standing().contains(missing_key(agent)))
            draft.agent_missing(agent, heard.wall, moment.wall);
    std::vector<Alert> changes = draft.take_changes();
    if (changes.empty())
        return;
    if (store_.transact([&](Database& database) { return write_changes(database, changes); }))
        adopt(std::move(draft), std::move(changes));
    mind_store();
}

void Desk::forget_old(const DeskMoment& moment) {
    forgot_at_ = moment.now;
    (void)store_.forget_before(moment.wall - options_.retention);  // a failure kills the store, and is told as such
    (void)store_.transact([&](Database& database) { return forget_ended_alerts(database, moment.wall - ended_kept); });
    mind_store();
}

// Tells once when the store dies, when it lives again, and what was wrong with it.
void Desk::mind_store() {
    if (!store_.problem().empty() && store_.problem() != told_problem_)
        reports_.trouble(told_problem_ = store_.problem());
    if (store_.dead() == was_dead_)
        return;
    was_dead_ = store_.dead();
    reports_.trouble(was_dead_ ? "the store can't be written; agents are told to come again later"
                               : "the store is written again");
    reports_.store(!was_dead_);
}

}  // namespace noodstop::hub
