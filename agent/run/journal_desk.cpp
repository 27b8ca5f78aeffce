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

// What the spool wants recorded is an input of the loop.
void tell(JournalShelf& shelf, const SharedMailbox& mailbox, const std::shared_ptr<JournalAnswers>& answers) {
    if (auto facts = shelf.take_told(); !facts.empty())
        mailbox->post([answers, facts = std::move(facts)] { answers->told(facts); });
}

}  // namespace

JournalDesk::JournalDesk(std::unique_ptr<JournalShelf> shelf, SharedMailbox mailbox, JournalAnswers answers,
                         Priority priority)
    : mailbox_(std::move(mailbox)),
      answers_(std::make_shared<JournalAnswers>(std::move(answers))),
      thread_(std::move(shelf), report_to(mailbox_, answers_, priority)) {}

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
        tell(shelf, mailbox, answers);
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

void JournalDesk::follow(journal::SpoolOptions spool) {
    thread_.post([spool = std::move(spool)](JournalShelf& shelf) { shelf.follow(spool); });
}

void JournalDesk::next_batch(core::BatchQuery query, std::function<void(core::BatchFound)> answer) {
    if (std::string problem = refusal(); !problem.empty())
        return answer({{}, {}, std::move(problem)});
    queue([query = std::move(query), answer = std::move(answer)](JournalShelf& shelf) -> std::function<void()> {
        core::BatchFound found;
        try {
            found = shelf.next_batch(query.consumer, {query.facts_max, query.counters_max, query.bytes_max});
        } catch (const std::exception& fault) {
            found = {{}, {}, fault.what()};
        }
        return [answer, found = std::move(found)] { answer(found); };
    });
}

void JournalDesk::take_answer(core::BatchAnswer content, std::function<void(core::BatchTaken)> answer) {
    if (std::string problem = refusal(); !problem.empty())
        return answer({false, std::move(problem)});
    queue([content = std::move(content), answer = std::move(answer)](JournalShelf& shelf) -> std::function<void()> {
        core::BatchTaken taken;
        try {
            taken.taken = shelf.batch_answered(content.consumer, content.batch, content.hub);
        } catch (const std::exception& fault) {
            taken.problem = fault.what();
        }
        return [answer, taken = std::move(taken)] { answer(taken); };
    });
}

std::string JournalDesk::refusal() const {
    if (spool_requests_.size() >= spool_requests_max)
        return "too many requests wait for the spool; try again";
    const auto busy = thread_.busy_for();
    return busy && *busy > spool_patience ? "the journal's disk does not answer" : "";
}

void JournalDesk::queue(SpoolRequest request) {
    spool_requests_.push_back(std::move(request));
    if (spool_requests_.size() == 1)
        do_next_request();
}

void JournalDesk::do_next_request() {
    thread_.post(
        [this, request = spool_requests_.front(), mailbox = mailbox_, answers = answers_](JournalShelf& shelf) {
            auto answer = request(shelf);
            tell(shelf, mailbox, answers);
            mailbox->post([this, answer = std::move(answer)] {  // on the loop's thread, as long as there is a loop
                spool_requests_.pop_front();
                if (!spool_requests_.empty())
                    do_next_request();
                answer();
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
