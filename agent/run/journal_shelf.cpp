#include "agent/run/journal_shelf.hpp"

#include "agent/journal/latch_file.hpp"
#include "platform/file/file.hpp"

#include <algorithm>
#include <utility>

namespace noodstop::run {
namespace {

// Where nobody can read how far the numbers of facts had come, they go on from the time of day: above any that were
// given before, as long as no agent records more than this many facts a second for years.
constexpr unsigned facts_per_second_bits = 16;

}  // namespace

JournalOpened open_journal(const std::string& folder) {
    JournalOpened opened;
    platform::Result<journal::Store> store = journal::Store::open(folder);
    if (store) {
        opened.recovered = store->recovered();
        opened.store = std::move(*store);
        return opened;
    }
    opened.problem = store.error();
    journal::LatchesRead read = journal::read_latches(folder);
    opened.recovered.latches = std::move(read.latches);
    opened.recovered.problems = std::move(read.problems);
    opened.recovered.problems.push_back("there is no journal: " + opened.problem.message);
    opened.recovered.last_sequence = static_cast<std::uint64_t>(std::max<std::int64_t>(0, platform::wall_seconds()))
                                     << facts_per_second_bits;
    return opened;
}

JournalShelf::JournalShelf(std::string folder, std::optional<journal::Store> store, std::uint64_t last_sequence,
                           journal::SpoolOptions spool)
    : folder_(std::move(folder)), store_(std::move(store)), last_sequence_(last_sequence), spool_(std::move(spool)) {}

void JournalShelf::follow(journal::SpoolOptions spool) {
    told_ = take_told();
    spool_ = std::move(spool);
    follows_ = false;
    begin_following();
}

// A failure ends the present file; the next write says so.
void JournalShelf::begin_following() {
    if (store_ && !std::exchange(follows_, true))
        (void)store_->follow(spool_);
}

platform::Status JournalShelf::write(const Persist& persist) {
    begin_following();
    if (!store_ || store_->dead()) {
        if (const platform::Status renewed = renew(persist); !renewed)
            return renewed.error();
    }
    const platform::Status written = store_->write(persist.batch);
    if (written && !persist.batch.facts.empty())
        last_sequence_ = persist.batch.facts.back().sequence;
    return written;
}

// Begins a new generation of files with the state of this batch, just before its facts.
platform::Status JournalShelf::renew(const Persist& persist) {
    if (!persist.whole_state)
        return platform::Error{0, "cannot begin a new journal: the batch doesn't carry the whole state"};
    if (!store_) {
        platform::Result<journal::Store> opened = journal::Store::open(folder_);
        if (!opened)
            return opened.error();
        store_ = std::move(*opened);
        found_latches_ = store_->recovered().latches;
        begin_following();
    }
    const auto& facts = persist.batch.facts;
    return store_->reopen_from_memory(persist.batch.state, facts.empty() ? last_sequence_ : facts.front().sequence - 1);
}

std::vector<core::Latch> JournalShelf::take_found_latches() {
    return std::exchange(found_latches_, {});
}

JournalFound JournalShelf::find(const journal::FactQuery& query) {
    if (!store_ || store_->dead())
        return {{}, "the journal's disk fails; decisions are held in memory"};
    platform::Result<std::vector<core::RecordedFact>> facts = store_->facts(query);
    if (!facts)
        return {{}, facts.error().message};
    return {std::move(*facts), {}};
}

platform::Status JournalShelf::forget_before(core::WallTime before) {
    if (!store_ || store_->dead())
        return platform::Done{};
    const auto forgotten = store_->forget_before(before);
    return forgotten ? platform::Status(platform::Done{}) : platform::Status(forgotten.error());
}

core::BatchFound JournalShelf::next_batch(const std::string& consumer, const journal::BatchLimits& limits) {
    begin_following();
    core::BatchFound found;
    if (!store_ || store_->dead()) {
        found.problem = "the journal's disk fails; decisions are held in memory";
        return found;
    }
    platform::Result<core::SpoolBatch> batch = store_->next_batch(consumer, limits);
    if (batch)
        found.batch = std::move(*batch);
    else
        found.problem = batch.error().message;
    found.spool = store_->spool_state(consumer);
    return found;
}

bool JournalShelf::batch_answered(const std::string& consumer, std::uint64_t batch,
                                  const std::optional<core::HubAnswer>& answer) {
    if (!store_)
        return false;
    if (!answer)
        return store_->acknowledged(consumer, batch);
    const platform::Result<bool> taken = store_->answered(consumer, batch, *answer);
    return taken && taken.value();
}

std::vector<core::Fact> JournalShelf::take_told() {
    std::vector<core::Fact> told = std::exchange(told_, {});
    if (store_)
        for (core::Fact& fact : store_->take_told())
            told.push_back(std::move(fact));
    return told;
}

}  // namespace noodstop::run
