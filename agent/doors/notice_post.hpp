// Brings notices to the path, one after the other: what it does not take now it gets again later.
#pragma once

#include "agent/doors/path_client.hpp"

#include <chrono>
#include <deque>
#include <memory>

namespace noodstop::doors {

class NoticePost {
public:
    static constexpr std::size_t waiting_max = 32;  // beyond it the oldest goes

    explicit NoticePost(PathClient& path) : path_(path) {}
    NoticePost(const NoticePost&) = delete;
    NoticePost& operator=(const NoticePost&) = delete;

    void send(codec::Notice notice);
    void try_again();  // to be called now and then

private:
    using Clock = std::chrono::steady_clock;

    void answered(std::uint64_t attempt, const PathClient::Answer& answer);

    PathClient& path_;
    std::deque<codec::Notice> waiting_;  // the first one may be under way
    std::uint64_t attempts_ = 0;
    bool is_under_way_ = false;
    Clock::time_point since_;
    std::shared_ptr<NoticePost*> self_ = std::make_shared<NoticePost*>(this);  // by it answers know whether it lives
};

}  // namespace noodstop::doors
