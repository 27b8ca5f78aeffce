#include "agent/journal/spool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace noodstop::journal {
namespace {

using platform::Done;
using platform::Error;
using platform::Result;
using platform::Status;

constexpr std::uint64_t before_epochs = 0;

core::Fact spool_fact(core::FactKind kind, const std::string& problem) {
    core::Fact fact;
    fact.kind = kind;
    fact.fields = {{"problem", problem}};
    return fact;
}

std::optional<core::Position> newest(const Line& line, core::Lane lane, std::uint64_t sequence) {
    return sequence == 0 ? std::nullopt : line.position(lane, sequence);
}

}  // namespace

// Facts that were recorded before there were epochs are of epoch 0; those in files set aside by then stay at home.
Spool::Spool(SpoolOptions options, SpoolStart start)
    : options_(std::move(options)),
      consumers_(options_.consumers, start.found ? start.found->cursors : Cursors{}),
      last_fact_(start.last_fact) {
    bool continues = true;
    if (start.found) {
        for (const EpochBegin& epoch : start.found->epochs)
            line_.begin(epoch);
        last_sample_ = start.found->last_sample;
        continues = start.found->whole && !line_.empty();
    } else if (start.last_fact > start.base) {
        line_.begin({before_epochs, start.base + 1, 1, true});
    }
    durable_ = consumers_.cursors();
    begin_epoch({options_.draw(), last_fact_ + 1, last_sample_ + 1, continues});
}

void Spool::begin_epoch(EpochBegin epoch) {
    epoch.id = (epoch.id >> 2) | 1;  // fits a column with room for names made of it, and is not 0
    line_.begin(epoch);
    consumers_.epoch_began(epoch);
    wants_writing_ = true;
}

Status Spool::write_image(Database& database) {
    // After a break all totals are told anew, as far as they are known, and history is that of another line.
    if (!line_.present().continues && line_.present().first_sample == last_sample_ + 1) {
        const Result<std::uint64_t> last = renumber_series(database, last_sample_ + 1);
        if (!last)
            return last.error();
        last_sample_ = last.value();
        if (Status emptied = database.execute("DELETE FROM sample"); !emptied)
            return emptied;
    }
    return write_spool_image(database, {line_.epochs(), consumers_.cursors(), last_sample_, true});
}

void Spool::image_written() {
    wants_writing_ = false;
    durable_ = consumers_.cursors();
}

Status Spool::carry_over(Database* from, Database& to) {
    if (Status begun = to.begin(); !begun)
        return begun;
    if (Status made = add_spool_tables(to); !made)
        return made;
    carried_whole_ = from != nullptr && copy_series(*from, to);
    SpoolImage image{line_.epochs(), consumers_.cursors(), last_sample_, carried_whole_};
    if (Status written = write_spool_image(to, image); !written)
        return written;
    return to.commit();
}

void Spool::carried_over() {
    image_written();
    if (carried_whole_)
        return;
    told_.push_back(spool_fact(core::FactKind::spool_gap, "totals of what has ended could not be read again"));
    begin_epoch({options_.draw(), last_fact_ + 1, last_sample_ + 1, false});
}

Result<Spool::Written> Spool::write(Database& database, SampleWriter& writer, const core::RecordBatch& batch,
                                    bool has_room) {
    Written written{last_fact_, last_sample_, bytes_, consumers_.cursors(), 0};
    if (!batch.facts.empty())
        written.last_fact = batch.facts.back().sequence;
    if (written.cursors != durable_) {
        if (const Status moved = write_cursors(database, written.cursors); !moved)
            return moved.error();
    }
    if (batch.counters.empty() || !consumers_.want_samples())
        return written;
    if (const Status made = make_room(database, written); !made)
        return made.error();
    const auto keep = has_room ? SampleWriter::Keep::history_too : SampleWriter::Keep::totals_only;
    if (const Status sampled = write_samples(database, writer, batch.counters, keep, written); !sampled)
        return sampled.error();
    return written;
}

