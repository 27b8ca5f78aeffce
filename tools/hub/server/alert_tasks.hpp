// Carries out what the alert sessions want done: posts, waits, and tells them what came of it.
#pragma once

#include "tools/hub/alerts/alertmanager_session.hpp"
#include "tools/hub/alerts/webhook_session.hpp"
#include "tools/hub/server/store_thread.hpp"
#include "tools/hub/server/web_sender.hpp"

#include <boost/asio/steady_timer.hpp>

#include <deque>

namespace noodstop::hub {

// Tells the log when a receiver begins to fail, and when it takes what it gets again.
class ReceiverWatch {
public:
    explicit ReceiverWatch(std::string url) : url_(std::move(url)) {}
    void mind(const alerts::SendStatus& status);

private:
    std::string url_;
    bool fails_ = false;
};

class AlertmanagerTask {
public:
    AlertmanagerTask(boost::asio::io_context& io, const WebTarget& target, const platform::tls::Keyring* keyring);

    void news_came(const AlertNews& news);

private:
    void go_on();
    void send(const alerts::SendRequest& request);

    alerts::AlertmanagerSession session_;
    std::shared_ptr<const alerts::AlertMap> standing_ = std::make_shared<const alerts::AlertMap>();
    ReceiverWatch watch_;
    boost::asio::steady_timer timer_;
    WebSender sender_;
};

// Events stay in the store until the webhook has taken them; a part of them at a time is here.
class WebhookTask {
public:
    WebhookTask(boost::asio::io_context& io, const WebTarget& target, const platform::tls::Keyring* keyring,
                StoreThread& store);

    void fetch();  // what the store has; to be called at the start, with news, and now and then

private:
    void go_on();
    void offer(const std::vector<Notice>& notices);
    void was_done(const alerts::EventDone& done);
    void send(const alerts::SendRequest& request);

    StoreThread& store_;
    alerts::WebhookSession session_;
    std::deque<std::int64_t> offered_;  // numbers of what waits in the session, in its order
    std::int64_t last_offered_ = 0;
    bool fetches_ = false;
    std::shared_ptr<bool> lives_ = std::make_shared<bool>(true);  // for answers that come after the end of this
    ReceiverWatch watch_;
    boost::asio::steady_timer timer_;
    WebSender sender_;
};

}  // namespace noodstop::hub
