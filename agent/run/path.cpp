#include "agent/run/path.hpp"

#include "agent/run/exit_code.hpp"
#include "agent/run/journal_shelf.hpp"
#include "agent/run/log.hpp"
#include "agent/run/loop.hpp"
#include "agent/run/make_provider.hpp"
#include "agent/run/path_control.hpp"
#include "agent/run/policy_file.hpp"
#include "agent/run/process_lock.hpp"
#include "platform/process/hardening.hpp"

#include <boost/asio/signal_set.hpp>
#include <spdlog/spdlog.h>

#include <csignal>
#include <optional>
#include <utility>

namespace noodstop::run {
namespace {

// What this process could not get, told by facts and in the status.
using Refusals = std::vector<std::pair<std::string, std::string>>;

void note(Refusals& refusals, const char* privilege, const platform::Status& status) {
    if (!status)
        refusals.emplace_back(privilege, status.error().message);
}

Refusals harden(const core::AgentPolicy& policy) {
    Refusals refusals;
    note(refusals, "oom_score", platform::lower_oom_score());
    if (policy.lock_memory)
        note(refusals, "lock_memory", platform::lock_memory());
    if (policy.raise_priority)
        note(refusals, "raise_priority", platform::raise_priority());
    return refusals;
}

class Path {
public:
    Path(const PathOptions& options, core::Policy policy, platform::Clock clock)
        : options_(options),
          policy_(std::move(policy)),
          clock_(std::move(clock)),
          signals_(io_, SIGTERM, SIGHUP),
          own_(std::make_shared<OwnProcesses>(options.supervisor)) {}

    int run();

private:
    bool lock_folder();
    bool open_store();
    void make_loop();
    LoopHooks hooks();
    ControlHandlers control_handlers();
    void await_signal();
    void run_until_stopped();

    PathOptions options_;
    core::Policy policy_;
    platform::Clock clock_;
    boost::asio::io_context io_;
    boost::asio::signal_set signals_;
    std::shared_ptr<OwnProcesses> own_;
    Refusals refusals_;
    platform::FileDescriptor lock_;
    std::optional<journal::Store> store_;
    core::Recovered recovered_;
    std::unique_ptr<PathControl> control_;
    std::unique_ptr<Loop> loop_;
};

int Path::run() {
    refusals_ = harden(policy_.agent);
    note(refusals_, "state_folder", platform::make_folders(policy_.agent.state_folder, 0755));
    if (!lock_folder() || !open_store())
        return exit_already_running;
    make_loop();
    await_signal();
    loop_->start();
    run_until_stopped();
    loop_.reset();
    return exit_orderly;
}

bool Path::lock_folder() {
    LockOutcome outcome = take_process_lock(policy_.agent.state_folder + "/" + path_lock_name);
    if (outcome.holder != 0) {
        log_warning("process " + std::to_string(outcome.holder) + " works on this state folder already");
        return false;
    }
    if (!outcome.lock.valid())
        refusals_.emplace_back("state_folder_lock", outcome.problem);
    lock_ = std::move(outcome.lock);
    return true;
}

bool Path::open_store() {
    JournalOpened opened = open_journal(policy_.agent.state_folder);
    store_ = std::move(opened.store);
    recovered_ = std::move(opened.recovered);
    if (!store_)
        log_warning(opened.problem.message);
    return opened.problem.number != EWOULDBLOCK;
}

void Path::make_loop() {
    LoopParts parts{.policy = policy_,
                    .recovered = std::move(recovered_),
                    .store = std::move(store_),
                    .clock = clock_,
                    .make_provider = provider_factory(own_),
                    .load_configuration = [path = options_.configuration_path] {
                        return config::load_file(path, config::this_machine());
                    }};
    control_ = std::make_unique<PathControl>(io_, options_.control_socket, control_handlers());
    loop_ = std::make_unique<Loop>(io_, std::move(parts), hooks());
    for (const auto& [privilege, problem] : refusals_) {
        loop_->notice(core::FactKind::privilege_refused, {{"privilege", privilege}, {"problem", problem}});
        loop_->warn("Refused at start (" + privilege + "): " + problem + ".");
    }
}

LoopHooks Path::hooks() {
    LoopHooks hooks;
    hooks.turned = [this] { control_->turned(); };
    hooks.configuration_accepted = [this](const core::Policy& policy) { control_->accepted(policy); };
    hooks.stopped = [this] { io_.stop(); };
    return hooks;
}

ControlHandlers Path::control_handlers() {
    ControlHandlers handlers;
    handlers.doors_link = [this](int socket, int doors) {
        own_->set_doors(doors);
        loop_->connect_doors(socket);
    };
    handlers.child_ended = [this](const std::string& what) {
        loop_->notice(core::FactKind::child_restarted, {{"what", what}});
    };
    handlers.closed = [this] {
        loop_->notice(core::FactKind::fault_survived,
                      {{"where", "supervisor"}, {"problem", "it is gone; the path carries on alone"}});
        loop_->warn("The supervisor is gone; nobody starts the path again. Start noodstopd.");
        own_->forget_supervisor();
        loop_->remake_providers();  // they knew the doors process as the supervisor's child
    };
    return handlers;
}

void Path::await_signal() {
    signals_.async_wait([this](const boost::system::error_code& aborted, int signal) {
        if (aborted)
            return;
        await_signal();
        if (signal == SIGHUP)
            loop_->reload();
        else
            loop_->stop("SIGTERM");
    });
}

// What a handler throws ends neither the loop nor the other handlers.
void Path::run_until_stopped() {
    while (!io_.stopped()) {
        try {
            io_.run();
        } catch (const std::exception& fault) {
            loop_->notice(core::FactKind::fault_survived, {{"where", "loop"}, {"problem", fault.what()}});
        }
    }
}

}  // namespace

int run_path(const PathOptions& options) {
    std::signal(SIGINT, SIG_IGN);  // of a terminal, meant for the supervisor, which then ends us in order
    std::signal(SIGPIPE, SIG_IGN);
    start_log("path");
    auto policy = read_policy_file(options.policy_file);
    const auto clock = platform::Clock::open();
    int code = exit_machine_refuses;
    if (policy && clock)
        code = Path(options, std::move(*policy), *clock).run();
    else
        log_warning(policy ? clock.error().message : policy.error().message);
    spdlog::shutdown();
    return code;
}

}  // namespace noodstop::run