Status Spool::write_samples(Database& database, SampleWriter& writer, const std::vector<core::Counter>& counters,
                            SampleWriter::Keep keep, Written& written) {
    for (std::span<const core::Counter> rest = counters; !rest.empty();) {
        const auto some = rest.first(std::min(rest.size(), counters_per_sample_max));
        const Result<SpoolBytes> taken = writer.write(++written.last_sample, some, keep);
        if (!taken)
            return taken.error();
        written.thinned += keep == SampleWriter::Keep::totals_only ? 1 : 0;
        written.bytes.samples += taken->samples;
        written.bytes.series += taken->series;
        rest = rest.subspan(some.size());
    }
    return database.execute(fmt::format("UPDATE spool SET last_sample = {}", written.last_sample));
}

// What everybody has goes first; then samples get coarser; then the oldest totals go.
Status Spool::make_room(Database& database, Written& written) {
    const std::uint64_t passed = passed_by_all().sample;
    const Result<std::uint64_t> freed = forget_samples(database, passed, forgotten_samples_max);
    if (!freed)
        return freed.error();
    written.bytes.samples -= std::min(written.bytes.samples, freed.value());
    const std::uint64_t samples_max = options_.bytes_max / 8 * sample_eighths;
    for (std::size_t count = 0; written.bytes.samples > samples_max && count < thinned_max; ++count) {
        const Result<std::uint64_t> thinned = thin_samples(database);
        if (!thinned || thinned.value() == 0)
            return thinned ? Status(Done{}) : Status(thinned.error());
        written.bytes.samples -= std::min(written.bytes.samples, thinned.value());
        ++written.thinned;
    }
    return limit_series(database, written);
}

Status Spool::limit_series(Database& database, Written& written) {
    constexpr core::WallTime whenever{core::Duration::max()};
    if (written.bytes.series <= options_.bytes_max / 8)
        return Done{};
    Result<std::uint64_t> freed = forget_series(database, passed_by_all().sample, whenever, forgotten_series_max);
    if (freed && freed.value() == 0) {
        freed = forget_series(database, last_sample_, whenever, forgotten_series_max);
        written.gave_up_totals = freed && freed.value() > 0;
    }
    if (!freed)
        return freed.error();
    written.bytes.series -= std::min(written.bytes.series, freed.value());
    return Done{};
}

void Spool::committed(const Written& written) {
    last_fact_ = written.last_fact;
    last_sample_ = written.last_sample;
    bytes_ = written.bytes;
    durable_ = written.cursors;
    thinned_ += written.thinned;
    if (written.gave_up_totals)
        told_.push_back(spool_fact(core::FactKind::spool_gap, "there are more counters than the spool can hold"));
    if (written.thinned > 0 && !thinning_told_)
        told_.push_back(
            spool_fact(core::FactKind::spool_thinned, "samples are thinned: the spool or the disk is full"));
    thinning_told_ = written.thinned > 0 || (thinning_told_ && bytes_.samples > options_.bytes_max / 2);
}

Status Spool::measure(Database& database) {
    const Result<SpoolBytes> measured = measure_spool(database);
    if (measured)
        bytes_ = measured.value();
    return measured ? Status(Done{}) : Status(measured.error());
}

Status Spool::forget_before(Database& database, core::WallTime before) {
    const std::uint64_t passed = passed_by_all().sample;
    const Result<std::uint64_t> samples = forget_samples(database, passed, forgotten_samples_max);
    const Result<std::uint64_t> series = samples ? forget_series(database, passed, before, forgotten_series_max)
                                                 : Result<std::uint64_t>(samples.error());
    return series ? measure(database) : Status(series.error());
}

