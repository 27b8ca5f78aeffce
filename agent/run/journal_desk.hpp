// The journal's own thread with the store in it: a disk that hangs holds up nobody else.
#pragma once

#include "agent/run/journal_shelf.hpp"
#include "agent/run/mailbox.hpp"
#include "agent/run/worker.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace noodstop::run {

inline constexpr std::size_t journal_questions_max = 16;
inline constexpr std::size_t spool_requests_max = 16;
inline constexpr std::chrono::seconds spool_patience{2};  // a disk that takes longer hangs: nobody waits for it

// All are called on the loop's thread.
struct JournalAnswers {
    std::function<void(std::uint64_t batch_number, bool ok, const std::string& problem)> persisted;
    std::function<void(const std::string& where, const std::string& problem)> fault;
    std::function<void(std::vector<core::Latch> latches)> latches_found;
    std::function<void(const std::vector<core::Fact>& facts)> told;  // by the spool, to be recorded
};

class JournalDesk {
public:
    JournalDesk(std::unique_ptr<JournalShelf> shelf, SharedMailbox mailbox, JournalAnswers answers, Priority priority);

    void write(Persist persist);
    // Answered at once with a problem if too many questions wait.
    void ask(journal::FactQuery query, std::function<void(JournalFound)> answer);
    void forget_before(core::WallTime before);

    void follow(journal::SpoolOptions spool);
    // Of the spool. They queue by themselves, and one at a time gets between what is to be written: behind a whole
    // queue of them a stop would wait. Answered at once with a problem if too many wait, or the disk hangs.
    void next_batch(core::BatchQuery query, std::function<void(core::BatchFound)> answer);
    void take_answer(core::BatchAnswer content, std::function<void(core::BatchTaken)> answer);

private:
    // Done on the thread; what it returns is done on the loop's.
    using SpoolRequest = std::function<std::function<void()>(JournalShelf&)>;

    std::string refusal() const;  // of a request, at once; empty: it may wait
    void queue(SpoolRequest request);
    void do_next_request();

    SharedMailbox mailbox_;
    std::shared_ptr<JournalAnswers> answers_;
    std::shared_ptr<std::size_t> questions_ = std::make_shared<std::size_t>(0);  // that wait; loop's thread only
    std::deque<SpoolRequest> spool_requests_;                                    // the first of them is under way
    Worker<JournalShelf> thread_;
};

}  // namespace noodstop::run
