#include "tests/sim/world.hpp"

#include "tests/sim/draw_policy.hpp"

#include <algorithm>

namespace noodstop::sim {
namespace {

constexpr std::uint64_t random_of_world = 0x5EED;
constexpr std::uint64_t random_of_disk = 0xD15C;
constexpr std::uint64_t random_of_channel = 0xC4A2;

}  // namespace

World::World(Plan plan, Disk& disk, Checkers checkers, Story* story)
    : plan_(std::move(plan)),
      disk_(disk),
      checkers_(std::move(checkers)),
      story_(story),
      random_(plan_.seed ^ random_of_world),
      random_of_disk_(plan_.seed ^ random_of_disk),
      random_of_channel_(plan_.seed ^ random_of_channel),
      configuration_(plan_.policy),
      clocks_(plan_.wall_at_start) {
    for (std::size_t index = 0; index < plan_.prices.size(); ++index) {
        Cloud& cloud = clouds_.emplace_back(plan_.policy.providers[index].name.text, plan_.prices[index]);
        for (const Machine& machine : plan_.machines[index])
            cloud.add(Duration{0}, machine);
    }
    for (const auto& checker : checkers_)
        checker->world_ = this;
}

World::~World() {
    disk_.process_death();
}

std::string World::live() {
    end_at_ = plan_.end_at;
    disk_.faults.cut = plan_.cut;
    disk_.faults.lies_about_sync = plan_.disk_lies;
    excuses_.disk_forgets = excuses_.database_lost = excuses_.latches_lost = excuses_.numbers_lost = plan_.disk_lies;
    if (plan_.cut_at_operation != 0)
        disk_.cut_after(plan_.cut_at_operation);
    witness([&](Checker& checker) { checker.begin(*this); });
    witness([&](Checker& checker) { checker.policy_given(configuration_); });
    if (plan_.without_time_for > Duration{0})
        lose_time(random_, plan_.without_time_for);
    start_agent();
    if (plan_.followed)
        mind_channel();
    for (const Happening& happening : plan_.happenings)
        clockwork_.at(happening.at, [this, &happening] { happen(happening); });
    clockwork_.at(plan_.quiet_at, [this] { become_quiet(); });
    while (first_failure().empty() && clockwork_.step(end_at_)) {
    }
    if (first_failure().empty() && quiet_ && !plan_.is_cut_short) {
        read_journal();
        witness([](Checker& checker) { checker.end(); });
    }
    if (cycle_)
        mix(cycle_->engine().digest());
    return first_failure();
}

const Cloud* World::cloud(const core::ProviderName& name) const {
    const auto found =
        std::find_if(clouds_.begin(), clouds_.end(), [&](const Cloud& cloud) { return cloud.name() == name.text; });
    return found == clouds_.end() ? nullptr : &*found;
}

Duration World::frozen_since(Duration moment) const {
    Duration sum{0};
    for (const auto& [from, until] : freezes_)
        sum += std::max(Duration{0}, std::min(until, now()) - std::max(from, moment));
    return sum;
}

std::size_t World::files_set_aside() const {
    const std::vector<std::string> files = disk_.files_in("/state");
    return static_cast<std::size_t>(std::count_if(files.begin(), files.end(), [](const std::string& path) {
        return path.starts_with("/state/noodstop.db.") && !path.ends_with("-wal");
    }));
}

std::string World::first_failure() const {
    for (const auto& checker : checkers_)
        if (!checker->failure().empty())
            return std::string(checker->name()) + ": " + checker->failure();
    return {};
}

void World::tell(const std::string& sentence) {
    if (story_ != nullptr)
        story_->tell(now(), sentence);
}

void World::mix(const std::string& text) {
    for (const char letter : text)
        mix(static_cast<std::uint64_t>(static_cast<unsigned char>(letter)));
}

}  // namespace noodstop::sim
