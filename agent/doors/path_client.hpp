// The doors process's end of the socket pair to the path: takes what the path reports, and asks it.
#pragma once

#include "platform/rpc/connect.hpp"
#include "platform/unix_socket/frame_channel.hpp"
#include "platform/unix_socket/unix_socket.hpp"
#include "proto/codec/link_codec.hpp"

#include <chrono>
#include <map>

namespace noodstop::doors {

struct PathReports {
    std::function<void(core::Snapshot snapshot)> snapshot;
    std::function<void(std::vector<core::RecordedFact> facts)> facts;
    std::function<void(std::string why)> closed;
};

// Who asks, as far as the path must know or a limit depends on it.
struct Asker {
    platform::PeerCredentials peer;
    platform::FileDescriptor connection;  // travels with orders and rehearsals; not valid for the others
    bool is_outside = false;
};

class PathClient {
public:
    using Answer = std::variant<decltype(codec::LinkAnswer::content), platform::RpcError>;
    using AnswerHandler = std::function<void(Answer answer)>;

    PathClient(boost::asio::io_context& io, platform::FileDescriptor socket, PathReports reports);

    // Refuses what goes beyond the limits of this link. Root has an allowance of its own, so that nobody's flood of
    // questions keeps an order from getting through, and callers from outside have one of theirs.
    void ask(decltype(codec::LinkRequest::content) content, Asker asker, AnswerHandler handler);

    // What the process asks for itself: batches, what came of them, notices. With an allowance of its own too. The
    // handler is called once, with an error if the path does not answer.
    void ask_own(decltype(codec::LinkRequest::content) content, AnswerHandler handler);

private:
    using Clock = std::chrono::steady_clock;

    struct Allowance {
        std::size_t in_flight_max;
        std::size_t per_second_max;
        Clock::time_point second_began{};
        std::size_t this_second = 0;
    };

    struct Pending {
        AnswerHandler handler;
        const Allowance* allowance;
        Clock::time_point since;
    };

    void receive(const std::string& message);
    void receive(codec::LinkAnswer answer);
    void ask(decltype(codec::LinkRequest::content) content, platform::FileDescriptor connection, Allowance& allowance,
             AnswerHandler handler);
    bool take(Allowance& allowance);
    void give_up_old();

    PathReports reports_;
    std::map<std::uint64_t, Pending> pending_;
    std::uint64_t last_number_ = 0;
    Allowance root_{24, 50};
    Allowance others_{12, 30};
    Allowance outside_{8, 20};
    Allowance own_{16, 100};
    platform::FrameChannel channel_;  // last: it calls the others
};

}  // namespace noodstop::doors
