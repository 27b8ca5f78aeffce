#include "tools/cli/output.hpp"

#include "proto/codec/text.hpp"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace noodstop::cli {

bool is_terminal() {
    return ::isatty(STDOUT_FILENO) == 1;
}

Style style_of_output() {
    const char* no_color = std::getenv("NO_COLOR");
    return {is_terminal() && (no_color == nullptr || *no_color == '\0')};
}

void print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

bool is_output_open() {
    return std::ferror(stdout) == 0;
}

void complain(const std::string& text) {
    std::fprintf(stderr, "noodstop: %s", codec::printable_lines(text).c_str());
}

}  // namespace noodstop::cli
