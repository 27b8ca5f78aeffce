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
    Allowance& inside = asker.peer.user == 0 ? root_ : others_;
    Allowance& allowance = asker.is_outside ? outside_ : inside;
    ask(std::move(content), std::move(asker.connection), allowance, std::move(handler));
}

void PathClient::ask_own(decltype(codec::LinkRequest::content) content, AnswerHandler handler) {
    ask(std::move(content), {}, own_, std::move(handler));
}

void PathClient::ask(decltype(codec::LinkRequest::content) content, platform::FileDescriptor connection,
                     Allowance& allowance, AnswerHandler handler) {
    give_up_old();
    if (!take(allowance))
        return handler(RpcError{RpcCode::resource_exhausted, "too many requests; try again in a second"});
    const std::uint64_t number = ++last_number_;
    pending_[number] = {std::move(handler), &allowance, Clock::now()};
    channel_.send(codec::encode_link_request({number, std::move(content)}), std::move(connection));
}

bool PathClient::take(Allowance& allowance) {
    const auto now = Clock::now();
    const auto in_flight = std::count_if(pending_.begin(), pending_.end(),
                                         [&](const auto& entry) { return entry.second.allowance == &allowance; });
    if (now - allowance.second_began >= std::chrono::seconds(1)) {
        allowance.second_began = now;
        allowance.this_second = 0;
    }
    const bool granted = static_cast<std::size_t>(in_flight) < allowance.in_flight_max &&
                         allowance.this_second < allowance.per_second_max;
    allowance.this_second += granted ? 1 : 0;
    return granted;
}

// Numbers ascend with time. A handler may ask again.
void PathClient::give_up_old() {
    while (!pending_.empty() && Clock::now() - pending_.begin()->second.since > pending_age_max) {
        const auto old = pending_.extract(pending_.begin());
        old.mapped().handler(RpcError{RpcCode::unavailable, "the path does not answer"});
    }
}

void PathClient::receive(const std::string& message) {
    give_up_old();
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
