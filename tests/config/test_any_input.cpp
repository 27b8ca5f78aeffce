#include "platform/file/file.hpp"
#include "tests/config/support.hpp"

#include <cstdint>

namespace noodstop::config {
namespace {

constexpr std::uint64_t seed = 20261121;
constexpr const char* example_path = "tools/packaging/noodstop.example.toml";

std::string example() {
    const auto text = platform::read_file(example_path, 1 << 20);
    REQUIRE_MESSAGE(text.ok(), "tests run in the source folder");
    return *text;
}

// Splitmix64: the same numbers with every library.
class Numbers {
public:
    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15U;
        auto mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
        return mixed ^ (mixed >> 31U);
    }
    std::size_t below(std::size_t end) { return static_cast<std::size_t>(next() % end); }

private:
    std::uint64_t state_ = seed;
};

// A policy, or mistakes that can be shown: never an exception, never silence.
void check_answered(const std::string& text) {
    const auto loaded = load(text);
    if (loaded.ok() != !loaded.policy.runbooks.empty())
        FAIL("neither a policy nor mistakes for:\n" << text);
    for (const auto& mistake : loaded.mistakes) {
        if (mistake.problem.empty() || mistake.cure.empty() || mistake.line < 0)
            FAIL("an empty message: " << to_text(mistake) << " for:\n" << text);
    }
}

std::string mutated(const std::string& text, const std::string& donor, Numbers& numbers) {
    auto changed = text;
    const auto times = 1 + numbers.below(4);
    for (std::size_t i = 0; i < times && !changed.empty(); ++i) {
        const auto at = numbers.below(changed.size());
        const auto length = std::min(1 + numbers.below(40), changed.size() - at);
        switch (numbers.below(5)) {
            case 0:
                changed[at] = static_cast<char>(numbers.next());
                break;
            case 1:
                changed.erase(at, length);
                break;
            case 2:
                changed.insert(at, donor.substr(numbers.below(donor.size()), length));
                break;
            case 3:
                changed.insert(at, 1, "\"'[]{}=#.,\n\\-0"[numbers.below(14)]);
                break;
            default:
                changed[at] = static_cast<char>('0' + numbers.below(10));
        }
    }
    return changed;
}

}  // namespace

TEST_CASE("the example loads, without a remark that it could avoid") {
    const auto loaded = load_file(example_path, test_machine());
    CHECK_MESSAGE(loaded.ok(), all_texts(loaded.mistakes));
    for (const auto& remark : loaded.remarks)
        CHECK_MESSAGE(remark.key == "providers.batch.root", to_text(remark));
    CHECK(loaded.policy.limits.size() == 5);
    CHECK(loaded.policy.mandates.at(0).exceptions.size() == 1);
}

TEST_CASE("a text cut at any byte is answered") {
    const auto text = example();
    for (std::size_t length = 0; length <= text.size(); ++length)
        check_answered(text.substr(0, length));
}

TEST_CASE("any mutation of the example is answered") {
    MESSAGE("seed ", seed);
    const auto text = example();
    Numbers numbers;
    for (int i = 0; i < 10'000; ++i)
        check_answered(mutated(text, text, numbers));
}

TEST_CASE("random bytes are answered") {
    Numbers numbers;
    for (int i = 0; i < 2'000; ++i) {
        std::string bytes(numbers.below(300), '\0');
        for (auto& byte : bytes)
            byte = static_cast<char>(numbers.next());
        check_answered(bytes);
    }
}

}  // namespace noodstop::config
