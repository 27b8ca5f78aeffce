#include "tests/doors/played_path.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace noodstop::doors {
namespace {

constexpr auto patience = std::chrono::seconds(60);  // for what happens at once on an idle machine

std::pair<platform::FileDescriptor, platform::FileDescriptor> new_pair() {
    auto ends = platform::socket_pair();
    if (!ends)
        std::abort();
    return std::move(*ends);
}

}  // namespace

bool run_until(boost::asio::io_context& io, const std::function<bool()>& condition) {
    const auto give_up = std::chrono::steady_clock::now() + patience;
    while (!condition() && std::chrono::steady_clock::now() < give_up) {
        io.restart();
        io.run_one_for(std::chrono::milliseconds(50));
    }
    return condition();
}

PlayedPath::PlayedPath(boost::asio::io_context& io) : PlayedPath(io, new_pair()) {}

PlayedPath::PlayedPath(boost::asio::io_context& io, std::pair<platform::FileDescriptor, platform::FileDescriptor> ends)
    : client(
          io, std::move(ends.second),
          {[this](core::Snapshot snapshot) { snapshots.push_back(std::move(snapshot)); },
           [this](const std::vector<core::RecordedFact>& came) { facts.insert(facts.end(), came.begin(), came.end()); },
           [](const std::string&) {}}),
      link(std::make_unique<PathLink>(io, ends.first.release(), handlers())) {}

PathHandlers PlayedPath::handlers() {
    PathHandlers handlers;
    handlers.batch = [this](std::uint64_t request, const core::BatchQuery& query) { give(request, query); };
    handlers.batch_answer = [this](std::uint64_t request, const core::BatchAnswer& answer) { take(request, answer); };
    handlers.notice = [this](core::FactKind kind, std::vector<core::FactField> fields) {
        notices.push_back({kind, std::move(fields)});
    };
    handlers.closed = [](const std::string&) {};
    return handlers;
}

void PlayedPath::lay_ready(const std::string& consumer, core::SpoolBatch batch) {
    ready_[consumer].push_back(std::move(batch));
}

bool PlayedPath::has_notice(core::FactKind kind) const {
    return std::any_of(notices.begin(), notices.end(),
                       [&](const codec::Notice& notice) { return notice.kind == kind; });
}

void PlayedPath::give(std::uint64_t request, const core::BatchQuery& query) {
    queries.push_back(query);
    core::BatchFound found;
    found.problem = problem;
    found.spool = spool;
    const auto& waiting = ready_[query.consumer];
    if (problem.empty() && query.facts_max > 0 && !waiting.empty())
        found.batch = waiting.front();
    if (problem.empty())
        found.batch.number = out_[query.consumer] = ++last_number_;
    link->answer(request, found);
}

void PlayedPath::take(std::uint64_t request, const core::BatchAnswer& answer) {
    answers.push_back(answer);
    const bool is_out = out_[answer.consumer] == answer.batch && problem.empty();
    auto& waiting = ready_[answer.consumer];
    const bool took = !answer.hub || answer.hub->facts.taken || answer.hub->samples.taken;
    const bool was_empty = queries.empty() || queries.back().facts_max == 0;
    if (is_out && took && !was_empty && !waiting.empty())
        waiting.pop_front();
    out_.erase(answer.consumer);
    link->answer(request, core::BatchTaken{is_out, problem});
}

}  // namespace noodstop::doors
