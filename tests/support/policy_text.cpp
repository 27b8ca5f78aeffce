#include "tests/support/policy_text.hpp"

#include "agent/core/lever.hpp"

#include <chrono>

namespace noodstop::tests {
namespace {

using namespace core;

// Beyond it an amount can't be written, only computed.
constexpr std::int64_t money_written_max = 9'223'372'036'853'999'999;

std::string quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        char code[8];
        std::snprintf(code, sizeof code, "\\u%04X", static_cast<unsigned>(byte));
        const bool escaped = byte < 0x20 || byte == 0x7F || byte == '"' || byte == '\\';
        quoted += escaped ? std::string(code) : std::string(1, letter);
    }
    return quoted + '"';
}

class Writer {
public:
    void table(const std::string& head) { text_ += "[" + head + "]\n"; }
    void item(const std::string& head) { text_ += "[[" + head + "]]\n"; }

    void raw(const char* key, const std::string& value) { text_ += std::string(key) + " = " + value + "\n"; }
    void word(const char* key, std::string_view value) { raw(key, quoted(value)); }
    void flag(const char* key, bool value) { raw(key, value ? "true" : "false"); }
    void number(const char* key, std::uint64_t value) { raw(key, std::to_string(value)); }
    void duration(const char* key, Duration value) { word(key, std::to_string(value.count()) + "us"); }
    void money(const char* key, std::int64_t micros) {
        const std::string decimals = std::to_string(1'000'000 + micros % 1'000'000).substr(1);
        word(key, std::to_string(micros / 1'000'000) + "." + decimals);
    }
    void amount(const char* key, LimitKind kind, std::int64_t amount) {
        if (kind == LimitKind::count)
            raw(key, std::to_string(amount));
        else
            money(key, amount);
    }
    void words(const char* key, const std::vector<std::string>& values) {
        std::string list;
        for (const std::string& value : values)
            list += quoted(value) + ", ";
        raw(key, "[" + list + "]");
    }
    template <class Names>
    void names(const char* key, const Names& names) {
        std::vector<std::string> texts;
        for (const auto& name : names)
            texts.push_back(name.text);
        words(key, texts);
    }
    void moment(const char* key, WallTime value);

    bool fits() const { return fits_; }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
    bool fits_ = true;
};

void Writer::moment(const char* key, WallTime value) {
    namespace chrono = std::chrono;
    const auto day = chrono::floor<chrono::days>(value.since_epoch);
    const chrono::year_month_day date{chrono::sys_days(day)};
    const int year = static_cast<int>(date.year());
    fits_ = fits_ && year >= 0 && year <= 9'999;
    const auto rest = (value.since_epoch - day).count();
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", year, static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(rest / 3'600'000'000),
                  static_cast<int>(rest / 60'000'000 % 60), static_cast<int>(rest / 1'000'000 % 60),
                  static_cast<int>(rest % 1'000'000));
    raw(key, text);
}

std::string head(const char* section, const std::string& name) {
    return std::string(section) + "." + quoted(name);
}

void write_agent(Writer& writer, const AgentPolicy& agent) {
    writer.table("agent");
    writer.word("name", agent.name);
    writer.word("state_folder", agent.state_folder);
    writer.word("socket_path", agent.socket_path);
    writer.word("socket_group", agent.socket_group);
    writer.word("doors_user", agent.doors_user);
    writer.word("time_zone", agent.time_zone);
    writer.duration("durability_deadline", agent.durability_deadline);
    writer.duration("checkpoint_interval", agent.checkpoint_interval);
    writer.duration("journal_retention", agent.journal_retention);
    writer.duration("calm_interval", agent.calm_interval);
    writer.flag("lock_memory", agent.lock_memory);
    writer.flag("raise_priority", agent.raise_priority);
    writer.number("spool_max", agent.channel.spool_bytes_max >> 20);
}

void write(Writer& writer, const PriceList& list) {
    const std::string name = head("price_lists", list.name.text);
    writer.table(name);
    writer.word("currency", list.currency);
    writer.word("source", list.source);
    writer.moment("as_of", list.as_of);
    writer.duration("stale_after", list.stale_after);
    writer.money("unknown_price", list.unknown_price.micros_per_hour);
    for (const Price& price : list.prices) {
        writer.item(name + ".prices");
        writer.word("sku", price.sku);
        writer.word("region", price.region);
        writer.word("family", price.family);
        writer.word("metric", metric_definition(price.metric).name);
        writer.money("price", price.rate.micros_per_hour);
        writer.flag("free", price.free);
    }
}

void write_settings(Writer& writer, const ProviderPolicy& provider) {
    if (const auto* group = std::get_if<CgroupSettings>(&provider.settings)) {
        writer.word("kind", "cgroup");
        return writer.word("root", group->root);
    }
    const auto& process = std::get<ProcessSettings>(provider.settings);
    writer.word("kind", "process");
    if (!process.executable.empty())
        writer.word("executable", process.executable);
    if (!process.user.empty())
        writer.word("user", process.user);
    if (!process.pid_file.empty())
        writer.word("pid_file", process.pid_file);
}

