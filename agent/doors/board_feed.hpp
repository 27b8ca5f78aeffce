// Keeps the board of counters up to date where nobody else takes samples from the spool: a consumer that takes what
// there is and keeps nothing waiting.
#pragma once

#include "agent/doors/exporter_task.hpp"

#include <boost/asio/steady_timer.hpp>

namespace noodstop::doors {

inline constexpr const char* metrics_consumer = "metrics";  // in the spool

class BoardFeed {
public:
    BoardFeed(boost::asio::io_context& io, PathClient& path, std::shared_ptr<ExportShared> shared,
              core::Duration interval);
    BoardFeed(const BoardFeed&) = delete;
    BoardFeed& operator=(const BoardFeed&) = delete;

private:
    void ask();
    void came(const PathClient::Answer& answer);
    void taken(const PathClient::Answer& answer);
    void ask_later(core::Duration delay);
    PathClient::AnswerHandler handler(void (BoardFeed::*handle)(const PathClient::Answer& answer));

    PathClient& path_;
    std::shared_ptr<ExportShared> shared_;
    core::Duration interval_;
    std::uint64_t question_ = 0;  // answers to those before the last are nobody's any more
    std::shared_ptr<BoardFeed*> self_ = std::make_shared<BoardFeed*>(this);  // by it answers know whether it lives
    boost::asio::steady_timer timer_;
};

}  // namespace noodstop::doors
