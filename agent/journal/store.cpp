#include "agent/journal/store.hpp"

#include "agent/journal/folder.hpp"
#include "agent/journal/pending_latches.hpp"
#include "agent/journal/recovery.hpp"
#include "agent/journal/sequence_file.hpp"
#include "platform/file/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace noodstop::journal {

using platform::Done;
using platform::Error;
using platform::FileDescriptor;
using platform::Result;
using platform::Status;

namespace {

constexpr std::size_t earlier_files_read_max = 8;
// A file set aside that can't be read so many times in a row is passed over, and what is in it becomes a gap.
constexpr int attempts_at_a_file_max = 100;

// On a disk that turned read-only the latches can still be read, and another agent must still be kept out.
Result<FileDescriptor> lock_folder(const std::string& folder) {
    const std::string path = folder + "/lock";
    Result<FileDescriptor> lock = platform::lock_file(path);
    if (lock || lock.error().number != EROFS)
        return lock;
    return platform::lock_existing_file(path);
}

Error unexpected(const std::string& folder, const std::exception& problem) {
    return {ENOMEM, fmt::format("cannot use {}: {}", folder, problem.what())};
}

}  // namespace

struct Store::Impl {
    Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        if (recovery.generation && death.empty())
            (void)recovery.generation->close_in_order();
    }

    std::string folder;
    FileDescriptor lock;
    Recovery recovery;
    PendingLatches latches;
    std::string death;            // empty: alive
    std::uint64_t last_fact = 0;  // durable
    std::uint64_t unreadable = 0;
    std::optional<Spool> spool;
    int failed_attempts_at_files = 0;

    Status write(const core::RecordBatch& batch);
    Status write_rows(const core::RecordBatch& batch);
    Status reopen(const core::StatePieces& state, std::uint64_t last_sequence);
    Status reserve(std::uint64_t sequence);
    Status fail_if(Status status);
    void read_file(const std::string& path, const FactQuery& query, FactsBySequence& facts);
    void read_earlier(const FactQuery& query, FactsBySequence& facts);
    Result<std::vector<core::RecordedFact>> facts(FactQuery query);
    void forget_set_aside(core::WallTime before);
    Result<std::uint64_t> forget_before(core::WallTime before);

    bool has_room_for(const std::vector<core::Counter>& counters);
    Status follow(SpoolOptions options);
    Status begin_spool();
    Status carry_over(Database& fresh);
    Result<core::SpoolBatch> next_batch(const std::string& consumer, const BatchLimits& limits);
    Result<bool> answered(const std::string& consumer, std::uint64_t batch, const core::HubAnswer& answer);
    Result<FactsFound> facts_after(std::uint64_t after, std::size_t most);
    Status read_oldest(const std::string& path, std::uint64_t after, std::size_t most, FactsFound& found,
                       FactsBySequence& facts);
};

// Every failure but a refusal ends the life of the present file.
Status Store::Impl::fail_if(Status status) {
    if (!status && !is_refusal(status.error()) && death.empty())
        death = status.error().message;
    return status;
}

Status Store::Impl::reserve(std::uint64_t sequence) {
    if (sequence <= recovery.reserved)
        return Done{};
    const std::uint64_t reserved = sequence + sequence_step;
    Status written = write_reserved_sequence(folder, reserved);
    if (written)
        recovery.reserved = reserved;
    return written;
}

Status Store::Impl::write_rows(const core::RecordBatch& batch) {
    if (batch.facts.empty() && batch.state.empty() && batch.counters.empty())
        return Done{};
    for (const core::RecordedFact& fact : batch.facts) {
        if (Status reserved = reserve(fact.sequence); !reserved)
            return reserved;
    }
    Status written = recovery.generation->write(batch, spool ? &*spool : nullptr, has_room_for(batch.counters));
    if (written && !batch.facts.empty()) {
        recovery.is_empty = false;
        last_fact = batch.facts.back().sequence;
    }
    return written;
}