void write(Writer& writer, const ProviderPolicy& provider) {
    writer.table(head("providers", provider.name.text));
    write_settings(writer, provider);
    writer.word("price_list", provider.price_list.text);
    writer.duration("poll_interval", provider.poll_interval);
    writer.duration("look_deadline", provider.look_deadline);
    writer.duration("blind_after", provider.blind_after);
    if (provider.blind_rate.micros_per_hour <= money_written_max)  // else it was computed, and is again
        writer.money("blind_rate", provider.blind_rate.micros_per_hour);
    writer.number("resources_max", provider.resources_max);
}

void write(Writer& writer, const TenantPolicy& tenant) {
    writer.table(head("tenants", tenant.name.text));
    writer.word("currency", tenant.currency);
}

void write(Writer& writer, const ZonePolicy& zone) {
    writer.table(head("zones", zone.name.text));
    writer.word("tenant", zone.tenant.text);
    writer.names("providers", zone.providers);
    writer.word("runbook", zone.runbook.text);
    if (!zone.mandate.empty())
        writer.word("mandate", zone.mandate.text);
    writer.word("mode", to_text(zone.mode));
    if (zone.observe_until)
        writer.moment("observe_until", *zone.observe_until);
    writer.number("calm", zone.calm);
}

void write_window(Writer& writer, const Limit& limit) {
    if (limit.window == WindowKind::rolling)
        writer.duration("window", limit.window_length);
    else
        writer.word("window", limit.window == WindowKind::day ? "day" : "month");
}

void write_kind(Writer& writer, const Limit& limit) {
    switch (limit.kind) {
        case LimitKind::spend:
            write_window(writer, limit);
            return writer.money("shed_to", limit.shed_to.micros_per_hour);
        case LimitKind::rate:
            writer.money("shed_to", limit.shed_to.micros_per_hour);
            break;
        case LimitKind::count:
            writer.word("counted", to_text(limit.counted));
            break;
        case LimitKind::allow:
            writer.words("regions", limit.regions);
            writer.words("skus", limit.skus);
            writer.words("kinds", limit.kinds);
            writer.word("stage", to_text(limit.allow_stage));
            break;
    }
    writer.number("confirm", limit.confirm);
}

void write(Writer& writer, const Limit& limit) {
    writer.table(head("limits", limit.name.text));
    writer.word("kind", to_text(limit.kind));
    if (limit.tenant)
        writer.word("tenant", limit.tenant->text);
    if (limit.zone)
        writer.word("zone", limit.zone->text);
    if (limit.warn)
        writer.amount("warn", limit.kind, *limit.warn);
    if (limit.hold)
        writer.amount("hold", limit.kind, *limit.hold);
    if (limit.stop)
        writer.amount("stop", limit.kind, *limit.stop);
    write_kind(writer, limit);
}

void write_levers(Writer& writer, const std::string& name, const std::vector<LeverRule>& rules) {
    for (const LeverRule& rule : rules) {
        writer.item(name);
        writer.word("lever", to_text(rule.lever));
        writer.duration("deadline", rule.deadline);
    }
}

void write(Writer& writer, const Runbook& runbook) {
    const std::string name = head("actions", runbook.name.text);
    writer.table(name);
    writer.duration("retry_first", runbook.retry_first);
    writer.duration("retry_max", runbook.retry_max);
    writer.duration("overdue_after", runbook.overdue_after);
    write_levers(writer, name + ".stop", runbook.stop);
    write_levers(writer, name + ".hold", runbook.hold);
}

LimitKind kind_of(const Policy& policy, const LimitName& name) {
    for (const Limit& limit : policy.limits)
        if (limit.name == name)
            return limit.kind;
    return LimitKind::spend;
}

void write_lists(Writer& writer, const Policy& policy, const Mandate& mandate, const std::string& name) {
    for (const Grant& grant : mandate.grants) {
        writer.item(name + ".grants");
        writer.word("provider", grant.provider.text);
        std::vector<std::string> levers;
        for (const Lever lever : grant.levers)
            levers.emplace_back(to_text(lever));
        writer.words("levers", levers);
    }
    for (const LimitCeiling& ceiling : mandate.ceilings) {
        writer.item(name + ".ceilings");
        writer.word("limit", ceiling.limit.text);
        writer.amount("amount_max", kind_of(policy, ceiling.limit), ceiling.amount_max.micros);
    }
    for (const PlannedException& exception : mandate.exceptions) {
        writer.item(name + ".exceptions");
        writer.word("limit", exception.limit.text);
        writer.moment("from", exception.from);
        writer.moment("until", exception.until);
        writer.amount("amount", kind_of(policy, exception.limit), exception.amount.micros);
    }
}

