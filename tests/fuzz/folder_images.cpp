#include "tests/fuzz/folder_images.hpp"

#include "agent/journal/store.hpp"
#include "tests/fuzz/support.hpp"

#include <optional>

namespace noodstop::fuzz {
namespace {

core::StatePieces pieces_at(std::uint64_t sequence) {
    const std::string number = std::to_string(sequence);
    return {{"engine", number + std::string(1'500, 'e')}, {"zone/dev", number}, {"policy", std::string(300, 'p')}};
}

core::Latch latch_of(const char* zone, std::uint64_t version, bool tripped) {
    core::Latch latch;
    latch.zone = {zone};
    latch.version = version;
    latch.tripped = tripped;
    latch.latched = tripped && version > 1;
    latch.since.since_epoch = core::Duration(1'795'287'600'000'000);
    latch.reason = tripped ? "spend limit daily reached" : "reset by uid:0 (root)";
    if (tripped)
        latch.survivors = {{{"lab"}, {"db-1"}}};
    return latch;
}

core::RecordBatch batch_of(std::uint64_t first, std::uint64_t last) {
    core::RecordBatch batch;
    batch.number = last;
    for (std::uint64_t sequence = first; sequence <= last; ++sequence)
        batch.facts.push_back(written_fact(sequence));
    batch.state = pieces_at(last);
    return batch;
}

class Life {
public:
    Life() { sim::Disk::mount(&disk_); }
    ~Life() {
        store_.reset();
        sim::Disk::mount(nullptr);
    }
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;

    void open() {
        auto opened = journal::Store::open(state_folder);
        claim(opened.ok(), "a store opens on a disk in order");
        store_ = std::move(*opened);
    }
    void close() { store_.reset(); }
    void write(std::uint64_t first, std::uint64_t last, std::vector<core::Latch> latches) {
        core::RecordBatch batch = batch_of(first, last);
        batch.latches = std::move(latches);
        claim(store_->write(batch).ok(), "a store writes on a disk in order");
    }
    void begin_anew(std::uint64_t last) {
        claim(store_->reopen_from_memory(pieces_at(last), last).ok(), "a store begins anew on a disk in order");
    }
    FolderImage image(bool in_order, std::uint64_t written) { return {disk_.image(), in_order, written}; }

private:
    sim::Disk disk_{1};
    std::optional<journal::Store> store_;
};

std::vector<FolderImage> live() {
    std::vector<FolderImage> images;
    const std::vector<core::Latch>& latches = written_latches();
    Life life;
    life.open();
    life.write(1, 4, {latches[0], latches[1]});
    images.push_back(life.image(false, 4));
    life.write(5, 8, {latches[2]});
    life.write(9, 12, {latches[3]});
    images.push_back(life.image(false, 12));
    life.close();
    images.push_back(life.image(true, 12));
    life.open();
    life.write(13, 16, {});
    life.begin_anew(16);
    life.write(17, 20, {});
    images.push_back(life.image(false, 20));
    life.close();
    life.open();
    life.write(21, last_fact, {});
    images.push_back(life.image(false, last_fact));
    return images;
}

}  // namespace

const std::vector<FolderImage>& folder_images() {
    static const std::vector<FolderImage> images = live();
    return images;
}

core::RecordedFact written_fact(std::uint64_t sequence) {
    const std::string number = std::to_string(sequence);
    core::RecordedFact recorded;
    recorded.sequence = sequence;
    recorded.fact.kind = core::FactKind::limit_warned;
    recorded.fact.at.since_origin = core::Duration(1'000 * static_cast<std::int64_t>(sequence));
    recorded.fact.wall.since_epoch = core::Duration(1'000'000 * static_cast<std::int64_t>(sequence));
    recorded.fact.tenant = {"acme"};
    recorded.fact.zone = {"dev"};
    recorded.fact.limit = {"daily"};
    recorded.fact.fields = {{"exposure", number + ".50 EUR"}, {"rate", "12.00 EUR/h"}};
    return recorded;
}

const std::set<std::pair<std::string, std::string>>& written_pieces() {
    static const auto pieces = [] {
        std::set<std::pair<std::string, std::string>> all;
        for (std::uint64_t last = 0; last <= last_fact; last += 4) {
            const core::StatePieces pieces_then = pieces_at(last);
            all.insert(pieces_then.begin(), pieces_then.end());
        }
        return all;
    }();
    return pieces;
}

const std::vector<core::Latch>& written_latches() {
    static const std::vector<core::Latch> latches{latch_of("dev", 1, true), latch_of("prod", 1, true),
                                                  latch_of("dev", 2, true), latch_of("prod", 2, false)};
    return latches;
}

}  // namespace noodstop::fuzz
