#include "tests/fuzz/configuration.hpp"

#include "agent/config/load.hpp"
#include "agent/config/schema.hpp"
#include "agent/core/archive_policy.hpp"
#include "proto/codec/text.hpp"
#include "tests/fuzz/policy_promises.hpp"
#include "tests/fuzz/support.hpp"
#include "tests/support/policy_text.hpp"

#include <algorithm>

namespace noodstop::fuzz {
namespace {

// In no folder that exists: what a mandate's `file` names is not found.
constexpr const char* file_name = "no-such-folder/noodstop.toml";
constexpr std::size_t message_size_max = 4'096;

config::Machine machine() {
    config::Machine machine;
    machine.cpus = 4;
    machine.host_name = "box";
    machine.own_cgroups = {"/own"};
    machine.cgroup_mount = "/no-groups";  // few steps to the answer that it is not there
    machine.check_ownership = false;
    machine.now = core::WallTime{core::Duration{1'795'287'600'000'000}};
    return machine;
}

void claim_message(const config::Mistake& mistake, std::int64_t line_count) {
    claim(mistake.file == file_name, "a message names the file");
    claim(mistake.line >= 0 && mistake.line <= line_count, "a message names a line of the file");
    claim(!mistake.problem.empty() && !mistake.cure.empty(), "a message says what is wrong and what to do");
    const std::string text = config::to_text(mistake);
    claim(codec::is_plain_text(text), "a message holds nothing that a terminal could obey");
    claim(text.size() <= message_size_max, "a message is not endless");
}

void claim_messages(const std::vector<config::Mistake>& messages, const std::string& text) {
    // An empty last line may be meant, and so may the one behind it.
    const auto line_count = std::count(text.begin(), text.end(), '\n') + 2;
    claim(messages.size() <= config::mistakes_max + 1, "the number of messages is bounded");
    for (const config::Mistake& message : messages)
        claim_message(message, line_count);
    const auto is_in_order = [](const config::Mistake& left, const config::Mistake& right) {
        return left.line < right.line;
    };
    const bool all_told = messages.size() <= config::mistakes_max;
    claim(!all_told || std::is_sorted(messages.begin(), messages.end(), is_in_order), "messages are in order");
}

void claim_survives(const core::Policy& policy) {
    core::Policy archived;
    claim(core::from_bytes(core::to_bytes(policy), archived) && archived == policy, "a policy survives its archive");
    const auto text = tests::policy_text(policy);
    if (!text || text->size() > config::file_size_max)
        return;
    const config::Loaded again = config::load_text(*text, file_name, machine());
    for (const config::Mistake& mistake : again.mistakes)
        std::fprintf(stderr, "%s\n", config::to_text(mistake).c_str());
    claim(again.ok() && again.policy == policy, "a policy survives being written out");
}

}  // namespace

void read_configuration(const std::string& text) {
    const config::Loaded loaded = config::load_text(text, file_name, machine());
    claim_messages(loaded.mistakes, text);
    claim_messages(loaded.remarks, text);
    if (!loaded.ok()) {
        claim(loaded.policy == core::Policy{}, "what is refused gives no policy");
        return;
    }
    claim_promises(loaded.policy);
    if (text.size() % 4 == 0)  // costs as much as all else
        claim_survives(loaded.policy);
}

}  // namespace noodstop::fuzz
