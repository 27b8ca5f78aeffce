// The spool's tables (schema.hpp) as rows: epochs, cursors, series and samples. Each row has its checksum; one that
// does not match is left out and counted.
#pragma once

#include "agent/journal/consumers.hpp"
#include "agent/journal/line.hpp"
#include "agent/journal/schema.hpp"

#include <span>
#include <string>
#include <vector>

namespace noodstop::journal {

inline constexpr std::size_t counters_per_sample_max = 1'000;  // more counters of one moment are several samples
inline constexpr std::uint64_t page_bytes = 4'096;
inline constexpr std::uint64_t series_row_bytes = 160;  // with its place in two indexes, beside the name

// All of the spool but what is counted.
struct SpoolImage {
    std::vector<EpochBegin> epochs;
    Cursors cursors;
    std::uint64_t last_sample = 0;
    bool whole = true;  // the series are all that there were
};
platform::Result<SpoolImage> read_spool_image(Database& database);
platform::Status write_spool_image(Database& database, const SpoolImage& image);
platform::Status write_cursors(Database& database, const Cursors& cursors);

struct SpoolBytes {
    std::uint64_t samples = 0;
    std::uint64_t series = 0;
};
struct Series {
    core::Counter counter;
    std::uint64_t changed = 0;  // the sample in which it last changed
};
struct SeriesRead {
    std::vector<Series> series;  // ascending by `changed`
    std::uint64_t through = 0;   // all that changed last until here are among them; 0: there are none
    std::uint64_t damaged = 0;
};
// Those that changed last after `after` and before `before`, some `most` of them: what changed together stays together,
// so at least counters_per_sample_max must be allowed.
platform::Result<SeriesRead> read_series(Database& database, std::uint64_t after, std::uint64_t before,
                                         std::size_t most);
// Of another file, as far as it can be read; false: not all of it.
bool copy_series(Database& from, Database& to);

// Writes samples and brings the series up to date, inside a transaction of the caller.
class SampleWriter {
public:
    static platform::Result<SampleWriter> prepare(Database& database);
    enum class Keep { totals_only, history_too };
    // At most counters_per_sample_max, of one moment. Returns the bytes taken.
    platform::Result<SpoolBytes> write(std::uint64_t sequence, std::span<const core::Counter> counters, Keep keep);

private:
    platform::Result<std::int64_t> bring_up(std::uint64_t sequence, const core::Counter& counter);

    Statement find_;
    Statement insert_;
    Statement update_;
    Statement insert_sample_;
    std::int64_t last_id_ = 0;
    std::uint64_t new_series_bytes_ = 0;
};

struct SampleRead {
    std::optional<core::Sample> sample;  // the first one after `after` that is whole; none: there is none
    std::uint64_t damaged = 0;           // that were passed over
};
platform::Result<SampleRead> read_sample(Database& database, std::uint64_t after);

// Returns the bytes given free.
platform::Result<std::uint64_t> forget_samples(Database& database, std::uint64_t until, std::size_t most);
// Of the samples between the oldest and the newest that one goes whose neighbours are nearest to each other in
// proportion to their age: so the past gets coarser the further it lies back. 0: there is none between them.
platform::Result<std::uint64_t> thin_samples(Database& database);
// The oldest series that changed last by `until` and before `before`. Returns the bytes given free.
platform::Result<std::uint64_t> forget_series(Database& database, std::uint64_t until, core::WallTime before,
                                              std::size_t most);

platform::Result<SpoolBytes> measure_spool(Database& database);

}  // namespace noodstop::journal
