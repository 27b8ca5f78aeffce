#include "agent/run/journal_desk.hpp"

#include <exception>
#include <utility>

namespace noodstop::run {
namespace {

WorkerOptions report_to(const SharedMailbox& mailbox, const std::shared_ptr<JournalAnswers>& answers,
                        Priority priority) {
    WorkerOptions options{.priority = priority};
    options.fault = [mailbox, answers](const std::string& problem) {
        mailbox->post([answers, problem] { answers->fault("journal", problem); });
    };
    return options;
}

}  // namespace

JournalDesk::JournalDesk(std::string folder, std::optional<journal::Store> store, std::uint64_t last_sequence,
                         SharedMailbox mailbox, JournalAnswers answers, Priority priority)
    : mailbox_(std::move(mailbox)),
      answers_(std::make_shared<JournalAnswers>(std::move(answers))),
      thread_(std::make_unique<Shelf>(Shelf{std::move(folder), std::move(store), last_sequence}),
              report_to(mailbox_, answers_, priority)) {}

void JournalDesk::write(Persist persist) {
    thread_.post([persist = std::move(persist), mailbox = mailbox_, answers = answers_](Shelf& shelf) {
        std::string problem;
        try {
            if (const platform::Status written = shelf.write(persist); !written)
                problem = written.error().message;
        } catch (const std::exception& fault) {
            problem = fault.what();
        }
        mailbox->post([answers, problem, number = persist.batch.number] {
            answers->persisted(number, problem.empty(), problem);
        });
    });
}

void JournalDesk::ask(journal::FactQuery query, std::function<void(JournalFound)> answer) {
    if (*questions_ >= journal_questions_max)
        return answer({{}, "too many questions wait for the journal; try again"});
    ++*questions_;
    thread_.post([=, mailbox = mailbox_, questions = questions_](Shelf& shelf) {
        JournalFound found;
        try {
            found = shelf.find(query);
        } catch (const std::exception& fault) {
            found.problem = fault.what();
        }
        mailbox->post([=, found = std::move(found)]() mutable {
            --*questions;
            answer(std::move(found));
        });
    });
}

void JournalDesk::forget_before(core::WallTime before) {
    thread_.post([=, mailbox = mailbox_, answers = answers_](Shelf& shelf) {
        if (!shelf.store || shelf.store->dead())
            return;
        const auto forgotten = shelf.store->forget_before(before);
        if (!forgotten)
            mailbox->post([answers, problem = forgotten.error().message] { answers->fault("journal", problem); });
    });
}

platform::Status JournalDesk::Shelf::write(const Persist& persist) {
    if (!store || store->dead()) {
        if (const platform::Status renewed = renew(persist); !renewed)
            return renewed.error();
    }
    const platform::Status written = store->write(persist.batch);
    if (written && !persist.batch.facts.empty())
        last_sequence = persist.batch.facts.back().sequence;
    return written;
}

// Begins a new generation of files with the state of this batch, just before its facts.
platform::Status JournalDesk::Shelf::renew(const Persist& persist) {
    if (!persist.whole_state)
        return platform::Error{0, "cannot begin a new journal: the batch doesn't carry the whole state"};
    if (!store) {
        platform::Result<journal::Store> opened = journal::Store::open(folder);
        if (!opened)
            return opened.error();
        store = std::move(*opened);
    }
    const auto& facts = persist.batch.facts;
    return store->reopen_from_memory(persist.batch.state, facts.empty() ? last_sequence : facts.front().sequence - 1);
}

JournalFound JournalDesk::Shelf::find(const journal::FactQuery& query) {
    if (!store || store->dead())
        return {{}, "the journal's disk fails; decisions are held in memory"};
    platform::Result<std::vector<core::RecordedFact>> facts = store->facts(query);
    if (!facts)
        return {{}, facts.error().message};
    return {std::move(*facts), {}};
}

}  // namespace noodstop::run
