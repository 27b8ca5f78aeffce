#include "tools/hub/server/alert_tasks.hpp"

#include "tools/hub/server/log.hpp"
#include "tools/hub/server/moment.hpp"

#include <fmt/format.h>

namespace noodstop::hub {
namespace {

using platform::HttpResponse;
using platform::Result;

constexpr const char* alertmanager_path = "/api/v2/alerts";
constexpr std::int64_t notices_fetched_max = 200;

alerts::AlertmanagerSession::Options options_for_alertmanager(const WebTarget& target) {
    alerts::AlertmanagerSession::Options options;
    options.send.target =
        (target.path.ends_with('/') ? target.path.substr(0, target.path.size() - 1) : target.path) + alertmanager_path;
    return options;
}

alerts::SendOptions options_for_webhook(const WebTarget& target) {
    alerts::SendOptions options;
    options.target = target.path;
    return options;
}

// Hands the result of a request to the session that wanted it.
template <class Session>
void hand_over(Session& session, std::uint64_t number, const Result<HttpResponse>& response) {
    if (response)
        session.take_response(number, response.value(), send_moment());
    else
        session.take_failure(number, response.error().message, send_moment());
}

std::chrono::milliseconds milliseconds_of(core::Duration time) {
    return std::chrono::ceil<std::chrono::milliseconds>(time);
}

template <class GoOn>
void rest(boost::asio::steady_timer& timer, const alerts::RestUntil& until, GoOn go_on) {
    if (!until.at)
        return;
    timer.expires_at(std::chrono::steady_clock::time_point(until.at->since_origin));
    timer.async_wait([go_on](boost::system::error_code error) {
        if (!error)
            go_on();
    });
}

}  // namespace

void ReceiverWatch::mind(const alerts::SendStatus& status) {
    if (fails_ == !status.problem.empty())
        return;
    fails_ = !status.problem.empty();
    if (fails_)
        log_line(Priority::warning, fmt::format("alerts can't be told to {}: {}", url_, status.problem));
    else
        log_line(Priority::notice, fmt::format("alerts are told to {} again", url_));
}

AlertmanagerTask::AlertmanagerTask(boost::asio::io_context& io, const WebTarget& target,
                                   const platform::tls::Keyring* keyring)
    : session_(options_for_alertmanager(target)), watch_(target.url), timer_(io), sender_(io, target, keyring) {}

void AlertmanagerTask::news_came(const AlertNews& news) {
    standing_ = news.standing;
    session_.take_changes(news.changes);
    go_on();
}

void AlertmanagerTask::go_on() {
    const auto step = session_.next(*standing_, send_moment());
    watch_.mind(session_.status());
    if (const auto* request = std::get_if<alerts::SendRequest>(&step)) {
        send(*request);
        return go_on();  // until its answer is due
    }
    rest(timer_, std::get<alerts::RestUntil>(step), [this] { go_on(); });
}

void AlertmanagerTask::send(const alerts::SendRequest& request) {
    sender_.send(request.request, milliseconds_of(request.deadline),
                 [this, number = request.number](const Result<HttpResponse>& response) {
                     hand_over(session_, number, response);
                     go_on();
                 });
}

WebhookTask::WebhookTask(boost::asio::io_context& io, const WebTarget& target, const platform::tls::Keyring* keyring,
                         StoreThread& store)
    : store_(store),
      session_(options_for_webhook(target)),
      watch_(target.url),
      timer_(io),
      sender_(io, target, keyring) {}

void WebhookTask::fetch() {
    if (fetches_ || !offered_.empty())
        return;
    fetches_ = store_.ask(
        0, [after = last_offered_](Desk& desk) { return desk.notices(after, notices_fetched_max); },
        [this, lives = std::weak_ptr(lives_)](const Result<std::vector<Notice>>& notices) {
            if (lives.expired())
                return;
            fetches_ = false;
            if (notices)  // else it is asked for again
                offer(notices.value());
        });
}

void WebhookTask::offer(const std::vector<Notice>& notices) {
    for (const Notice& notice : notices) {
        if (!session_.offer(notice.event))
            break;
        offered_.push_back(notice.number);
        last_offered_ = notice.number;
    }
    if (!notices.empty())
        go_on();
}

void WebhookTask::go_on() {
    for (;;) {
        const auto step = session_.next(send_moment());
        watch_.mind(session_.status());
        if (const auto* done = std::get_if<alerts::EventDone>(&step)) {
            was_done(*done);
        } else if (const auto* request = std::get_if<alerts::SendRequest>(&step)) {
            send(*request);
        } else {
            return rest(timer_, std::get<alerts::RestUntil>(step), [this] { go_on(); });
        }
    }
}

void WebhookTask::was_done(const alerts::EventDone& done) {
    if (!done.delivered)
        log_line(Priority::warning, fmt::format("the webhook refused event {} for good", done.id));
    // Where that fails the event is sent once more after the next start, under the same id.
    (void)store_.tell([number = offered_.front()](Desk& desk) { (void)desk.forget_notice(number); });
    offered_.pop_front();
    if (offered_.empty())
        fetch();
}

void WebhookTask::send(const alerts::SendRequest& request) {
    sender_.send(request.request, milliseconds_of(request.deadline),
                 [this, number = request.number](const Result<HttpResponse>& response) {
                     hand_over(session_, number, response);
                     go_on();
                 });
}

}  // namespace noodstop::hub
