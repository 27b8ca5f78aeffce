// What the loop has done on its side thread: configuration read again, calendars made.
#include "agent/run/log.hpp"
#include "agent/run/loop.hpp"
#include "agent/run/spool_options.hpp"
#include "platform/clock/calendar.hpp"

#include <utility>

namespace noodstop::run {
namespace {

core::Calendar to_calendar(const platform::CalendarEdges& edges) {
    core::Calendar calendar;
    for (const auto day : edges.days)
        calendar.days.push_back({day});
    for (const auto month : edges.months)
        calendar.months.push_back({month});
    return calendar;
}

}  // namespace

void Loop::reload() {
    side_.post([load = load_configuration_, mailbox = mailbox_, this](Nothing&) {
        auto loaded = std::make_shared<config::Loaded>(load());
        mailbox->post([this, loaded] { take_configuration(*loaded); });
    });
}

// On the side thread: the time zone database is read from disk.
void Loop::make_calendar() {
    if (std::exchange(calendar_wanted_, true))
        return;
    const core::WallTime around =
        cycle_.engine().wants_calendar() ? cycle_.engine().window_time() : core::WallTime{reading().wall};
    side_.post([zone = cycle_.engine().policy().agent.time_zone, around, mailbox = mailbox_, this](Nothing&) {
        const auto edges = platform::calendar_edges(zone, around.since_epoch);
        mailbox->post([this, edges] {
            calendar_wanted_ = false;
            if (edges)
                collect(to_calendar(*edges));
            else
                fault("calendar", edges.error().message);
        });
    });
}

// Who is told has changed, or how much is kept for them.
void Loop::follow_channel() {
    const core::ChannelPolicy& channel = cycle_.engine().policy().agent.channel;
    const bool same =
        consumers_of(channel) == consumers_of(channel_) && channel.spool_bytes_max == channel_.spool_bytes_max;
    channel_ = channel;
    if (!same)
        journal_.follow(spool_options(channel_));
}

void Loop::take_configuration(const config::Loaded& loaded) {
    for (const config::Mistake& remark : loaded.remarks)
        log_warning("remark: " + config::to_text(remark));
    if (!loaded.ok())
        return refuse_configuration(loaded);
    const core::AgentPolicy& old = cycle_.engine().policy().agent;
    if (loaded.policy.agent.state_folder != old.state_folder)
        log_warning("another state_folder takes effect only when noodstopd is started again");
    collect(core::PolicyChange{loaded.policy});
    if (hooks_.configuration_accepted)
        hooks_.configuration_accepted(loaded.policy);
}

void Loop::refuse_configuration(const config::Loaded& loaded) {
    std::vector<core::FactField> fields{{"mistakes", std::to_string(loaded.mistakes.size())}};
    for (const config::Mistake& mistake : loaded.mistakes) {
        log_warning(config::to_text(mistake));
        if (fields.size() <= mistakes_told_max)
            fields.push_back({"mistake", config::to_text(mistake)});
    }
    notice(core::FactKind::policy_refused, std::move(fields));
}

}  // namespace noodstop::run
