#include "tools/hub/server/alert_rows.hpp"

#include <array>

namespace noodstop::hub {
namespace {

using alerts::Alert;
using alerts::AlertKind;
using platform::Database;
using platform::Done;
using platform::Result;
using platform::Statement;
using platform::Status;

constexpr std::array alert_kinds{AlertKind::tripped, AlertKind::blind, AlertKind::disarmed, AlertKind::agent_missing};

std::optional<AlertKind> kind_from_text(const std::string& text) {
    for (const AlertKind kind : alert_kinds)
        if (text == alerts::to_text(kind))
            return kind;
    return std::nullopt;
}

// Nothing: a kind of a newer hub.
std::optional<Alert> alert_of_row(const Statement& row) {
    const std::optional<AlertKind> kind = kind_from_text(row.bytes(0));
    if (!kind)
        return std::nullopt;
    Alert alert{{*kind, row.bytes(1), row.bytes(2)}, {row.bytes(3)}, {core::Duration{row.number(4)}}, {}, row.bytes(7)};
    if (row.number(6) != 0)
        alert.ended = core::WallTime{core::Duration{row.number(5)}};
    return alert;
}

}  // namespace

Status write_alert(Database& database, const Alert& alert) {
    Result<Statement> write = database.prepare("INSERT OR REPLACE INTO alert VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    if (!write)
        return write.error();
    const core::WallTime ended = alert.ended ? *alert.ended : alert.began;
    write->bind_text(1, alerts::to_text(alert.key.kind)).bind_text(2, alert.key.agent).bind_text(3, alert.key.subject);
    write->bind_text(4, alert.tenant.text).bind(5, alert.began.since_epoch.count()).bind(6, ended.since_epoch.count());
    return write->bind(7, alert.ended ? 1 : 0).bind_text(8, alert.reason).run();
}

Result<std::vector<Alert>> read_alerts(Database& database) {
    Result<Statement> select =
        database.prepare("SELECT kind, agent, subject, tenant, began, ended, is_over, reason FROM alert");
    if (!select)
        return select.error();
    std::vector<Alert> alerts;
    for (;;) {
        const Result<bool> row = select->step();
        if (!row)
            return row.error();
        if (!row.value())
            return alerts;
        if (auto alert = alert_of_row(*select))
            alerts.push_back(std::move(*alert));
    }
}

Status forget_ended_alerts(Database& database, core::WallTime before) {
    Result<Statement> forget = database.prepare("DELETE FROM alert WHERE is_over = 1 AND ended < ?1");
    if (!forget)
        return forget.error();
    return forget->bind(1, before.since_epoch.count()).run();
}

Status add_notice(Database& database, const alerts::CloudEvent& event) {
    Result<Statement> insert = database.prepare("INSERT INTO notice(id, body) VALUES(?1, ?2)");
    if (!insert)
        return insert.error();
    if (Status inserted = insert->bind_text(1, event.id).bind_text(2, event.body).run(); !inserted)
        return inserted;
    Result<Statement> forget =
        database.prepare("DELETE FROM notice WHERE number <= (SELECT max(number) FROM notice) - ?1");
    if (!forget)
        return forget.error();
    return forget->bind(1, notices_max).run();
}

Result<std::vector<Notice>> read_notices(Database& database, std::int64_t after, std::int64_t most) {
    Result<Statement> select =
        database.prepare("SELECT number, id, body FROM notice WHERE number > ?1 ORDER BY number LIMIT ?2");
    if (!select)
        return select.error();
    select->bind(1, after).bind(2, most);
    std::vector<Notice> notices;
    for (;;) {
        const Result<bool> row = select->step();
        if (!row)
            return row.error();
        if (!row.value())
            return notices;
        notices.push_back({select->number(0), {select->bytes(1), select->bytes(2)}});
    }
}

Status forget_notice(Database& database, std::int64_t number) {
    Result<Statement> forget = database.prepare("DELETE FROM notice WHERE number = ?1");
    if (!forget)
        return forget.error();
    return forget->bind(1, number).run();
}

}  // namespace noodstop::hub
