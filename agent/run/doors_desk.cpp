#include "agent/run/doors_desk.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace noodstop::run {

DoorsDesk::DoorsDesk(boost::asio::io_context& io, DoorsRequests requests) : io_(io), requests_(std::move(requests)) {}

DoorsDesk::~DoorsDesk() {
    *alive_ = false;
}

void DoorsDesk::connect(int socket) {
    open_.clear();
    link_.reset();
    link_ = std::make_unique<doors::PathLink>(io_, socket, handlers(++generation_));
    if (published_)
        link_->publish(snapshot_);
}

void DoorsDesk::publish(const core::Snapshot& snapshot) {
    snapshot_ = snapshot;
    published_ = true;
    if (link_)
        link_->publish(snapshot);
}

void DoorsDesk::publish(const std::vector<core::RecordedFact>& facts) {
    if (link_)
        link_->publish(facts);
}

void DoorsDesk::answer(const core::OrderReply& reply) {
    const auto found = open_.find(reply.request);
    if (found == open_.end())
        return;
    if (link_)
        link_->answer(found->second, reply.answer);
    open_.erase(found);
}

doors::PathHandlers DoorsDesk::handlers(std::uint64_t generation) {
    doors::PathHandlers handlers;
    handlers.order = [this](std::uint64_t request, core::Order order) {
        take(request, [&](std::uint64_t number) { requests_.order(number, std::move(order)); });
    };
    handlers.rehearse = [this](std::uint64_t request, core::ZoneName zone) {
        take(request, [&](std::uint64_t number) { requests_.rehearse(number, std::move(zone)); });
    };
    handlers.journal = [this, generation](std::uint64_t request, doors::JournalQuery query) {
        requests_.journal(std::move(query), [=, alive = alive_, this](doors::JournalAnswer answer) {
            if (*alive && current(generation))
                link_->answer(request, answer);
        });
    };
    handlers.resources = [this](std::uint64_t request) {
        if (link_)
            link_->answer(request, requests_.resources());
    };
    handlers.notice = [this](core::FactKind kind, std::vector<core::FactField> fields) {
        requests_.notice(kind, std::move(fields));
    };
    add_spool_handlers(handlers, generation);
    handlers.closed = [this, generation](std::string why) {
        // The link is in the middle of a call of its own.
        boost::asio::post(io_, [=, alive = alive_, this] {
            if (*alive)
                disconnect(generation, why);
        });
    };
    return handlers;
}

void DoorsDesk::add_spool_handlers(doors::PathHandlers& handlers, std::uint64_t generation) {
    const auto answer_to = [this, generation](std::uint64_t request) {
        return [=, alive = alive_, this](const auto& answer) {
            if (*alive && current(generation))
                link_->answer(request, answer);
        };
    };
    handlers.batch = [this, answer_to](std::uint64_t request, core::BatchQuery query) {
        requests_.batch(std::move(query), answer_to(request));
    };
    handlers.batch_answer = [this, answer_to](std::uint64_t request, core::BatchAnswer answer) {
        requests_.batch_answer(std::move(answer), answer_to(request));
    };
}

void DoorsDesk::take(std::uint64_t link_request, const std::function<void(std::uint64_t)>& hand_on) {
    if (open_.size() >= doors_requests_max) {
        link_->answer(link_request, core::OrderAnswer{false, "Too many requests wait for an answer; try again."});
        return;
    }
    open_.emplace(++last_request_, link_request);
    hand_on(last_request_);
}

void DoorsDesk::disconnect(std::uint64_t generation, const std::string& why) {
    if (!current(generation))
        return;
    link_.reset();
    open_.clear();
    requests_.closed(why);
}

}  // namespace noodstop::run
