// Drives the hub's alerts: facts come in as commands, requests to Alertmanager or to a webhook go out.
#pragma once

#include "tests/integration/driver/conversation.hpp"
#include "tools/hub/alerts/alertmanager_session.hpp"
#include "tools/hub/alerts/webhook_session.hpp"

namespace noodstop::driver {

// Further commands: "fact" (kind, zone, wall), "missing" and "returned" (wall).
class Alerting : public Conversation {
public:
    Alerting(const std::string& receiver, const std::string& target);
    json::object answer(const json::object& command) override;

private:
    void take(const json::object& command, const alerts::SendMoment& moment);
    json::object next_of_alertmanager(const alerts::SendMoment& moment);
    json::object next_of_webhook(const alerts::SendMoment& moment);

    bool is_webhook_;
    alerts::AlertBook book_;
    alerts::AlertmanagerSession alertmanager_;
    alerts::WebhookSession webhook_;
};

}  // namespace noodstop::driver
