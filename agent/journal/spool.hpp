// The spool: what consumers (the hub, each exporter) have not acknowledged yet. It is a view of the journal: facts are
// those of the fact table, totals are the latest row of each series, samples are history that may be thinned. Nothing
// is copied for anybody; a consumer is a cursor.
//
// What must hold:
//   1. What is handed out is durable. So nothing that somebody else has is ever forgotten here by a crash, unless the
//      disk forgets what it promised or a backup is restored.
//   2. A cursor says: everything up to here was acknowledged. It moves forward only by the acknowledgement of a batch
//      that was handed out, never by what somebody claims to have; back only when the hub shows that it has less.
//   3. A cursor is durable before what lies behind it goes. Samples go when all cursors have passed them; facts when
//      they have also reached the end of their retention. Until then only facts_max and the spool's own maximum take
//      facts and totals, the oldest first, and that is told.
//   4. The latest value of a counter is never thinned. A consumer at cursor c gets, before or with the first sample
//      after c that is kept, every series that changed last between the two: so whatever samples are left out, it has
//      at position p what every counter had when its last change up to p was recorded.
//   5. An entry is named by (epoch, sequence) for ever. A process gives its own epoch to what it records, and renews it
//      when somebody knows more of it than was handed out: then a running machine was put back to an earlier moment.
//   6. Where the hub's newest entry is not on our line, a backup was restored on one of the two sides, or the database
//      was lost, or another agent has our name. That is told. Facts go on from the cursor, since the hub drops what
//      it has; totals are sent anew from nothing, as another line, so that those of two lines never mix.
//
// The counters of a sample are those of the engine state that commits with it, so that a restart never lowers them.
#pragma once

#include "agent/core/record.hpp"
#include "agent/journal/runs.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace noodstop::journal {

// With one batch.
inline constexpr std::size_t thinned_max = 64;
inline constexpr std::size_t forgotten_samples_max = 256;
inline constexpr std::size_t forgotten_series_max = 2'000;
// Of the spool's bytes so many eighths may be samples; the others are for series, some 30,000 of them.
inline constexpr std::uint64_t sample_eighths = 7;

struct SpoolOptions {
    std::vector<Consumer> consumers;
    std::uint64_t bytes_max = 64 << 20;
    std::uint64_t free_bytes_min = 16 << 20;  // of the disk: below it no history is kept, so that facts can be
    std::function<std::uint64_t()> draw;      // random numbers, for epochs
};

struct SpoolStart {
    std::optional<SpoolImage> found;  // none: the database has no spool yet
    std::uint64_t base = 0;           // the database holds the facts after it, ...
    std::uint64_t last_fact = 0;      // ... until this one
};

class Spool {
public:
    Spool(SpoolOptions options, SpoolStart start);

    // As a spool that takes its place finds it.
    SpoolImage image() const { return {line_.epochs(), consumers_.cursors(), last_sample_, true}; }

    // Inside a transaction of the caller, as the next two: everything but series and samples, into tables that are
    // there. Once that is committed, image_written().
    platform::Status write_image(Database& database);
    void image_written();
    // Makes the tables of a file that takes the place of `from`, with all that can be read there. Once the new file is
    // in use, carried_over(): image_written() and what the lack of something asks for.
    platform::Status carry_over(Database* from, Database& to);
    void carried_over();

    struct Written {
        std::uint64_t last_fact = 0;
        std::uint64_t last_sample = 0;
        SpoolBytes bytes;
        Cursors cursors;
        std::uint64_t thinned = 0;
        bool gave_up_totals = false;
    };
    // What goes with a batch: its counters as samples, cursors that have moved, and what they leave behind them. Without
    // room on the disk only the totals. It counts once it is committed.
    platform::Result<Written> write(Database& database, SampleWriter& writer, const core::RecordBatch& batch,
                                    bool has_room);
    void committed(const Written& written);
    platform::Status measure(Database& database);  // of a file that was opened or has begun

    // The next batch for a consumer: what follows its cursor. One is out at a time; another takes its place. With no
    // entries, if limits allow none.
    platform::Result<core::SpoolBatch> next(Database& database, const FactSource& facts, const std::string& consumer,
                                            const BatchLimits& limits);
    // The hub's answer to a batch, or of another consumer that it has taken it. False: that batch is not out.
    bool answered(const std::string& consumer, std::uint64_t batch, const core::HubAnswer& answer);
    bool acknowledged(const std::string& consumer, std::uint64_t batch);
    // Until then nothing is handed out: what is to be written says under which names.
    bool wants_writing() const { return wants_writing_; }

    // Until here every consumer has acknowledged, durably. What lies before may go.
    Cursor passed_by_all() const { return consumers_.passed_by_all(durable_); }
    // Also totals that have not changed since `before`.
    platform::Status forget_before(Database& database, core::WallTime before);

    core::SpoolState state(const std::string& consumer) const;
    std::uint64_t free_bytes_min() const { return options_.free_bytes_min; }
    // What belongs into the journal: times are set by whoever records it.
    std::vector<core::Fact> take_told();

private:
    void begin_epoch(EpochBegin epoch);
    platform::Status write_samples(Database& database, SampleWriter& writer, const std::vector<core::Counter>& counters,
                                   SampleWriter::Keep keep, Written& written);
    platform::Status make_room(Database& database, Written& written);
    platform::Status limit_series(Database& database, Written& written);
    platform::Result<core::FactRun> next_facts(const FactSource& source, const std::string& name,
                                               const BatchLimits& limits, BatchLimits& left);
    void tell_gap(const core::Gap& gap);

    SpoolOptions options_;
    Line line_;
    Consumers consumers_;
    Cursors durable_;
    std::uint64_t last_fact_ = 0;
    std::uint64_t last_sample_ = 0;
    SpoolBytes bytes_;
    bool wants_writing_ = false;
    bool carried_whole_ = false;
    std::uint64_t gaps_told_until_ = 0;
    bool thinning_told_ = false;
    std::uint64_t thinned_ = 0;
    std::uint64_t damaged_ = 0;
    std::vector<core::Fact> told_;
};

}  // namespace noodstop::journal