Status Store::Impl::write(const core::RecordBatch& batch) {
    latches.add(batch.latches);
    const Status closed = latches.write_closed(folder);
    if (!death.empty())
        return Error{EIO, "nothing is written after a failure: " + death};
    const Status rows = fail_if(write_rows(batch));
    (void)fail_if(closed);
    if (!rows && death.empty())
        latches.drop_opened();
    if (!rows || !closed)
        return rows ? closed : rows;
    if (Status opened = fail_if(latches.write_opened(folder)); !opened)
        return opened;
    (void)fail_if(recovery.generation->checkpoint_if_due(batch.urgent));  // this batch is durable all the same
    return Done{};
}

Status Store::Impl::reopen(const core::StatePieces& state, std::uint64_t last_sequence) {
    if (Status closed = latches.write_closed(folder); !closed)
        return closed;
    if (Status synced = sync_folder_and_its_name(folder); !synced)
        return synced;
    if (Status reserved = reserve(last_sequence); !reserved)
        return reserved;
    const auto carry = [&](Database& fresh) { return spool ? carry_over(fresh) : Status(Done{}); };
    if (Status created = Generation::create(folder, state, last_sequence, carry); !created)
        return created;
    const Result<MovedAside> aside = set_aside(folder, Why::failed);
    if (!aside)
        return aside.error();
    const bool was_empty = std::exchange(recovery.is_empty, true);
    recovery.generation.reset();
    Result<Generation> generation = begin_generation(folder);
    if (!generation)
        return generation.error();
    recovery.generation = std::move(*generation);
    recovery.base = last_fact = last_sequence;
    death.clear();
    if (was_empty)
        (void)remove_durably(aside->path);
    if (spool) {
        spool->carried_over();
        if (Status begun = fail_if(begin_spool()); !begun)
            return begun;
    }
    return fail_if(latches.write_opened(folder));
}

// What can't be read there is no failure of the present: it is counted, and the rest is answered.
void Store::Impl::read_file(const std::string& path, const FactQuery& query, FactsBySequence& facts) {
    Result<Database> database = open_set_aside(path);
    const Result<std::uint64_t> damaged =
        database ? read_facts(*database, query, facts) : Result<std::uint64_t>(database.error());
    unreadable += damaged ? damaged.value() : 1;
}

void Store::Impl::read_earlier(const FactQuery& query, FactsBySequence& facts) {
    if (!recovery.generation && platform::exists(database_path(folder)))
        read_file(database_path(folder), query, facts);
    std::size_t files = 0;
    for (const SetAside& file : list_set_aside(folder)) {
        if (facts.size() >= query.most || ++files > earlier_files_read_max)
            return;
        read_file(file.path, query, facts);
    }
}

Result<std::vector<core::RecordedFact>> Store::Impl::facts(FactQuery query) {
    query.most = std::min(query.most, facts_answer_max);
    FactsBySequence found;
    if (recovery.generation) {
        const Result<std::uint64_t> damaged = read_facts(recovery.generation->database(), query, found);
        if (!damaged)
            return damaged.error();
        unreadable += damaged.value();
    }
    if (!recovery.generation || query.after < recovery.base)
        read_earlier(query, found);
    while (found.size() > query.most)
        found.erase(found.begin());
    std::vector<core::RecordedFact> answer;
    for (auto& [sequence, fact] : found)
        answer.push_back(std::move(fact));
    return answer;
}

void Store::Impl::forget_set_aside(core::WallTime before) {
    const auto limit = std::chrono::floor<std::chrono::seconds>(before.since_epoch).count();
    const std::vector<SetAside> files = list_set_aside(folder);
    for (auto oldest = files.rbegin(); oldest != files.rend() && oldest->wall_seconds < limit; ++oldest) {
        if (!remove_durably(oldest->path))
            return;  // tried again with the next call
    }
}

