#include "agent/journal/recovery.hpp"

#include "agent/journal/folder.hpp"
#include "agent/journal/latch_file.hpp"
#include "agent/journal/sequence_file.hpp"
#include "platform/file/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace noodstop::journal {
namespace {

using platform::Done;
using platform::Error;
using platform::Result;
using platform::Status;

constexpr std::chrono::milliseconds salvage_time_max{5'000};
// Without the file that says better, a higher number than this is damage and not the work of centuries.
constexpr std::uint64_t plausible_sequence_max = std::uint64_t{1} << 48;

enum class Cause { refused, not_now, damaged };

Cause cause_of(const Error& error) {
    switch (error.number) {
        case ENOTSUP:
        case EBUSY:
            return Cause::refused;
        case EAGAIN:
        case ENOSPC:
        case EROFS:
        case ENOMEM:
        case EMFILE:
        case ENFILE:
        case EACCES:
        case EPERM:
            return Cause::not_now;
        default:
            return Cause::damaged;
    }
}

void append(std::vector<std::string>& all, const std::vector<std::string>& more) {
    all.insert(all.end(), more.begin(), more.end());
}

// Cursors and epochs are worth much and are small. Where nobody can say whether there was a spool, there was one of
// which nothing is left: facts must not get other names than they had.
std::optional<SpoolImage> salvage_spool(Database& database) {
    const Result<bool> has = has_spool_tables(database);
    if (!has)
        return SpoolImage{.whole = false};
    if (!has.value())
        return std::nullopt;
    return salvage_spool_image(database);
}

// Takes what is whole from a file that as a whole can't be trusted. Each piece and fact has its own checksum.
Generation::Content salvage(const std::string& path) {
    Generation::Content content;
    Result<Database> database = open_set_aside(path);
    if (!database) {
        content.problems.push_back(database.error().message + "; nothing could be saved from it");
        content.spool = SpoolImage{.whole = false};
        return content;
    }
    database->limit_time(salvage_time_max);
    StateRead state = read_state(*database);
    content.state = std::move(state.pieces);
    FactsBySequence newest;
    FactQuery query;
    query.most = 1;
    (void)read_facts(*database, query, newest);  // as far as it goes
    if (!newest.empty())
        content.last_sequence = newest.rbegin()->first;
    content.spool = salvage_spool(*database);
    content.problems.push_back(fmt::format("{} pieces of state and the number of fact {} were saved from {}",
                                           content.state.size(), content.last_sequence, path));
    return content;
}

// Status of opening what is there; fills the recovery where that works.
Status take_existing(Recovery& recovery, const std::string& path) {
    if (Status anew = platform::write_log_anew(path); !anew)
        return anew;
    Result<Generation> generation = Generation::open(path);
    if (!generation)
        return generation.error();
    Result<Generation::Content> content = generation->read_content();
    if (!content)
        return content.error();
    const std::uint64_t highest = recovery.reserved > 0 ? recovery.reserved : plausible_sequence_max;
    if (content->last_sequence > highest)
        return Error{EUCLEAN,
                     fmt::format("cannot use {}: fact {} has an implausible number", path, content->last_sequence)};
    recovery.recovered.state = std::move(content->state);
    recovery.recovered.last_sequence = content->last_sequence;
    recovery.base = content->base;
    recovery.is_empty = content->last_sequence <= content->base;
    append(recovery.recovered.problems, content->problems);
    recovery.generation = std::move(*generation);
    return Done{};
}

Status write_spool(const std::string& folder, Database& database, const SpoolImage& image) {
    if (Status begun = database.begin(); !begun)
        return begun;
    if (Status made = add_spool_tables(database); !made)
        return made;
    if (Result<Database> damaged = open_set_aside(database_path(folder)))
        (void)copy_series(*damaged, database);  // as far as it goes
    if (Status written = write_spool_image(database, image); !written)
        return written;
    return database.commit();
}

// The file of a new generation, with what could be saved; begin_prepared() puts it into its place.
Status prepare_anew(Recovery& recovery, const std::string& folder) {
    core::Recovered& recovered = recovery.recovered;
    recovered.last_sequence = std::max(recovered.last_sequence, recovery.reserved);
    recovery.base = recovered.last_sequence;
    return Generation::create(folder, recovered.state, recovery.base, [&](Database& database) -> Status {
        return recovery.spool ? write_spool(folder, database, *recovery.spool) : Status(Done{});
    });
}

void begin_prepared(Recovery& recovery, const std::string& folder, const Status& prepared) {
    Result<Generation> generation = prepared ? begin_generation(folder) : Result<Generation>(prepared.error());
    recovery.is_empty = true;
    if (generation)
        recovery.generation = std::move(*generation);
    else
        recovery.failure = generation.error().message;
}

// Of facts that can't be read themselves: no number that the spool knows of is given again.
std::uint64_t last_fact_known_to(const SpoolImage& spool) {
    std::uint64_t last = 0;
    for (const EpochBegin& epoch : spool.epochs)
        last = std::max(last + 1, epoch.first_fact) - 1;
    for (const auto& [consumer, cursor] : spool.cursors)
        last = std::max(last, cursor.fact);
    return last;
}

void take_salvage(Recovery& recovery, const std::string& folder) {
    Generation::Content saved = salvage(database_path(folder));
    recovery.recovered.state = std::move(saved.state);
    recovery.recovered.last_sequence = saved.last_sequence;
    recovery.spool = std::move(saved.spool);
    if (recovery.spool)
        recovery.recovered.last_sequence =
            std::max(recovery.recovered.last_sequence, last_fact_known_to(*recovery.spool));
    append(recovery.recovered.problems, saved.problems);
}

void replace_damaged(Recovery& recovery, const std::string& folder, const Error& damage) {
    core::Recovered& recovered = recovery.recovered;
    recovered.problems.push_back(damage.message);
    take_salvage(recovery, folder);
    // Totals of a damaged file may be of an earlier moment than they say.
    if (recovery.spool)
        recovery.spool->whole = false;
    // Whole on the disk before the damaged one leaves its place: power may be lost in between.
    const Status prepared = prepare_anew(recovery, folder);
    if (!prepared) {
        recovery.failure = prepared.error().message;
        return;
    }
    const Result<MovedAside> aside = set_aside(folder, Why::corrupt);
    if (!aside) {
        recovery.failure = aside.error().message;
        return;
    }
    begin_prepared(recovery, folder, prepared);
    recovered.problems.push_back(
        fmt::format("the damaged database is kept as {}; facts go on after number {}", aside->path, recovery.base));
    if (!aside->given_up.empty())
        recovered.problems.push_back(fmt::format("{} had to go for it, with the facts in it", aside->given_up));
}

void begin_first(Recovery& recovery, const std::string& folder) {
    const bool was_in_use = recovery.reserved > 0 || !recovery.recovered.latches.empty();
    begin_prepared(recovery, folder, prepare_anew(recovery, folder));
    if (was_in_use)
        recovery.recovered.problems.push_back(
            fmt::format("{} is missing though the folder was in use; its state is lost, facts go on after number {}",
                        database_path(folder), recovery.base));
}

}  // namespace

Result<Generation> begin_generation(const std::string& folder) {
    const std::string path = database_path(folder);
    if (Status renamed = platform::rename_durably(new_database_path(folder), path); !renamed)
        return renamed.error();
    return Generation::open(path);
}

Result<Recovery> recover(const std::string& folder) {
    Recovery recovery;
    core::Recovered& recovered = recovery.recovered;
    recovered.problems = finish_interrupted_changes(folder);
    LatchesRead latches = read_latches(folder);
    recovered.latches = std::move(latches.latches);
    append(recovered.problems, latches.problems);
    recovery.reserved = read_reserved_sequence(folder);
    if (!platform::exists(database_path(folder))) {
        begin_first(recovery, folder);
        return recovery;
    }
    const Status taken = take_existing(recovery, database_path(folder));
    if (taken)
        return recovery;
    switch (cause_of(taken.error())) {
        case Cause::refused:
            return taken.error();
        case Cause::not_now:
            recovery.failure = taken.error().message;
            take_salvage(recovery, folder);
            if (recovered.last_sequence == 0)
                recovered.last_sequence = recovery.reserved;
            break;
        case Cause::damaged:
            replace_damaged(recovery, folder, taken.error());
            break;
    }
    return recovery;
}

}  // namespace noodstop::journal
