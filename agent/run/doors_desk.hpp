// The loop's side of the doors process: brings requests of whichever doors process is there now under numbers of the
// loop's own, so that an answer never reaches a client of a later doors process.
#pragma once

#include "agent/core/effect.hpp"
#include "agent/doors/path_link.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace noodstop::run {

inline constexpr std::size_t doors_requests_max = 1024;

struct DoorsRequests {
    std::function<void(std::uint64_t request, core::Order order)> order;
    std::function<void(std::uint64_t request, core::ZoneName zone)> rehearse;
    std::function<void(doors::JournalQuery query, std::function<void(doors::JournalAnswer)> answer)> journal;
    std::function<std::vector<core::ResourceStatus>()> resources;
    std::function<void(core::BatchQuery query, std::function<void(core::BatchFound)> answer)> batch;
    std::function<void(core::BatchAnswer content, std::function<void(core::BatchTaken)> answer)> batch_answer;
    std::function<void(core::FactKind kind, std::vector<core::FactField> fields)> notice;
    std::function<void(const std::string& why)> closed;
};

class DoorsDesk {
public:
    DoorsDesk(boost::asio::io_context& io, DoorsRequests requests);
    ~DoorsDesk();

    // Takes over the socket; an earlier link is dropped.
    void connect(int socket);

    void publish(const core::Snapshot& snapshot);
    void publish(const std::vector<core::RecordedFact>& facts);
    void answer(const core::OrderReply& reply);

private:
    doors::PathHandlers handlers(std::uint64_t generation);
    void add_spool_handlers(doors::PathHandlers& handlers, std::uint64_t generation);
    bool current(std::uint64_t generation) const { return link_ && generation == generation_; }
    void take(std::uint64_t link_request, const std::function<void(std::uint64_t)>& hand_on);
    void disconnect(std::uint64_t generation, const std::string& why);

    boost::asio::io_context& io_;
    DoorsRequests requests_;
    std::unique_ptr<doors::PathLink> link_;
    std::uint64_t generation_ = 0;
    std::uint64_t last_request_ = 0;
    std::map<std::uint64_t, std::uint64_t> open_;  // our number -> the link's
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    core::Snapshot snapshot_;
    bool published_ = false;
};

}  // namespace noodstop::run