Result<std::uint64_t> Store::Impl::forget_before(core::WallTime before) {
    const std::uint64_t passed = spool ? spool->passed_by_all().fact : std::numeric_limits<std::uint64_t>::max();
    if (passed >= recovery.base)
        forget_set_aside(before);
    if (spool) {
        if (const Status forgotten = recovery.generation->forget_of_spool(*spool, before); !forgotten)
            return forgotten.error();
    }
    return recovery.generation->forget_before(before, passed);
}

// Samples can wait, facts can't: the last of the disk is for them.
bool Store::Impl::has_room_for(const std::vector<core::Counter>& counters) {
    if (!spool || counters.empty())
        return false;
    const Result<std::uint64_t> free_bytes = platform::free_bytes(folder);
    return !free_bytes || free_bytes.value() >= spool->free_bytes_min();
}

Status Store::Impl::follow(SpoolOptions options) {
    SpoolStart start{recovery.spool, recovery.base, last_fact};
    Status read = Done{};
    if (spool) {
        start.found = spool->image();
    } else if (recovery.generation) {
        Result<std::optional<SpoolImage>> found = recovery.generation->read_spool();
        read = found ? Status(Done{}) : fail_if(found.error());
        start.found = found ? std::move(*found) : SpoolImage{.whole = false};
    }
    if (options.consumers.empty() && !start.found)
        return Done{};
    spool.emplace(std::move(options), std::move(start));
    return death.empty() ? fail_if(begin_spool()) : read;
}

// From the file that is in its place yet, opened or not.
Status Store::Impl::carry_over(Database& fresh) {
    if (recovery.generation)
        return spool->carry_over(&recovery.generation->database(), fresh);
    Result<Database> before = open_set_aside(database_path(folder));
    return spool->carry_over(before ? &*before : nullptr, fresh);
}

// What the spool begins with, or begins anew.
Status Store::Impl::begin_spool() {
    if (!spool->wants_writing())
        return recovery.generation->measure(*spool);
    return recovery.generation->begin_spool(*spool);
}

Result<core::SpoolBatch> Store::Impl::next_batch(const std::string& consumer, const BatchLimits& limits) {
    if (!death.empty() || !spool)
        return Error{EAGAIN, "nothing is handed out: " + (spool ? death : "nobody follows the spool")};
    const FactSource source = [this](std::uint64_t after, std::size_t most) { return facts_after(after, most); };
    return spool->next(recovery.generation->database(), source, consumer, limits);
}

Result<bool> Store::Impl::answered(const std::string& consumer, std::uint64_t batch, const core::HubAnswer& answer) {
    if (!spool || !spool->answered(consumer, batch, answer))
        return false;
    if (!spool->wants_writing() || !death.empty())
        return true;
    const Status begun = fail_if(recovery.generation->begin_spool(*spool));
    return begun ? Result<bool>(true) : Result<bool>(begun.error());
}

Status Store::Impl::read_oldest(const std::string& path, std::uint64_t after, std::size_t most, FactsFound& found,
                                FactsBySequence& facts) {
    Result<Database> database = open_set_aside(path);
    if (!database)
        return database.error();
    const Result<OldestFacts> oldest = read_oldest_facts(*database, after, most, facts);
    if (!oldest)
        return oldest.error();
    found.damaged.insert(found.damaged.end(), oldest->damaged.begin(), oldest->damaged.end());
    found.all = found.all && oldest->all;
    return Done{};
}

