#include "agent/journal/latch_file.hpp"

#include "agent/journal/folder.hpp"
#include "agent/journal/latch_codec.hpp"
#include "platform/file/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <optional>

namespace noodstop::journal {
namespace {

using platform::Done;
using platform::Error;
using platform::Result;
using platform::Status;

std::string latches_folder(const std::string& folder) {
    return folder + "/latches";
}

core::Latch damaged_latch(core::ZoneName zone, const std::string& problem) {
    core::Latch latch;
    latch.zone = std::move(zone);
    latch.version =
        damaged_latch_version + static_cast<std::uint64_t>(std::max<std::int64_t>(0, platform::wall_seconds()));
    latch.tripped = true;
    latch.reason = "counted as tripped: " + problem;
    return latch;
}

Result<core::Latch> read_latch(const std::string& path, const core::ZoneName& zone) {
    const Result<std::string> content = platform::read_file(path, latch_bytes_max);
    if (!content)
        return content.error();
    const std::optional<core::Latch> latch = decode_latch(content.value());
    if (!latch)
        return Error{EUCLEAN, fmt::format("cannot read {}: it is damaged", path)};
    if (latch->zone != zone)
        return Error{EUCLEAN, fmt::format("cannot read {}: it is the latch of another zone", path)};
    return *latch;
}

enum class Verdict { write, already_there, refuse };

Verdict compare(const core::Latch& on_disk, const core::Latch& latch) {
    if (latch.version > on_disk.version)
        return Verdict::write;
    if (latch.version < on_disk.version || encode_latch(latch) == encode_latch(on_disk))
        return Verdict::already_there;
    return latch.tripped ? Verdict::write : Verdict::refuse;
}

Verdict verdict_for(const std::string& path, const core::Latch& latch) {
    const Result<core::Latch> on_disk = read_latch(path, latch.zone);
    // Over a file that is missing or damaged everything is news.
    return on_disk ? compare(on_disk.value(), latch) : Verdict::write;
}

Status replace_latch(const std::string& path, const core::Latch& latch) {
    switch (verdict_for(path, latch)) {
        case Verdict::write:
            return replace_small_file(path, encode_latch(latch));
        case Verdict::already_there:  // and durable only now, if whoever put it there failed at the folder's sync
            return platform::sync_folder_of(path);
        case Verdict::refuse:
            break;
    }
    return Error{EEXIST, fmt::format("cannot open the latch {}: version {} on disk is closed", path, latch.version)};
}

// Two threads would write the same temporary file.
std::mutex& writing() {
    static std::mutex mutex;
    return mutex;
}

}  // namespace

Status write_latch(const std::string& folder, const core::Latch& latch) try {
    const std::string name = latch_file_name(latch.zone);
    if (latch.zone.empty() || name.size() > file_name_bytes_max)
        return Error{ENAMETOOLONG, fmt::format("cannot write the latch of zone \"{}\": the name is empty or too long",
                                               latch.zone.text)};
    const std::lock_guard guard(writing());
    const std::string path = latches_folder(folder);
    if (Status made = make_folder_durably(path); !made)
        return made;
    return replace_latch(path + "/" + name, latch);
} catch (const std::exception& problem) {
    return Error{ENOMEM, fmt::format("cannot write a latch: {}", problem.what())};
}

namespace {

void take_file(LatchesRead& all, const std::string& path, const std::string& name) {
    const std::optional<core::ZoneName> zone = zone_of_file_name(name);
    if (!zone && name.ends_with(".latch.new")) {
        (void)platform::remove_file(path + "/" + name);
        return;
    }
    if (!zone) {
        all.problems.push_back(fmt::format("{}/{} is not a latch and is ignored", path, name));
        return;
    }
    const Result<core::Latch> latch = read_latch(path + "/" + name, *zone);
    if (latch) {
        all.latches.push_back(latch.value());
        return;
    }
    all.problems.push_back(fmt::format("{}; zone {} counts as tripped", latch.error().message, zone->text));
    all.latches.push_back(damaged_latch(*zone, latch.error().message));
}

}  // namespace

LatchesRead read_latches(const std::string& folder) try {
    LatchesRead all;
    const std::string path = latches_folder(folder);
    const Result<std::vector<std::string>> names = platform::list_folder(path);
    if (!names && names.error().number != ENOENT)
        all.problems.push_back(names.error().message + "; no zone's latch is known from its file");
    if (!names)
        return all;
    for (const std::string& name : names.value())
        take_file(all, path, name);
    return all;
} catch (const std::exception& problem) {
    return {{}, {fmt::format("cannot read the latches of {}: {}", folder, problem.what())}};
}

}  // namespace noodstop::journal
