#include "agent/doors/path_client.hpp"

#include <algorithm>

namespace noodstop::doors {
namespace {

constexpr std::size_t report_size_max = 40 * 1024 * 1024;     // above the path's largest answer
constexpr std::size_t unsent_requests_max = 4 * 1024 * 1024;  // the path reads at once, or it hangs
constexpr auto pending_age_max = std::chrono::seconds(90);    // then the client's own deadline has long passed

using platform::RpcCode;
using platform::RpcError;

}  // namespace

PathClient::PathClient(boost::asio::io_context& io, platform::FileDescriptor socket, PathReports reports)
    : reports_(std::move(reports)),
      channel_(io, std::move(socket), {report_size_max, unsent_requests_max},
               {[this](std::string message, platform::FileDescriptor) { receive(message); },
                [this](std::string why) { reports_.closed(std::move(why)); }}) {}

void PathClient::ask(decltype(codec::LinkRequest::content) content, Asker asker, AnswerHandler handler) {
    const bool is_root = asker.peer.user == 0;
    if (!take_allowance(is_root))
        return handler(RpcError{RpcCode::resource_exhausted, "too many requests; try again in a second"});
    const std::uint64_t number = ++last_number_;
    pending_[number] = {std::move(handler), is_root, Clock::now()};
    channel_.send(codec::encode_link_request({number, std::move(content)}), std::move(asker.connection));
}

bool PathClient::take_allowance(bool is_root) {
    const auto now = Clock::now();
    std::erase_if(pending_, [&](const auto& entry) { return now - entry.second.since > pending_age_max; });
    Allowance& allowance = is_root ? root_ : others_;
    const auto in_flight = std::count_if(pending_.begin(), pending_.end(),
                                         [&](const auto& entry) { return entry.second.is_root == is_root; });
    if (now - allowance.second_began >= std::chrono::seconds(1)) {
        allowance.second_began = now;
        allowance.this_second = 0;
    }
    const bool granted = static_cast<std::size_t>(in_flight) < allowance.in_flight_max &&
                         allowance.this_second < allowance.per_second_max;
    allowance.this_second += granted ? 1 : 0;
    return granted;
}

void PathClient::receive(const std::string& message) {
    auto report = codec::decode_link_report(message);
    if (!report)
        return channel_.close("the path sent a malformed report: " + report.problem);
    if (auto* snapshot = std::get_if<core::Snapshot>(&*report))
        reports_.snapshot(std::move(*snapshot));
    else if (auto* facts = std::get_if<std::vector<core::RecordedFact>>(&*report))
        reports_.facts(std::move(*facts));
    else if (auto* answer = std::get_if<codec::LinkAnswer>(&*report))
        receive(std::move(*answer));
}

void PathClient::receive(codec::LinkAnswer answer) {
    auto found = pending_.extract(answer.number);
    if (found.empty())
        return;  // nobody waits for it any more
    if (const auto* refusal = std::get_if<codec::Refusal>(&answer.content)) {
        const bool forbidden = refusal->kind == codec::RefusalKind::forbidden;
        const RpcCode code = forbidden ? RpcCode::permission_denied : RpcCode::resource_exhausted;
        return found.mapped().handler(RpcError{code, refusal->message});
    }
    found.mapped().handler(std::move(answer.content));
}

}  // namespace noodstop::doors
