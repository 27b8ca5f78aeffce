// The state folder after damage: the input is a list of what happens to the files of a prepared folder, on a disk in
// memory. Whatever happened, the store opens or says why not; latches whose file is whole are as they were and damaged
// ones closed; facts and state are ones that were written; and the next fact can be recorded.
#include "agent/journal/store.hpp"

#include "tests/fuzz/folder_images.hpp"
#include "tests/fuzz/support.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>

using namespace noodstop;
using fuzz::claim;
using fuzz::state_folder;

namespace {

const std::string database = std::string(state_folder) + "/noodstop.db";
const std::string sequence_file = std::string(state_folder) + "/sequence";
const std::string latches_folder = std::string(state_folder) + "/latches";

std::vector<std::string> files_on(const sim::Disk& disk) {
    std::vector<std::string> files = disk.files_in(state_folder);
    const std::vector<std::string> latches = disk.files_in(latches_folder);
    files.insert(files.end(), latches.begin(), latches.end());
    return files;
}

void swap_blocks(fuzz::Input& input, sim::Bytes& bytes) {
    const std::size_t size = input.yes() ? 4'096 : 512;
    const std::size_t blocks = bytes.size() / size;
    if (blocks < 2)
        return;
    const auto one = bytes.begin() + static_cast<std::ptrdiff_t>(input.below(blocks) * size);
    const auto other = bytes.begin() + static_cast<std::ptrdiff_t>(input.below(blocks) * size);
    if (one != other)
        std::swap_ranges(one, one + static_cast<std::ptrdiff_t>(size), other);
}

// Damage to the bytes of a file that is not empty.
void damage_bytes(fuzz::Input& input, sim::Bytes& bytes) {
    const std::size_t at = input.below(bytes.size());
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    switch (input.below(5)) {
        case 0:
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << input.below(8)));
            break;
        case 1:
            bytes.resize(at);
            break;
        case 2: {
            const std::size_t length = std::min(1 + input.below(5'000), bytes.size() - at);
            std::fill_n(place, length, static_cast<char>(input.byte()));
            break;
        }
        case 3:
            swap_blocks(input, bytes);
            break;
        default:
            bytes.resize(bytes.size() + 1 + input.below(5'000), static_cast<char>(input.byte()));
    }
}

void damage_folder(fuzz::Input& input, sim::Disk& disk) {
    const std::vector<std::string> files = files_on(disk);
    if (files.empty())
        return;
    const std::string& path = files[input.below(files.size())];
    const std::string& other = files[input.below(files.size())];
    sim::Bytes* bytes = disk.bytes_at(path);
    switch (input.below(8)) {
        case 0:
            return disk.lose(path);
        case 1:
            return disk.put(path, std::string(disk.bytes_at(other)->begin(), disk.bytes_at(other)->end()));
        case 2:  // as an old copy has it
            for (const auto& entry : fuzz::folder_images()[input.below(fuzz::folder_images().size())].disk.entries)
                if (entry.path == path)
                    disk.put(path, std::string(entry.bytes.begin(), entry.bytes.end()));
            return;
        default:
            if (!bytes->empty())
                damage_bytes(input, *bytes);
    }
}

void fail_disk(fuzz::Input& input, sim::Disk& disk) {
    constexpr std::array<int, 3> errors{EIO, ENOSPC, EROFS};
    const int error = errors[input.below(errors.size())];
    switch (input.below(4)) {
        case 0:
            return disk.fail_all(error);
        case 1:
            return disk.fail_read(1 + input.below(60), EIO);
        default:
            return disk.fail_operation(1 + input.below(60), error);
    }
}

// What the folder holds when the store opens it, compared with the image it was made of.
struct Scene {
    const fuzz::FolderImage& image;
    std::map<std::string, sim::Bytes> files;
    bool disk_fails = false;

    const sim::Bytes* original(const std::string& path) const {
        for (const auto& entry : image.disk.entries)
            if (entry.path == path && !entry.is_folder)
                return &entry.bytes;
        return nullptr;
    }
    bool is_whole(const std::string& path) const {
        const auto found = files.find(path);
        const sim::Bytes* before = original(path);
        return before == nullptr ? found == files.end() : found != files.end() && found->second == *before;
    }
    bool database_is_whole() const {
        return std::all_of(
                   files.begin(), files.end(),
                   [&](const auto& file) { return !file.first.starts_with(database) || is_whole(file.first); }) &&
               is_whole(database) && is_whole(database + "-wal");
    }
};

const core::Latch* find(const std::vector<core::Latch>& latches, const core::ZoneName& zone) {
    const auto found =
        std::find_if(latches.begin(), latches.end(), [&](const core::Latch& latch) { return latch.zone == zone; });
    return found == latches.end() ? nullptr : &*found;
}

bool was_written(const core::Latch& latch) {
    const auto& written = fuzz::written_latches();
    return std::find(written.begin(), written.end(), latch) != written.end();
}

void claim_latches(const Scene& scene, const std::vector<core::Latch>& latches) {
    for (const core::Latch& latch : latches)
        claim(latch.tripped || was_written(latch), "no latch opens that nobody opened");
    if (scene.disk_fails)
        return;
    for (const char* zone : {"dev", "prod"}) {
        const std::string path = latches_folder + "/" + zone + ".latch";
        const core::Latch* latch = find(latches, {zone});
        claim(scene.files.contains(path) == (latch != nullptr), "each latch file counts");
        if (latch != nullptr)
            claim(was_written(*latch) || latch->tripped, "a damaged latch is closed");
        if (latch != nullptr && scene.is_whole(path))
            claim(was_written(*latch), "a whole latch is as it was");
    }
}

void claim_facts(journal::Store& store) {
    const auto facts = store.facts({.tenant = {}, .zone = {}, .after = 0, .most = 1'000});
    if (!facts)
        return;
    std::uint64_t before = 0;
    for (const core::RecordedFact& fact : *facts) {
        claim(fact.sequence > before, "facts come in order, each once");
        claim(fact.fact == fuzz::written_fact(fact.sequence).fact, "no fact is invented or changed");
        before = fact.sequence;
    }
}

void claim_numbers(const Scene& scene, const core::Recovered& recovered) {
    const std::uint64_t written = scene.image.written;
    if (scene.disk_fails)
        return;
    if (scene.database_is_whole() && scene.is_whole(sequence_file))
        claim(recovered.last_sequence == written, "what is whole is read whole");
    // A database in order that lost nothing, or none at all: then the file beside it knows the bound.
    const bool is_gone = !scene.files.contains(database);
    if (is_gone && scene.is_whole(sequence_file))
        claim(recovered.last_sequence >= written, "numbers never go back when the database is lost");
}

void claim_recovered(const Scene& scene, const core::Recovered& recovered) {
    claim_latches(scene, recovered.latches);
    claim_numbers(scene, recovered);
    for (const auto& piece : recovered.state)
        claim(fuzz::written_pieces().contains({piece.first, piece.second}), "no piece of state is invented or changed");
    std::size_t told = 0;
    for (const std::string& problem : recovered.problems)
        told += problem.size();
    constexpr std::size_t told_max = 64 * 1'024;
    claim(told <= told_max, "problems are told in few words");
}

// The next fact is recorded, if need be in a new generation, and found by the next start.
void go_on(journal::Store& store) {
    const std::uint64_t last = store.recovered().last_sequence;
    core::RecordBatch batch;
    batch.number = 1;
    batch.facts = {fuzz::written_fact(last + 1)};
    if (!store.write(batch)) {
        claim(store.dead(), "a store that refuses a good batch is dead");
        claim(store.reopen_from_memory({}, last).ok(), "a dead store begins anew on a disk that works");
        claim(store.write(batch).ok(), "a store begun anew writes");
    }
    claim_facts(store);
}

// The store is open for the first time since the damage. Nothing if it refuses.
std::optional<journal::Store> open_damaged(const Scene& scene, sim::Disk& disk) {
    auto store = journal::Store::open(state_folder);
    if (!store) {
        const int number = store.error().number;
        claim(scene.disk_fails || number == ENOTSUP, "only a newer version's folder is refused");
        claim(scene.disk_fails || *disk.bytes_at(database) == scene.files.at(database), "and stays as it is");
        return std::nullopt;
    }
    claim_recovered(scene, store->recovered());
    claim_facts(*store);
    return std::move(*store);
}

void claim_opens_again(const core::Recovered& before, sim::Disk& disk) {
    auto again = journal::Store::open(state_folder);
    claim(again.ok(), "what a store left opens again");
    claim(again->recovered().last_sequence > before.last_sequence,
          "what was acknowledged is there, and numbers go upwards");
    for (const core::Latch& latch : before.latches) {
        const core::Latch* same = find(again->recovered().latches, latch.zone);
        claim(same != nullptr && same->tripped == latch.tripped, "a start changes no latch");
    }
    claim(disk.files_in(state_folder).size() <= 100, "files set aside are bounded");
}

void open_and_go_on(const Scene& scene, sim::Disk& disk, bool goes_on) {
    auto store = open_damaged(scene, disk);
    if (!store || scene.disk_fails || !goes_on)
        return;
    const core::Recovered recovered = store->recovered();
    go_on(*store);
    store.reset();
    claim_opens_again(recovered, disk);
}

Scene damaged(fuzz::Input& input, sim::Disk& disk) {
    constexpr std::size_t damages_max = 6;
    const auto& images = fuzz::folder_images();
    const fuzz::FolderImage& image = images[input.below(images.size())];
    disk.format(1);
    disk.set_wall_seconds(1'795'287'600);
    disk.restore(image.disk);
    const bool fails = input.below(4) == 0;
    for (std::size_t count = input.below(damages_max); count > 0; --count)
        damage_folder(input, disk);
    Scene scene{image, {}, fails};
    for (const std::string& path : files_on(disk))
        scene.files[path] = *disk.bytes_at(path);
    if (fails)
        fail_disk(input, disk);
    return scene;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    (void)fuzz::folder_images();
    static sim::Disk disk(1);
    sim::Disk::mount(&disk);
    const Scene scene = damaged(input, disk);
    const bool goes_on = size % 4 == 0;  // costs as much as all else
    open_and_go_on(scene, disk, goes_on);
    sim::Disk::mount(nullptr);
    return 0;
}
