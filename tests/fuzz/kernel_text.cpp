// What the kernel writes in /proc and cgroupfs. Beside any text at all, texts as the kernel writes them around names
// that an attacker chose; and each cut anywhere, which must yield nothing rather than a figure that is almost right.
#include "agent/providers/cgroup/kernel_text.hpp"

#include "agent/providers/process/selection.hpp"
#include "platform/process/proc_text.hpp"
#include "tests/fuzz/support.hpp"

#include <algorithm>

using namespace noodstop;
using fuzz::claim;

namespace {

template <class Value>
void claim_none_or_same(const std::optional<Value>& cut, const std::optional<Value>& whole) {
    claim(!cut || (whole && *cut == *whole), "a text cut off gives nothing or the same");
}

template <class Item>
bool begins_with(const std::vector<Item>& whole, const std::vector<Item>& begin) {
    return begin.size() <= whole.size() && std::equal(begin.begin(), begin.end(), whole.begin());
}

template <class Item>
void claim_none_or_begin(const std::optional<std::vector<Item>>& cut, const std::optional<std::vector<Item>>& whole) {
    claim(!cut || !whole || begins_with(*whole, *cut), "a list cut off gives nothing or its beginning");
}

std::string lines_of(const std::vector<pid_t>& pids) {
    std::string lines;
    for (const pid_t pid : pids)
        lines += std::to_string(pid) + "\n";
    return lines;
}

void read_control_group(std::string_view text, std::string_view cut) {
    claim_none_or_same(providers::parse_cpu_usage(cut), providers::parse_cpu_usage(text));
    if (providers::parse_amount(text))
        claim_none_or_same(providers::parse_amount(cut), providers::parse_amount(text));
    claim_none_or_begin(providers::parse_processes(cut), providers::parse_processes(text));
    if (const auto amount = providers::parse_amount(text)) {
        claim(*amount >= 0, "an amount is not negative");
        claim(providers::parse_amount(std::to_string(*amount) + "\n") == amount, "an amount survives printing");
    }
    if (const auto pids = providers::parse_processes(text))
        claim(providers::parse_processes(lines_of(*pids)) == pids, "a list of processes survives printing");
    const auto whole = providers::parse_events(text);
    const auto part = providers::parse_events(cut);
    claim(!part || (whole && part->populated == whole->populated && part->frozen == whole->frozen),
          "events cut off give nothing or the same");
}

void read_process_files(std::string_view text, std::string_view cut) {
    (void)platform::parse_process_stat(text);
    claim_none_or_same(platform::parse_real_user(cut), platform::parse_real_user(text));
    claim_none_or_same(platform::parse_unified_cgroup(cut), platform::parse_unified_cgroup(text));
    claim_none_or_begin(platform::parse_pid_list(cut), platform::parse_pid_list(text));
    claim_none_or_same(platform::parse_mount_id(cut), platform::parse_mount_id(text));
    if (const auto pid = providers::parse_pid_file(text))
        claim(*pid > 0 && providers::parse_pid_file(" " + std::to_string(*pid) + "\n") == pid,
              "the number of a process is above 0 and survives printing");
    if (const auto path = platform::parse_unified_cgroup(text))
        claim(path->starts_with('/') && path->find('\n') == std::string::npos, "a group's path is one line");
    if (const auto identity = providers::parse_identity(std::string(text)))
        claim(providers::parse_identity(to_text(*identity)) == identity, "an identity survives printing");
    if (const auto number = platform::parse_number(text))
        claim(platform::parse_number(std::to_string(*number)) == number, "a number survives printing");
    claim(platform::parse_mounts(cut).size() <= platform::parse_mounts(text).size(), "a cut adds no mount");
}

bool same(const platform::ProcessStat& left, const platform::ProcessStat& right) {
    return left.pid == right.pid && left.state == right.state && left.parent == right.parent &&
           left.flags == right.flags && left.user_ticks == right.user_ticks &&
           left.system_ticks == right.system_ticks && left.threads == right.threads &&
           left.start_ticks == right.start_ticks;
}

platform::ProcessStat any_stat(fuzz::Input& input) {
    platform::ProcessStat stat;
    stat.pid = static_cast<pid_t>(input.below(1 << 22));
    stat.state = "RSDZTtXxKWPI"[input.below(12)];
    stat.parent = static_cast<pid_t>(input.below(1 << 22));
    stat.flags = static_cast<std::uint64_t>(input.number());
    stat.user_ticks = static_cast<std::uint64_t>(input.number());
    stat.system_ticks = static_cast<std::uint64_t>(input.number());
    stat.threads = input.number() & INT64_MAX;
    stat.start_ticks = static_cast<std::uint64_t>(input.number());
    return stat;
}

// As proc(5) has it; what is not read is 0 or -1.
std::string stat_text(const platform::ProcessStat& stat, std::string_view command) {
    const auto text = [](auto number) { return std::to_string(number); };
    return text(stat.pid) + " (" + std::string(command) + ") " + stat.state + " " + text(stat.parent) + " 1 1 0 -1 " +
           text(stat.flags) + " 0 0 0 0 " + text(stat.user_ticks) + " " + text(stat.system_ticks) + " 0 0 20 0 " +
           text(stat.threads) + " 0 " + text(stat.start_ticks) + " 0 0 18446744073709551615 0 0 0\n";
}

// A process may give itself any name of 15 bytes.
void read_written_stat(fuzz::Input& input) {
    const platform::ProcessStat stat = any_stat(input);
    const std::string text = stat_text(stat, input.text(15));
    const auto read = platform::parse_process_stat(text);
    claim(read && same(*read, stat), "whatever a process calls itself, its figures are read as they are");
    const auto cut = platform::parse_process_stat(std::string_view(text).substr(0, input.below(text.size())));
    claim(!cut, "a line of figures that is cut off is none");
}

std::string escaped(std::string_view path) {
    std::string text;
    for (const char byte : path) {
        char digits[5];
        std::snprintf(digits, sizeof digits, "\\%03o", static_cast<unsigned>(static_cast<unsigned char>(byte)));
        text += std::string_view(" \t\n\\#").find(byte) == std::string_view::npos ? std::string(1, byte) : digits;
    }
    return text;
}

// Whoever may mount may choose the names of the folders.
void read_written_mount(fuzz::Input& input) {
    const std::uint64_t id = static_cast<std::uint64_t>(input.number());
    const std::string root = "/" + std::string(input.text(40));
    const std::string point = "/" + std::string(input.text(40));
    const std::string line = std::to_string(id) + " 1 0:30 " + escaped(root) + " " + escaped(point) + " rw,nosuid" +
                             (input.yes() ? " shared:4" : "") + " - cgroup2 cgroup2 rw\n";
    const auto mounts = platform::parse_mounts(line);
    claim(mounts.size() == 1 && mounts[0].id == id && mounts[0].root == root && mounts[0].point == point &&
              mounts[0].type == "cgroup2",
          "whatever folders are called, a mount is read as it is");
    claim(platform::parse_mounts(std::string_view(line).substr(0, input.below(line.size()))).empty(),
          "a mount that is cut off is none");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.below(4)) {
        case 0:
            read_written_stat(input);
            break;
        case 1:
            read_written_mount(input);
            break;
        default: {
            const std::size_t kept = input.byte();
            const std::string_view text = input.rest();
            const std::string_view cut = text.substr(0, text.size() * kept / 255);
            read_control_group(text, cut);
            read_process_files(text, cut);
        }
    }
    return 0;
}
