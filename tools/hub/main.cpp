// noodstop-hub: wiring only.
#include "tools/hub/server/hub.hpp"

#include <cstdio>
#include <exception>

int main(int count, char** texts) {
    try {
        const noodstop::hub::ParsedOptions parsed = noodstop::hub::parse_options(count, texts);
        return parsed.exit ? *parsed.exit : noodstop::hub::run_hub(parsed.options);
    } catch (const std::exception& exception) {  // from Asio, or no memory left
        std::fprintf(stderr, "noodstop-hub: %s\n", exception.what());
        return noodstop::hub::exit_machine_refuses;
    }
}
