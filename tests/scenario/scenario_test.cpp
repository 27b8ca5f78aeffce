#include "tests/scenario/script.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

const std::string folder = "tests/scenario";

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The first line in which two texts differ, for a message.
std::string first_difference(const std::string& expected, const std::string& actual) {
    std::istringstream left(expected), right(actual);
    std::string one, other;
    for (int line = 1;; ++line) {
        const bool more_left = static_cast<bool>(std::getline(left, one));
        const bool more_right = static_cast<bool>(std::getline(right, other));
        if (!more_left && !more_right)
            return "no difference";
        if (one != other || more_left != more_right)
            return "line " + std::to_string(line) + "\n  file: " + (more_left ? one : "(ends)") +
                   "\n  now:  " + (more_right ? other : "(ends)");
    }
}

}  // namespace

// NOODSTOP_UPDATE=1 rewrites the files; the difference is then reviewed like any other change.
TEST_CASE("every scenario comes out as its file says") {
    const bool update = std::getenv("NOODSTOP_UPDATE") != nullptr;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".txt")
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    REQUIRE(files.size() > 40);
    for (const auto& path : files) {
        CAPTURE(path.string());
        const std::string text = read(path);
        std::string made;
        try {
            made = noodstop::scenario::Script(folder).run(text);
        } catch (const std::exception& error) {
            FAIL_CHECK(path.string() << ": " << std::string(error.what()));
            continue;
        }
        if (update)
            std::ofstream(path) << made;
        else if (made != text)
            FAIL_CHECK(path.string() << ": " << first_difference(text, made));
    }
}
