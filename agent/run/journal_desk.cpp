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
      thread_(std::make_unique<JournalShelf>(std::move(folder), std::move(store), last_sequence),
              report_to(mailbox_, answers_, priority)) {}

void JournalDesk::write(Persist persist) {
    thread_.post([persist = std::move(persist), mailbox = mailbox_, answers = answers_](JournalShelf& shelf) {
        std::string problem;
        try {
            if (const platform::Status written = shelf.write(persist); !written)
                problem = written.error().message;
        } catch (const std::exception& fault) {
            problem = fault.what();
        }
        if (auto latches = shelf.take_found_latches(); !latches.empty())
            mailbox->post([answers, latches] { answers->latches_found(latches); });
        mailbox->post([answers, problem, number = persist.batch.number] {
            answers->persisted(number, problem.empty(), problem);
        });
    });
}

void JournalDesk::ask(journal::FactQuery query, std::function<void(JournalFound)> answer) {
    if (*questions_ >= journal_questions_max)
        return answer({{}, "too many questions wait for the journal; try again"});
    ++*questions_;
    thread_.post([=, mailbox = mailbox_, questions = questions_](JournalShelf& shelf) {
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
    thread_.post([=, mailbox = mailbox_, answers = answers_](JournalShelf& shelf) {
        if (const platform::Status forgotten = shelf.forget_before(before); !forgotten)
            mailbox->post([answers, problem = forgotten.error().message] { answers->fault("journal", problem); });
    });
}

}  // namespace noodstop::run
