// noodstopd: wiring only. Which process am I, which configuration, off it goes.
#include "agent/config/load.hpp"
#include "agent/doors/doors.hpp"
#include "agent/run/exit_code.hpp"
#include "agent/run/path.hpp"
#include "agent/run/policy_file.hpp"
#include "agent/run/supervisor.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <unistd.h>

namespace noodstop {
namespace {

constexpr const char* exit_codes =
    "Signals: HUP reads the configuration again (a wrong one is refused and the old one stays in force), TERM ends\n"
    "noodstopd and stops no workload.\n"
    "Exit codes: 0 ended in order or the file is right, 1 wrong configuration, 2 wrong usage, 3 another noodstopd\n"
    "uses the state folder, 4 the machine refuses something without which noodstopd can't work.";

struct Arguments {
    std::string configuration_path;
    bool check = false;
    bool foreground = true;
    std::string child;  // empty: the supervisor
    int policy_file = -1;
    int control_socket = -1;
    int link_socket = -1;
    int supervisor = 0;
};

void describe(CLI::App& app, Arguments& arguments) {
    app.footer(exit_codes);
    app.set_version_flag("--version", std::string("noodstopd " NOODSTOP_VERSION));
    app.add_option("--config", arguments.configuration_path, "the configuration (TOML)")->required();
    app.add_flag("--check", arguments.check, "only check the configuration, print every mistake, and exit");
    app.add_flag("--foreground", arguments.foreground, "stay in the foreground: the default and the only way");
    // Between the supervisor and its children; no group, so that --help doesn't show them.
    app.add_option("--child", arguments.child)->group("");
    app.add_option("--policy-file", arguments.policy_file)->group("");
    app.add_option("--control-socket", arguments.control_socket)->group("");
    app.add_option("--supervisor", arguments.supervisor)->group("");
    app.add_option("--link-socket", arguments.link_socket)->group("");
}

int run_as_supervisor(const Arguments& arguments) {
    config::Loaded loaded = config::load_file(arguments.configuration_path, config::this_machine());
    for (const config::Mistake& mistake : loaded.mistakes)
        std::cerr << config::to_text(mistake) << "\n";
    for (const config::Mistake& remark : loaded.remarks)
        std::cerr << "remark: " << config::to_text(remark) << "\n";
    if (!loaded.ok())
        return run::exit_wrong_configuration;
    if (arguments.check)
        return run::exit_orderly;
    return run::run_supervisor({arguments.configuration_path, std::move(loaded.policy)});
}

int run_as_doors(const Arguments& arguments) {
    const auto policy = run::read_policy_file(arguments.policy_file);
    ::close(arguments.policy_file);
    if (!policy)
        return run::exit_machine_refuses;
    return doors::run_doors(policy->agent, arguments.link_socket);
}

int run_as(const Arguments& arguments) {
    if (arguments.child.empty())
        return run_as_supervisor(arguments);
    if (arguments.child == "path")
        return run::run_path(
            {arguments.configuration_path, arguments.policy_file, arguments.control_socket, ::getppid()});
    if (arguments.child == "doors")
        return run_as_doors(arguments);
    std::cerr << "--child is for noodstopd itself\n";
    return run::exit_wrong_usage;
}

}  // namespace
}  // namespace noodstop

int main(int count, char** values) {
    CLI::App app("noodstopd, the emergency stop for compute bills.");
    noodstop::Arguments arguments;
    noodstop::describe(app, arguments);
    try {
        app.parse(count, values);
    } catch (const CLI::ParseError& problem) {
        return app.exit(problem) == 0 ? noodstop::run::exit_orderly : noodstop::run::exit_wrong_usage;
    }
    const int code = noodstop::run_as(arguments);
    // Threads that hang in the kernel were left behind; destructors of static objects must not run beside them.
    std::fflush(nullptr);
    std::_Exit(code);
}