// From the files set aside too, as long as what they hold is wanted.
Result<FactsFound> Store::Impl::facts_after(std::uint64_t after, std::size_t most) {
    FactsBySequence facts;
    const Result<OldestFacts> present = read_oldest_facts(recovery.generation->database(), after, most, facts);
    if (!present)
        return present.error();
    FactsFound found{{}, present->damaged, present->all};
    if (after < recovery.base) {
        if (const auto listed = platform::list_folder(folder); !listed)
            return listed.error();
        for (const SetAside& file : list_set_aside(folder)) {
            const Status read = read_oldest(file.path, after, most, found, facts);
            const bool may_work_later = !read && read.error().number != EUCLEAN;
            if (may_work_later && ++failed_attempts_at_files <= attempts_at_a_file_max)
                return read.error();
        }
        failed_attempts_at_files = 0;
    }
    for (auto& [sequence, fact] : facts) {
        if (found.facts.size() == most) {
            found.all = false;
            break;
        }
        found.facts.push_back(std::move(fact));
    }
    return found;
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;

Store::~Store() = default;

Result<Store> Store::open(const std::string& folder) try {
    if (Status made = make_folder_durably(folder); !made)
        return made.error();
    Result<FileDescriptor> lock = lock_folder(folder);
    if (!lock)
        return lock.error();
    Result<Recovery> recovery = recover(folder);
    if (!recovery)
        return recovery.error();
    auto impl = std::make_unique<Impl>();
    impl->folder = folder;
    impl->lock = std::move(*lock);
    impl->recovery = std::move(*recovery);
    impl->last_fact = impl->recovery.recovered.last_sequence;
    impl->death = impl->recovery.failure;
    if (const Status synced = sync_folder_and_its_name(folder); !synced && impl->death.empty())
        impl->death = synced.error().message;
    if (!impl->death.empty())
        impl->recovery.recovered.problems.push_back("nothing can be recorded now: " + impl->death);
    return Store(std::move(impl));
} catch (const std::exception& problem) {
    return unexpected(folder, problem);
}

const core::Recovered& Store::recovered() const {
    return impl_->recovery.recovered;
}

bool Store::dead() const {
    return !impl_->death.empty();
}

std::uint64_t Store::unreadable_facts() const {
    return impl_->unreadable;
}

Status Store::write(const core::RecordBatch& batch) try {
    return impl_->write(batch);
} catch (const std::exception& problem) {
    return impl_->fail_if(unexpected(impl_->folder, problem));
}

Status Store::reopen_from_memory(const core::StatePieces& state, std::uint64_t last_sequence) try {
    return impl_->reopen(state, last_sequence);
} catch (const std::exception& problem) {
    return unexpected(impl_->folder, problem);
}

Result<std::vector<core::RecordedFact>> Store::facts(const FactQuery& query) try {
    return impl_->facts(query);
} catch (const std::exception& problem) {
    return unexpected(impl_->folder, problem);
}

Result<std::uint64_t> Store::forget_before(core::WallTime before) try {
    if (dead())
        return Error{EIO, "nothing is deleted after a failure: " + impl_->death};
    Result<std::uint64_t> forgotten = impl_->forget_before(before);
    if (!forgotten)
        (void)impl_->fail_if(forgotten.error());
    return forgotten;
} catch (const std::exception& problem) {
    return unexpected(impl_->folder, problem);
}

Status Store::follow(SpoolOptions options) try {
    return impl_->follow(std::move(options));
} catch (const std::exception& problem) {
    return impl_->fail_if(unexpected(impl_->folder, problem));
}

Result<core::SpoolBatch> Store::next_batch(const std::string& consumer, const BatchLimits& limits) try {
    return impl_->next_batch(consumer, limits);
} catch (const std::exception& problem) {
    return unexpected(impl_->folder, problem);
}

Result<bool> Store::answered(const std::string& consumer, std::uint64_t batch, const core::HubAnswer& answer) try {
    return impl_->answered(consumer, batch, answer);
} catch (const std::exception& problem) {
    return unexpected(impl_->folder, problem);
}

bool Store::acknowledged(const std::string& consumer, std::uint64_t batch) {
    return impl_->spool && impl_->spool->acknowledged(consumer, batch);
}

core::SpoolState Store::spool_state(const std::string& consumer) const {
    return impl_->spool ? impl_->spool->state(consumer) : core::SpoolState{};
}

std::vector<core::Fact> Store::take_told() {
    return impl_->spool ? impl_->spool->take_told() : std::vector<core::Fact>();
}

}  // namespace noodstop::journal
