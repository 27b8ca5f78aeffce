#include "tools/cli/arguments.hpp"
#include "tools/cli/commands.hpp"

#include <cstdio>
#include <exception>

int main(int count, char** texts) {
    try {
        const noodstop::cli::Parsed parsed = noodstop::cli::parse_arguments(count, texts);
        if (parsed.exit)
            return static_cast<int>(*parsed.exit);
        return static_cast<int>(noodstop::cli::run(parsed.request));
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "noodstop: %s\n", exception.what());
        return static_cast<int>(noodstop::cli::Exit::refused);
    }
}