void write_resources(Writer& writer, const Mandate& mandate, const std::string& name) {
    for (const ProtectedResource& resource : mandate.protected_resources) {
        writer.item(name + ".protected");
        writer.word("provider", resource.provider.text);
        writer.word("id", resource.id.text);
        if (resource.rate_max)
            writer.money("rate_max", resource.rate_max->micros_per_hour);
    }
    for (const BaselineSelector& selector : mandate.baseline) {
        writer.item(name + ".baseline");
        writer.word("provider", selector.provider.text);
        writer.word(selector.exact ? "id" : "prefix", selector.prefix);
        if (selector.count_max)
            writer.number("count_max", *selector.count_max);
        if (selector.rate_max)
            writer.money("rate_max", selector.rate_max->micros_per_hour);
    }
}

void write(Writer& writer, const Policy& policy, const Mandate& mandate) {
    const std::string name = head("mandates", mandate.id.text);
    writer.table(name);
    writer.word("owner", mandate.owner);
    writer.word("contract", mandate.contract);
    writer.word("tenant", mandate.tenant.text);
    writer.names("scope", mandate.scope);
    writer.number("version", mandate.version);
    writer.moment("valid_from", mandate.valid_from);
    writer.moment("valid_until", mandate.valid_until);
    if (mandate.poll_interval_max)
        writer.duration("poll_interval_max", *mandate.poll_interval_max);
    writer.money("shed_to_min", mandate.shed_to_min.micros_per_hour);
    writer.flag("baseline_may_be_shed", mandate.baseline_may_be_shed);
    writer.flag("bills_may_stop", mandate.bills_may_stop);
    writer.number("baseline_stops_per_hour_max", mandate.baseline_stops_per_hour_max);
    writer.number("loosening_quorum", mandate.loosening_quorum);
    write_lists(writer, policy, mandate, name);
    write_resources(writer, mandate, name);
}

void write(Writer& writer, const Notification& notification) {
    writer.table(head("notifications", notification.name));
    writer.words("command", notification.command);
    writer.words("facts", notification.facts);
    writer.duration("deadline", notification.deadline);
}

void write(Writer& writer, const TlsFiles& files) {
    const auto path = [&](const char* key, const std::string& value) {
        if (!value.empty())
            writer.word(key, value);
    };
    path("certificate", files.certificate);
    path("key", files.key);
    path("authorities", files.authorities);
}

void write(Writer& writer, const RemotePolicy& remote) {
    writer.table("remote");
    writer.word("address", remote.address);
    writer.number("port", remote.port);
    write(writer, remote.tls);
    writer.number("connections_max", remote.connections_max);
}

void write(Writer& writer, const UplinkPolicy& uplink) {
    writer.table("uplink");
    writer.word("host", uplink.host);
    writer.number("port", uplink.port);
    write(writer, uplink.tls);
    writer.duration("missing_after", uplink.missing_after);
}

const char* kind_text(ExporterKind kind) {
    if (kind == ExporterKind::remote_write)
        return "remote_write";
    return kind == ExporterKind::otlp_metrics ? "otlp_metrics" : "otlp_logs";
}

void write(Writer& writer, const ExporterPolicy& exporter) {
    const bool bracketed = exporter.host.find(':') != std::string::npos;
    const std::string host = bracketed ? "[" + exporter.host + "]" : exporter.host;
    writer.table(head("exporters", exporter.name));
    writer.word("kind", kind_text(exporter.kind));
    writer.word("url", (exporter.encrypted ? "https://" : "http://") + host + ":" + std::to_string(exporter.port) +
                           exporter.target);
    write(writer, exporter.tls);
    if (!exporter.token_file.empty())
        writer.word("token_file", exporter.token_file);
    writer.word("scope", exporter.scope);
}

void write(Writer& writer, const MetricsPolicy& metrics) {
    writer.table("metrics");
    writer.word("address", metrics.address);
    writer.number("port", metrics.port);
}

template <class Thing>
void write_all(Writer& writer, const std::vector<Thing>& things) {
    for (const Thing& thing : things)
        write(writer, thing);
}

}  // namespace

std::optional<std::string> policy_text(const Policy& policy) {
    Writer writer;
    write_agent(writer, policy.agent);
    write_all(writer, policy.price_lists);
    write_all(writer, policy.providers);
    write_all(writer, policy.tenants);
    write_all(writer, policy.zones);
    write_all(writer, policy.limits);
    write_all(writer, policy.runbooks);
    for (const Mandate& mandate : policy.mandates)
        write(writer, policy, mandate);
    write_all(writer, policy.notifications);
    if (policy.agent.channel.remote)
        write(writer, *policy.agent.channel.remote);
    if (policy.agent.channel.uplink)
        write(writer, *policy.agent.channel.uplink);
    write_all(writer, policy.agent.channel.exporters);
    if (policy.agent.channel.metrics)
        write(writer, *policy.agent.channel.metrics);
    return writer.fits() ? std::optional(writer.take()) : std::nullopt;
}

}  // namespace noodstop::tests
