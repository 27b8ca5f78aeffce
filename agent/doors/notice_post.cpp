#include "agent/doors/notice_post.hpp"

namespace noodstop::doors {
namespace {

constexpr auto notice_deadline = std::chrono::minutes(2);  // then the link has forgotten it

}  // namespace

void NoticePost::send(codec::Notice notice) {
    if (waiting_.size() >= waiting_max)
        waiting_.erase(waiting_.begin() + (is_under_way_ ? 1 : 0));
    waiting_.push_back(std::move(notice));
    try_again();
}

void NoticePost::try_again() {
    if (waiting_.empty() || (is_under_way_ && Clock::now() - since_ < notice_deadline))
        return;
    is_under_way_ = true;
    since_ = Clock::now();
    path_.ask_own(waiting_.front(),
                  [alive = std::weak_ptr(self_), attempt = ++attempts_](const PathClient::Answer& answer) {
                      if (const auto self = alive.lock())
                          (*self)->answered(attempt, answer);
                  });
}

// One that the path won't have for good (permission_denied) is not kept: it would stand in the way of the others.
void NoticePost::answered(std::uint64_t attempt, const PathClient::Answer& answer) {
    if (attempt != attempts_)
        return;
    is_under_way_ = false;
    const auto* error = std::get_if<platform::RpcError>(&answer);
    if (error != nullptr && error->code != platform::RpcCode::permission_denied)
        return;
    waiting_.pop_front();
    try_again();
}

}  // namespace noodstop::doors
