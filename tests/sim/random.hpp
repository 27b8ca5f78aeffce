// Random numbers from a seed: xoshiro256**, seeded by splitmix64. The same numbers with every compiler and library,
// which the standard's distributions don't promise.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace noodstop::sim {

class Random {
public:
    explicit Random(std::uint64_t seed) {
        for (std::uint64_t& word : state_)
            word = mix(seed += 0x9E3779B97F4A7C15);
    }

    std::uint64_t next() {
        const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

    // 0 .. limit - 1; 0 if limit is 0. By multiplication: a bias of at most limit / 2^64, which nobody can see.
    std::uint64_t below(std::uint64_t limit) {
        __extension__ using Product = unsigned __int128;
        return static_cast<std::uint64_t>((static_cast<Product>(next()) * limit) >> 64);
    }

    // first .. last, both included.
    std::int64_t between(std::int64_t first, std::int64_t last) {
        const std::uint64_t span = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) + 1;
        const std::uint64_t step = span == 0 ? next() : below(span);
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(first) + step);
    }

    // Draws nothing where the answer is certain, so that a fault that is off changes nothing else.
    bool chance(unsigned per_mille) {
        if (per_mille == 0 || per_mille >= 1000)
            return per_mille != 0;
        return below(1000) < per_mille;
    }

    // One of a container's elements; it must not be empty.
    template <class Container>
    decltype(auto) pick(Container&& values) {
        return values[static_cast<std::size_t>(below(values.size()))];
    }

private:
    static std::uint64_t mix(std::uint64_t value) {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    std::uint64_t state_[4];
};

}  // namespace noodstop::sim
