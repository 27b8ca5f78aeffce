// Configuration: TOML text -> draft -> Policy. The only reader of user text. Every mistake is found in one pass and
// told with file, line, key and cure; a Policy comes out only if there is none.
#pragma once

#include "agent/core/policy.hpp"

#include <optional>
#include <string>
#include <vector>

namespace noodstop::config {

struct Mistake {
    std::string file;
    int line = 0;         // 1-based; 0: the file as a whole
    std::string key;      // e.g. "limits.daily.stop"; empty: the file as a whole
    std::string problem;  // a sentence: what is wrong, with the value
    std::string cure;     // a sentence: what to write instead
};

// "noodstop.toml:12: limits.daily.stop: ... Cure: ..."
std::string to_text(const Mistake& mistake);

// What the text is checked against beside itself.
struct Machine {
    unsigned cpus = 1;                     // for the default blind_rate of local providers
    std::vector<std::string> own_cgroups;  // of the agent and its supervisor, as paths below the cgroup2 mount
    std::string cgroup_mount = "/sys/fs/cgroup";
    bool check_ownership = true;        // a file that grants an unsigned mandate is root's and nobody else's
    std::string host_name;              // the agent's name where the text gives none
    bool look_at_files = false;         // for remarks on files that others read, such as keys
    std::optional<core::WallTime> now;  // for remarks on dates; without it there are none
};

// As found on this machine now.
Machine this_machine();

struct Loaded {
    core::Policy policy;            // complete only if mistakes is empty
    std::vector<Mistake> mistakes;  // in order of file and line
    std::vector<Mistake> remarks;   // worth knowing, not wrong: stale price list, zone without mandate
    bool ok() const { return mistakes.empty(); }
};

Loaded load_file(const std::string& path, const Machine& machine);

// `file_name` is what messages say and what relative paths start from. The text has no owner that could be checked:
// mandates in it count as root's.
Loaded load_text(const std::string& text, const std::string& file_name, const Machine& machine);

// The reference of all keys with type, default, range and meaning, as Markdown; README's is made from it.
std::string reference_markdown();

}  // namespace noodstop::config
