#include "agent/doors/board_feed.hpp"

namespace noodstop::doors {
namespace {

constexpr core::Duration feed_deadline = std::chrono::seconds(30);  // of an answer; then it is asked anew
constexpr exporters::ExportSizes feed_sizes;

}  // namespace

BoardFeed::BoardFeed(boost::asio::io_context& io, PathClient& path, std::shared_ptr<ExportShared> shared,
                     core::Duration interval)
    : path_(path), shared_(std::move(shared)), interval_(interval), timer_(io) {
    ask();
}

void BoardFeed::ask() {
    ask_later(feed_deadline);
    const codec::BatchQuery query{metrics_consumer, feed_sizes.facts_max, feed_sizes.counters_max,
                                  feed_sizes.bytes_max};
    path_.ask_own(query, handler(&BoardFeed::came));
}

// What is on the board needs no other keeper: it is acknowledged whether or not that gets through, and what comes twice
// changes nothing.
void BoardFeed::came(const PathClient::Answer& answer) {
    const auto* content = std::get_if<0>(&answer);
    const auto* found = content != nullptr ? std::get_if<codec::BatchFound>(content) : nullptr;
    if (found == nullptr || found->batch.empty())
        return ask_later(interval_);
    put_on_board(shared_->board, found->batch);
    ask_later(feed_deadline);
    path_.ask_own(codec::BatchAnswer{metrics_consumer, found->batch.number, {}}, handler(&BoardFeed::taken));
}

void BoardFeed::taken(const PathClient::Answer& answer) {
    const auto* content = std::get_if<0>(&answer);
    const auto* taken = content != nullptr ? std::get_if<codec::BatchTaken>(content) : nullptr;
    if (taken == nullptr || !taken->taken)
        return ask_later(interval_);
    ask();
}

void BoardFeed::ask_later(core::Duration delay) {
    timer_.expires_after(delay);
    timer_.async_wait([alive = std::weak_ptr(self_)](boost::system::error_code error) {
        const auto self = alive.lock();
        if (!error && self)
            (*self)->ask();
    });
}

PathClient::AnswerHandler BoardFeed::handler(void (BoardFeed::*handle)(const PathClient::Answer& answer)) {
    return [alive = std::weak_ptr(self_), handle, question = ++question_](const PathClient::Answer& answer) {
        const auto self = alive.lock();
        if (self && (*self)->question_ == question)
            ((*self)->*handle)(answer);
    };
}

}  // namespace noodstop::doors
