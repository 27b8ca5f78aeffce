// The engine's archived state: pieces that are damaged, mixed, cut or missing. However they look, an engine comes up
// from them and goes on; a zone whose latch file is whole stays closed; and any bytes at all are an archive or refused.
#include "agent/core/archive_policy.hpp"
#include "tests/fuzz/engine_images.hpp"
#include "tests/fuzz/support.hpp"

using namespace noodstop;
using namespace std::chrono_literals;
using fuzz::claim;

namespace {

template <class Thing>
void read_archive(std::string_view bytes) {
    Thing thing;
    if (!core::from_bytes(bytes, thing))
        return;
    const std::string written = core::to_bytes(thing);
    claim(written.size() <= bytes.size(), "what was read is no larger than what it was read from");
    Thing again;
    claim(core::from_bytes(written, again) && again == thing, "what was read survives being written");
}

std::string damaged(fuzz::Input& input, std::string bytes, const std::string& other) {
    const std::size_t at = input.below(bytes.size() + 1);
    switch (input.below(7)) {
        case 0:
            return bytes.substr(0, at);
        case 1:
            return bytes.insert(at, input.text(16));
        case 2:
            return bytes.erase(at, 1 + input.below(8));
        case 3:
            return other;
        case 4:
            return bytes.substr(0, at) + other.substr(std::min(at, other.size()));
        case 5: {
            std::int64_t number = input.number();
            return bytes.replace(at, 1, core::to_bytes(number));
        }
        default:
            if (at < bytes.size())
                bytes[at] = static_cast<char>(bytes[at] ^ (1 << input.below(8)));
            return bytes;
    }
}

struct Damage {
    bool to_policy = false;  // another policy may know no such zone
    bool to_zone = false;    // a piece with a higher version than the latch's wins over it
};

Damage damage(fuzz::Input& input, core::Recovered& found) {
    Damage done;
    const auto& other = fuzz::images()[input.below(fuzz::images().size())].found.state;
    auto piece = found.state.begin();
    std::advance(piece, static_cast<std::ptrdiff_t>(input.below(found.state.size())));
    const std::string key = piece->first;
    done.to_policy = key == "policy";
    done.to_zone = key == "zone/dev";
    if (input.below(8) == 0)
        found.state.erase(piece);
    else
        piece->second = damaged(input, std::move(piece->second), other.contains(key) ? other.at(key) : "");
    return done;
}

core::Input any_input(fuzz::Input& input) {
    core::Look look;
    look.provider = {input.yes() ? "lab" : "rack"};
    look.quality = input.below(4) == 0 ? core::LookQuality::absent : core::LookQuality::good;
    look.readings = tests::machines({"b", "c", "z"});
    switch (input.below(5)) {
        case 0:
            return look;
        case 1:
            return core::Observation{{"lab"}, {"b"}, core::Observed::gone, ""};
        case 2:
            return core::OrderInput{1, {core::OrderKind::trip, {"prod"}, {}, {}, {{"uid:0"}}, "a test"}};
        case 3:
            return core::StepReport{{static_cast<std::uint64_t>(input.byte())}, input.yes(), "refused"};
        default:
            return core::Tick{};
    }
}

bool is_closed(const core::Snapshot& snapshot, const std::string& zone) {
    for (const core::ZoneStatus& status : snapshot.zones)
        if (status.name.text == zone)
            return status.state == core::BreakerState::tripped || status.state == core::BreakerState::latched;
    return false;
}

void go_on(fuzz::Input& input, core::Engine& engine, core::ClockReading clock, bool must_be_closed) {
    constexpr std::size_t steps_max = 8;
    for (std::size_t steps = 0; steps < steps_max; ++steps) {
        const core::Duration passed = input.yes() ? core::Duration(100ms) : core::Duration(input.byte() * 60s);
        clock.since_boot += passed;
        clock.wall = clock.wall + passed;
        (void)engine.step(any_input(input), clock);
        claim(!must_be_closed || is_closed(engine.snapshot(), "dev"), "a zone whose latch is whole stays closed");
        if (input.empty())
            break;
    }
}

core::Engine come_up(const fuzz::Image& image, bool must_be_closed) {
    core::Engine engine(image.policy, image.found);
    claim(!must_be_closed || is_closed(engine.snapshot(), "dev"), "a zone whose latch is whole comes up closed");
    return engine;
}

void live_on(fuzz::Input& input, bool restarts) {
    constexpr std::size_t damages_max = 6;
    fuzz::Image image = fuzz::images()[input.below(fuzz::images().size())];
    Damage done;
    for (std::size_t count = 1 + input.below(damages_max); count > 0 && !image.found.state.empty(); --count) {
        const Damage more = damage(input, image.found);
        done.to_policy = done.to_policy || more.to_policy;
        done.to_zone = done.to_zone || more.to_zone;
    }
    const bool must_be_closed = image.is_closed && !done.to_policy && !done.to_zone;
    core::Engine engine = come_up(image, must_be_closed);
    if (input.yes())
        image.clock.boot_id = "boot-2";
    go_on(input, engine, image.clock, must_be_closed);
    if (!restarts)
        return;
    const core::Engine next(image.policy, {engine.save(), 200, image.found.latches, {}});
    claim(!is_closed(engine.snapshot(), "dev") || is_closed(next.snapshot(), "dev"), "no restart opens a zone");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.below(4)) {
        case 0:
            read_archive<core::Policy>(input.rest());
            break;
        case 1:
            read_archive<core::Calendar>(input.rest());
            break;
        default:
            live_on(input, size % 2 == 0);  // a restart costs as much as a life
    }
    return 0;
}
