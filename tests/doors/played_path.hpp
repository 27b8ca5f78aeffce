// The path as the tasks of the doors process know it: a real link over a real pair of sockets, behind which batches lie
// ready for each consumer, as in a spool that hands out the same one until it is answered.
#pragma once

#include "agent/doors/path_client.hpp"
#include "agent/doors/path_link.hpp"

#include <boost/asio/io_context.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace noodstop::doors {

// Runs handlers until the condition holds; false if it doesn't for a minute.
bool run_until(boost::asio::io_context& io, const std::function<bool()>& condition);

class PlayedPath {
public:
    explicit PlayedPath(boost::asio::io_context& io);

    // What a consumer gets next, one after the other; numbers are given here.
    void lay_ready(const std::string& consumer, core::SpoolBatch batch);
    bool has_given_all(const std::string& consumer) { return ready_[consumer].empty(); }
    bool has_notice(core::FactKind kind) const;

    PathClient client;  // the doors' end
    std::vector<core::BatchQuery> queries;
    std::vector<core::BatchAnswer> answers;
    std::vector<codec::Notice> notices;
    std::string problem;                    // if not empty, instead of any batch
    core::SpoolState spool;                 // told with each batch
    std::vector<core::RecordedFact> facts;  // that came to the doors' end, as the snapshots
    std::vector<core::Snapshot> snapshots;

    std::unique_ptr<PathLink> link;

private:
    PlayedPath(boost::asio::io_context& io, std::pair<platform::FileDescriptor, platform::FileDescriptor> ends);
    PathHandlers handlers();
    void give(std::uint64_t request, const core::BatchQuery& query);
    void take(std::uint64_t request, const core::BatchAnswer& answer);

    std::map<std::string, std::deque<core::SpoolBatch>> ready_;
    std::map<std::string, std::uint64_t> out_;
    std::uint64_t last_number_ = 0;
};

}  // namespace noodstop::doors
