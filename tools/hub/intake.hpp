// The hub's answer to a push: validated, taken, durable, or refused with the reason. Transport is the caller's.
#pragma once

#include "tools/hub/store.hpp"

#include <string>
#include <variant>

namespace noodstop::hub {

inline constexpr std::size_t facts_of_a_push_max = 10'000;
inline constexpr std::size_t counters_of_a_push_max = 20'000;
inline constexpr std::uint64_t number_max = std::uint64_t{1} << 62;  // of sequences; epochs are below twice that
inline constexpr core::Duration busy_delay = std::chrono::seconds(30);
inline constexpr core::Duration revive_interval = std::chrono::seconds(1);

enum class RefusalKind : std::uint8_t {
    invalid,      // never the same again
    exhausted,    // no room for it now
    unavailable,  // the disk fails
};

struct Refusal {
    RefusalKind kind = RefusalKind::invalid;
    std::string message;
    core::Duration retry_after{0};
};

using IntakeAnswer = std::variant<core::HubAnswer, Refusal>;

// Why a push is not in order; empty: it is.
std::string fault_in(const codec::Push& push);

class Intake {
public:
    explicit Intake(Store& store) : store_(store) {}

    // A store that died is opened again, at most once in a revive_interval. `now` is the hub's wall time.
    IntakeAnswer take(const codec::Push& push, core::WallTime now, const Store::WithPush& with = {});

private:
    platform::Status revive(core::WallTime now);

    Store& store_;
    std::optional<core::WallTime> revived_at_;
};

}  // namespace noodstop::hub
