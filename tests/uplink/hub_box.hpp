// The hub's machine: the production intake and store on a disk that fails, in a process that dies, and what people do
// to both. Or a liar that answers in their place.
#pragma once

#include "tests/sim/clockwork.hpp"
#include "tests/sim/disk/disk.hpp"
#include "tests/uplink/network.hpp"
#include "tools/hub/fleet.hpp"
#include "tools/hub/intake.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace noodstop::sim {

inline constexpr const char* agent_name = "box-7";

struct HubManners {
    Duration thinks_max = std::chrono::milliseconds(50);
    unsigned refuses_per_mille = 0;  // "too much, come later"
    unsigned lies_per_mille = 0;
};

// A request's answer on the simulated wire.
struct Reply {
    std::optional<core::HubAnswer> answer;  // none: refused
    hub::Refusal refusal;
};
std::string to_bytes(const Reply& reply);
Reply reply_from(const std::string& bytes);

class HubBox {
public:
    using Tell = std::function<void(const std::string&)>;
    HubBox(Clockwork& clockwork, Random& random, std::uint64_t disk_seed, Tell tell);
    ~HubBox();
    HubBox(const HubBox&) = delete;
    HubBox& operator=(const HubBox&) = delete;

    Disk disk;
    HubManners manners;

    void start();
    enum class Ending { death, power };
    void end(Ending ending, Duration back_after);
    void back_up();
    void restore();        // the backup, while it is down; nothing if there is none
    void lose_database();  // likewise
    bool running() const { return store_.has_value(); }
    std::function<void(const std::set<std::string>& had)> lost;  // a disk had lied, and here is what was thought before

    void serve(std::string request, Network::Answer answer);

    // Names of facts that it has taken, and truly has, as far as its process knows.
    const std::set<std::string>& has() const { return has_; }
    std::uint64_t lies() const { return lies_; }
    hub::Store& store() { return *store_; }
    void turn_to() { Disk::turn_to(&disk); }

private:
    Reply handle(const std::string& request);
    core::HubAnswer lie(const codec::Push& push);
    void mind_cut();
    void look_what_is_there();
    core::WallTime wall() const;

    Clockwork& clockwork_;
    Random& random_;
    Tell tell_;
    std::optional<hub::Store> store_;
    std::optional<hub::Intake> intake_;
    std::uint64_t process_ = 0;
    std::set<std::string> has_;
    bool has_is_doubtful_ = false;  // power was lost, and the disk had lied
    struct Backup {
        Image image;
        std::set<std::string> has;
        bool has_is_doubtful = false;
    };
    std::optional<Backup> backup_;
    std::uint64_t lies_ = 0;
};

// The name that the recorder gave a fact.
std::string name_of(const core::Fact& fact);

}  // namespace noodstop::sim
