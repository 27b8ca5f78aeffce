// Stands in for the fuzzer where there is none: runs a target once on each file of the folders and files named.
#include "tests/fuzz/support.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& path) {
    if (!fs::is_directory(path))
        return {path};
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(path))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

void run(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    noodstop::fuzz::claim(stream.is_open(), "the file can be read: " + file.string());
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    // Said before it runs: after a crash the last line is the culprit.
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int count, char** arguments) try {
    std::size_t replayed = 0;
    for (int index = 1; index < count; ++index) {
        for (const fs::path& file : files_of(arguments[index])) {
            run(file);
            ++replayed;
        }
    }
    LLVMFuzzerTestOneInput(nullptr, 0);
    std::printf("%zu inputs replayed, and the empty one\n", replayed);
    return replayed > 0 ? 0 : 1;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
}
