// Places for connections: as many as allowed, of which some are kept for those who must get in.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace noodstop::platform {

// One place, free again when this is gone.
class ConnectionSlot {
public:
    explicit ConnectionSlot(std::shared_ptr<std::size_t> count) : count_(std::move(count)) { ++*count_; }
    ~ConnectionSlot() {
        if (count_)
            --*count_;
    }
    ConnectionSlot(ConnectionSlot&& other) noexcept = default;
    ConnectionSlot& operator=(ConnectionSlot&&) = delete;
    ConnectionSlot(const ConnectionSlot&) = delete;
    ConnectionSlot& operator=(const ConnectionSlot&) = delete;

private:
    std::shared_ptr<std::size_t> count_;
};

struct ConnectionSlotLimits {
    std::size_t slots_max = 32;
    std::size_t privileged_only = 8;  // of these
};

class ConnectionSlots {
public:
    explicit ConnectionSlots(ConnectionSlotLimits limits) : limits_(limits) {}

    std::optional<ConnectionSlot> take(bool is_privileged) {
        const std::size_t reserved = is_privileged ? 0 : std::min(limits_.privileged_only, limits_.slots_max);
        if (*count_ >= limits_.slots_max - reserved)
            return std::nullopt;
        return ConnectionSlot(count_);
    }
    std::size_t taken_count() const { return *count_; }

private:
    ConnectionSlotLimits limits_;
    std::shared_ptr<std::size_t> count_ = std::make_shared<std::size_t>(0);
};

}  // namespace noodstop::platform
