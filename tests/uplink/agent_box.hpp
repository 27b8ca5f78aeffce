// The agent's machine: something that records facts and counters as the cycle does, the production batch keeper,
// journal and uplink session, on a disk that fails, in processes that die.
#pragma once

#include "agent/doors/uplink_session.hpp"
#include "agent/run/batch_keeper.hpp"
#include "agent/run/journal_shelf.hpp"
#include "tests/sim/disk/disk.hpp"
#include "tests/uplink/network.hpp"
#include "tests/uplink/oracle.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace noodstop::sim {

struct AgentHabits {
    Duration sample_interval = std::chrono::seconds(30);
    Duration checkpoint_interval = std::chrono::seconds(10);
    std::uint64_t spool_bytes_max = 64 << 20;
    std::uint64_t free_bytes_min = 256 << 10;
    std::size_t resources_most = 12;
    bool records = true;  // facts and counters; false: only what the spool tells
};

class AgentBox {
public:
    using Tell = std::function<void(const std::string&)>;
    // `tell` gets what happens, `whisper` each push too.
    AgentBox(Clockwork& clockwork, Random& random, Network& network, std::uint64_t disk_seed, Tell tell, Tell whisper);
    ~AgentBox();
    AgentBox(const AgentBox&) = delete;
    AgentBox& operator=(const AgentBox&) = delete;

    Disk disk;
    AgentHabits habits;
    Oracle oracle;

    void start();
    enum class Ending { death, power };
    void end(Ending ending, Duration back_after);
    void restart_doors();
    void back_up();
    void restore();        // the backup, while it is down; nothing if there is none
    void lose_database();  // likewise
    bool running() const { return shelf_.has_value(); }
    bool has_backup() const { return backup_.has_value(); }
    void sample_now();
    bool at_rest() const;  // everything is durable and acknowledged

    // How often the spool has told something of this kind.
    std::uint64_t told(core::FactKind kind) const;
    // Names of facts that this process's spool takes for acknowledged.
    std::set<std::string> acknowledged() const;
    std::uint64_t starts() const { return starts_; }
    std::function<void()> started;  // after each start, when the oracle knows

private:
    void tick();
    void record();
    void grow();
    void note(core::Fact fact);
    void add(core::Fact fact);
    void persist_if_ready();
    void write(run::Persist persist, std::uint64_t stamp);
    void take_told();
    void mind_cut();
    void carry_out(doors::UplinkActions actions);
    void do_one(doors::Dial& action);
    void do_one(doors::HangUp& action);
    void do_one(doors::AskSpool& action);
    void do_one(doors::PushBatch& action);
    void do_one(doors::HandBack& action);
    void take_reply(const std::string& bytes);
    void count_acknowledged(const core::LaneAnswer& answer);
    void later(Duration time, std::function<void()> what);           // of this process
    void later_of_doors(Duration time, std::function<void()> what);  // of this doors process
    void arm_session();
    std::string ledger_bytes();
    void take_ledger(const core::StatePieces& state);
    core::WallTime wall() const;

    Clockwork& clockwork_;
    Random& random_;
    Network& network_;
    Tell tell_;
    Tell whisper_;
    std::optional<run::BatchKeeper> keeper_;
    std::optional<run::JournalShelf> shelf_;
    std::optional<doors::UplinkSession> session_;
    Totals live_;
    std::uint64_t stamp_ = 0;
    std::uint64_t last_stamp_ = 0;  // of all lives of the folder: never used twice
    std::uint64_t facts_named_ = 0;
    std::uint64_t resources_named_ = 0;
    std::uint64_t process_ = 0;
    std::uint64_t doors_ = 0;
    std::uint64_t starts_ = 0;
    bool persisting_ = false;
    std::optional<Duration> sampled_at_;
    std::optional<Duration> checkpoint_at_;
    core::SpoolState spool_;
    core::SpoolBatch out_;
    std::map<std::uint64_t, std::string> acknowledged_;
    std::set<std::uint64_t> epochs_;  // of facts that this process has handed out, or what they follow
    std::map<core::FactKind, std::uint64_t> told_;
    struct Backup {
        Image image;
        Oracle::Past past;
    };
    std::optional<Backup> backup_;
};

}  // namespace noodstop::sim
