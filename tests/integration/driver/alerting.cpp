#include "tests/integration/driver/alerting.hpp"

namespace noodstop::driver {
namespace {

alerts::SendOptions send_options(const std::string& target) {
    alerts::SendOptions options;
    options.target = target;
    return options;
}

alerts::AlertmanagerSession::Options alertmanager_options(const std::string& target) {
    alerts::AlertmanagerSession::Options options;
    options.send = send_options(target);
    return options;
}

core::Fact fact_of(const json::object& command, core::WallTime wall) {
    core::Fact fact;
    fact.kind = core::fact_kind_from_name(std::string(command.at("kind").as_string())).value();
    fact.wall = wall;
    fact.tenant = {"acme"};
    fact.zone = {std::string(command.at("zone").as_string())};
    fact.fields = {{"reason", "limit daily reached"}};
    return fact;
}

json::object rest_json(const alerts::RestUntil& rest, const alerts::SendStatus& status) {
    json::object object{
        {"step", "rest"}, {"accepted", status.accepted}, {"refused", status.refused}, {"problem", status.problem}};
    if (rest.at)
        object["until"] = rest.at->since_origin.count();
    return object;
}

}  // namespace

Alerting::Alerting(const std::string& receiver, const std::string& target)
    : is_webhook_(receiver == "webhook"), alertmanager_(alertmanager_options(target)), webhook_(send_options(target)) {}

json::object Alerting::answer(const json::object& command) {
    const core::Duration wall(command.at("wall").to_number<std::int64_t>());
    const alerts::SendMoment moment{{wall}, {wall}, {0}};
    take(command, moment);
    for (const alerts::Alert& change : book_.take_changes()) {
        alertmanager_.take_changes({change});
        webhook_.offer(alerts::encode_cloud_event(change, {}));
    }
    return is_webhook_ ? next_of_webhook(moment) : next_of_alertmanager(moment);
}

void Alerting::take(const json::object& command, const alerts::SendMoment& moment) {
    const std::string what(command.at("do").as_string());
    if (what == "fact")
        book_.take_fact("box", fact_of(command, moment.wall));
    if (what == "missing")
        book_.agent_missing("box", moment.wall, moment.wall);
    if (what == "returned")
        book_.agent_returned("box", moment.wall);
    if (what != "response" && what != "failure")
        return;
    const auto number = command.at("number").to_number<std::uint64_t>();
    if (what == "failure" && is_webhook_)
        webhook_.take_failure(number, "the test says so", moment);
    else if (what == "failure")
        alertmanager_.take_failure(number, "the test says so", moment);
    else if (is_webhook_)
        webhook_.take_response(number, response_of(command), moment);
    else
        alertmanager_.take_response(number, response_of(command), moment);
}

json::object Alerting::next_of_alertmanager(const alerts::SendMoment& moment) {
    const auto step = alertmanager_.next(book_.standing(), moment);
    if (const auto* send = std::get_if<alerts::SendRequest>(&step))
        return request_json(send->number, send->request);
    return rest_json(std::get<alerts::RestUntil>(step), alertmanager_.status());
}

json::object Alerting::next_of_webhook(const alerts::SendMoment& moment) {
    const auto step = webhook_.next(moment);
    if (const auto* send = std::get_if<alerts::SendRequest>(&step))
        return request_json(send->number, send->request);
    if (const auto* done = std::get_if<alerts::EventDone>(&step))
        return {{"step", "done"}, {"id", done->id}, {"delivered", done->delivered}};
    return rest_json(std::get<alerts::RestUntil>(step), webhook_.status());
}

}  // namespace noodstop::driver
