// The path's end of the socket pair to the doors process. Everything that crosses it is a length-prefixed protobuf
// message; nothing that the doors process does can block, grow or crash the path: what it does not read is dropped
// (snapshots, facts), what it sends too much of or wrongly closes the link.
//
// Orders arrive with the client's socket as a passed descriptor (SCM_RIGHTS), so that the path itself reads the
// peer's credentials from the kernel and a broken doors process can't lend anybody root.
#pragma once

#include "agent/core/order.hpp"
#include "agent/core/record.hpp"
#include "agent/core/snapshot.hpp"
#include "agent/core/uplink.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace noodstop::doors {

// Of one batch, whatever the doors process asks for: what a stop waits for may have to wait for one of them.
inline constexpr std::uint32_t batch_facts_max = 2'000;
inline constexpr std::uint32_t batch_counters_max = 10'000;
inline constexpr std::uint32_t batch_bytes_max = 1 << 20;
// Facts that the doors process may have recorded: what strangers do must not fill the journal.
inline constexpr std::size_t notices_per_minute_max = 120;

// What of the journal is wanted. Newest facts first up to `most`, answered oldest first.
struct JournalQuery {
    core::TenantName tenant;    // empty: any
    core::ZoneName zone;        // empty: any
    std::uint64_t after = 0;    // only facts with a higher sequence
    std::uint32_t most = 1000;  // 1 to 10,000
};

struct JournalAnswer {
    std::vector<core::RecordedFact> facts;
    std::string problem;  // empty if the store answered
};

// Called on the io_context's thread. Each request is answered once, by number, whenever it suits.
struct PathHandlers {
    std::function<void(std::uint64_t request, core::Order order)> order;
    std::function<void(std::uint64_t request, core::ZoneName zone)> rehearse;  // an empty zone: all
    std::function<void(std::uint64_t request, JournalQuery query)> journal;
    std::function<void(std::uint64_t request)> resources;
    std::function<void(std::uint64_t request, core::BatchQuery query)> batch;  // within the limits below
    std::function<void(std::uint64_t request, core::BatchAnswer answer)> batch_answer;
    std::function<void(core::FactKind kind, std::vector<core::FactField> fields)> notice;  // answered by the link
    std::function<void(std::string why)> closed;  // the link is gone; the supervisor brings a new doors process
};

class PathLink {
public:
    PathLink(boost::asio::io_context& io, int socket, PathHandlers handlers);  // owns the socket
    ~PathLink();
    PathLink(const PathLink&) = delete;
    PathLink& operator=(const PathLink&) = delete;

    void publish(const core::Snapshot& snapshot);
    void publish(const std::vector<core::RecordedFact>& facts);
    void answer(std::uint64_t request, const core::OrderAnswer& answer);  // for order and rehearse
    void answer(std::uint64_t request, const JournalAnswer& answer);
    void answer(std::uint64_t request, const std::vector<core::ResourceStatus>& resources);
    void answer(std::uint64_t request, const core::BatchFound& batch);
    void answer(std::uint64_t request, const core::BatchTaken& taken);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace noodstop::doors
