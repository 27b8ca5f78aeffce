// What the fuzz targets share: claims that end the run where they don't hold, and choices read from the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace noodstop::fuzz {

// Ends the process, which the fuzzer takes for a finding and the replay for a failure.
inline void claim(bool holds, std::string_view sentence) {
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
    std::abort();
}

// Reads the input from the front as a series of choices. Behind its end every choice is the first one, so that each
// input means something and cutting its end off makes it simpler.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}
    explicit Input(std::string_view bytes) : rest_(bytes) {}

    bool empty() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }

    std::uint8_t byte() {
        if (rest_.empty())
            return 0;
        const auto first = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return first;
    }

    bool yes() { return (byte() & 1) != 0; }

    // 0 to end - 1.
    std::size_t below(std::size_t end) {
        std::size_t value = 0;
        for (std::size_t reach = 1; reach < end && reach < (std::size_t{1} << 32); reach <<= 8)
            value = (value << 8) | byte();
        return value % end;
    }

    // Any number; small ones and the ends of the types are as likely as all others.
    std::int64_t number() {
        const std::size_t bytes = below(11);
        switch (bytes) {
            case 9:
                return INT64_MAX - byte();
            case 10:
                return INT64_MIN + byte();
            default: {
                std::uint64_t value = 0;
                for (std::size_t count = 0; count < bytes; ++count)
                    value = (value << 8) | byte();
                return static_cast<std::int64_t>(value);
            }
        }
    }

    // Up to size_max bytes, at most 255.
    std::string_view text(std::size_t size_max = 255) { return take(byte() % (size_max + 1)); }

    std::string_view take(std::size_t size) {
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(taken.size());
        return taken;
    }

private:
    std::string_view rest_;
};

}  // namespace noodstop::fuzz