Result<core::SpoolBatch> Spool::next(Database& database, const FactSource& facts, const std::string& name,
                                     const BatchLimits& limits) {
    const Consumer* consumer = consumers_.find(name);
    if (consumer == nullptr)
        return Error{ENOENT, name + " does not follow the spool"};
    if (wants_writing_)
        return Error{EAGAIN, "the present epoch is not durable yet"};
    core::SpoolBatch batch;
    BatchLimits left = limits;
    if (consumer->takes_facts) {
        Result<core::FactRun> run = next_facts(facts, name, limits, left);
        if (!run)
            return run.error();
        batch.facts = std::move(*run);
    }
    if (consumer->takes_samples) {
        Result<SamplesFound> found = read_sample_run(database, line_, {consumers_.cursors().at(name).sample, left});
        if (!found)
            return found.error();
        damaged_ += found->damaged;
        batch.samples = std::move(found->run);
    }
    batch.newest_fact = newest(line_, core::Lane::facts, last_fact_);
    batch.newest_sample = newest(line_, core::Lane::samples, last_sample_);
    consumers_.hand_out(line_, name, batch);
    return batch;
}

// Facts overtake samples: these get what room facts leave, and none while more facts wait.
Result<core::FactRun> Spool::next_facts(const FactSource& source, const std::string& name, const BatchLimits& limits,
                                        BatchLimits& left) {
    const std::uint64_t after = consumers_.cursors().at(name).fact;
    Result<core::FactRun> run = read_fact_run(line_, source, {after, last_fact_, limits});
    if (!run)
        return run;
    std::size_t bytes = 0;
    for (const core::RecordedFact& fact : run->facts)
        bytes += size_of(fact.fact);
    left.bytes_max = bytes < limits.bytes_max ? limits.bytes_max - bytes : 0;
    if (!run->empty() && run->last < last_fact_)
        left.counters_max = 0;
    for (const core::Gap& gap : run->gaps)
        tell_gap(gap);
    return run;
}

void Spool::tell_gap(const core::Gap& gap) {
    if (gap.last <= gaps_told_until_)
        return;
    gaps_told_until_ = gap.last;
    damaged_ += gap.reason == core::GapReason::damaged ? gap.last - gap.first + 1 : 0;
    core::Fact fact = spool_fact(core::FactKind::spool_gap, "facts can't be given to the hub any more");
    fact.fields.push_back({"first", std::to_string(gap.first)});
    fact.fields.push_back({"last", std::to_string(gap.last)});
    fact.fields.push_back({"reason", core::to_text(gap.reason)});
    told_.push_back(std::move(fact));
}

bool Spool::answered(const std::string& name, std::uint64_t batch, const core::HubAnswer& answer) {
    if (!consumers_.answered(line_, name, batch, answer))
        return false;
    if (consumers_.wants_epoch()) {
        const Cursor& handed = consumers_.handed_out_of_epoch();
        begin_epoch({options_.draw(), handed.fact + 1, handed.sample + 1, true});
    }
    return true;
}

bool Spool::acknowledged(const std::string& name, std::uint64_t batch) {
    return consumers_.acknowledged(name, batch);
}

core::SpoolState Spool::state(const std::string& name) const {
    core::SpoolState state;
    const auto found = consumers_.cursors().find(name);
    const Cursor cursor = found == consumers_.cursors().end() ? Cursor{} : found->second;
    state.facts_waiting =
        last_fact_ - std::min(last_fact_, std::max(cursor.fact, line_.first_known(core::Lane::facts) - 1));
    state.samples_waiting = last_sample_ - std::min(last_sample_, cursor.sample);
    state.bytes = bytes_.samples + bytes_.series;
    state.thinned = thinned_;
    state.damaged = damaged_;
    return state;
}

std::vector<core::Fact> Spool::take_told() {
    std::vector<core::Fact> told = std::exchange(told_, {});
    for (core::Fact& fact : consumers_.take_told())
        told.push_back(std::move(fact));
    return told;
}

}  // namespace noodstop::journal
