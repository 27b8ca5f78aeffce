// The journal's own thread with the store in it: a disk that hangs holds up nobody else.
#pragma once

#include "agent/run/journal_shelf.hpp"
#include "agent/run/mailbox.hpp"
#include "agent/run/worker.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace noodstop::run {

inline constexpr std::size_t journal_questions_max = 16;

// All are called on the loop's thread.
struct JournalAnswers {
    std::function<void(std::uint64_t batch_number, bool ok, const std::string& problem)> persisted;
    std::function<void(const std::string& where, const std::string& problem)> fault;
    std::function<void(std::vector<core::Latch> latches)> latches_found;
};

class JournalDesk {
public:
    // Without a store (its folder could not be used at the start) one is opened as soon as the folder allows it.
    JournalDesk(std::string folder, std::optional<journal::Store> store, std::uint64_t last_sequence,
                SharedMailbox mailbox, JournalAnswers answers, Priority priority);

    void write(Persist persist);
    // Answered at once with a problem if too many questions wait.
    void ask(journal::FactQuery query, std::function<void(JournalFound)> answer);
    void forget_before(core::WallTime before);

private:
    SharedMailbox mailbox_;
    std::shared_ptr<JournalAnswers> answers_;
    std::shared_ptr<std::size_t> questions_ = std::make_shared<std::size_t>(0);  // that wait; loop's thread only
    Worker<JournalShelf> thread_;
};

}  // namespace noodstop::run
