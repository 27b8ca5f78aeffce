// Which agents have a connection open.
#pragma once

#include <map>
#include <memory>
#include <string>

namespace noodstop::hub {

class Presence {
public:
    // The agent counts as connected for as long as this lives.
    std::shared_ptr<void> enter(const std::string& agent) {
        ++(*counts_)[agent];
        return {counts_.get(), [counts = counts_, agent](void*) {
                    const auto found = counts->find(agent);
                    if (--found->second == 0)
                        counts->erase(found);
                }};
    }

    bool has(const std::string& agent) const { return counts_->contains(agent); }

private:
    std::shared_ptr<std::map<std::string, std::size_t>> counts_ =
        std::make_shared<std::map<std::string, std::size_t>>();
};

}  // namespace noodstop::hub
