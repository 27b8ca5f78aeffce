// How a policy is archived: what was in force is kept with the state, so that a file that changed while the agent
// was down can't loosen a tripped zone (DESIGN.md 5), and so that prices keep their predecessor (4.4).
#pragma once

#include "agent/core/archive_units.hpp"
#include "agent/core/policy.hpp"

namespace noodstop::core {

template <class Archive>
void describe(Archive& archive, Price& price) {
    archive(price.sku, price.region, price.family, price.metric, price.rate, price.free);
}
template <class Archive>
void describe(Archive& archive, PriceList& list) {
    archive(list.name, list.currency, list.source, list.as_of, list.stale_after, list.unknown_price, list.prices);
}
template <class Archive>
void describe(Archive& archive, Grant& grant) {
    archive(grant.provider, grant.levers);
}
template <class Archive>
void describe(Archive& archive, ProtectedResource& resource) {
    archive(resource.provider, resource.id, resource.rate_max);
}
template <class Archive>
void describe(Archive& archive, BaselineSelector& selector) {
    archive(selector.provider, selector.prefix, selector.exact, selector.count_max, selector.rate_max);
}
template <class Archive>
void describe(Archive& archive, PlannedException& exception) {
    archive(exception.limit, exception.from, exception.until, exception.amount);
}
template <class Archive>
void describe(Archive& archive, LimitCeiling& ceiling) {
    archive(ceiling.limit, ceiling.amount_max);
}
template <class Archive>
void describe(Archive& archive, Mandate& mandate) {
    archive(mandate.id, mandate.tenant, mandate.scope, mandate.version, mandate.is_signed, mandate.owner,
            mandate.contract, mandate.valid_from, mandate.valid_until, mandate.poll_interval_max, mandate.ceilings,
            mandate.grants, mandate.shed_to_min, mandate.baseline_may_be_shed, mandate.bills_may_stop,
            mandate.baseline_stops_per_hour_max, mandate.loosening_quorum, mandate.protected_resources,
            mandate.baseline, mandate.exceptions);
}
template <class Archive>
void describe(Archive& archive, TlsFiles& files) {
    archive(files.certificate, files.key, files.authorities);
}
template <class Archive>
void describe(Archive& archive, RemotePolicy& remote) {
    archive(remote.address, remote.port, remote.tls, remote.connections_max);
}
template <class Archive>
void describe(Archive& archive, UplinkPolicy& uplink) {
    archive(uplink.host, uplink.port, uplink.tls, uplink.missing_after);
}
template <class Archive>
void describe(Archive& archive, ExporterPolicy& exporter) {
    archive(exporter.name, exporter.kind, exporter.encrypted, exporter.host, exporter.port, exporter.target,
            exporter.tls, exporter.token_file, exporter.scope);
}
template <class Archive>
void describe(Archive& archive, MetricsPolicy& metrics) {
    archive(metrics.address, metrics.port);
}
template <class Archive>
void describe(Archive& archive, ChannelPolicy& channel) {
    archive(channel.remote, channel.uplink, channel.exporters, channel.metrics, channel.spool_bytes_max);
}
template <class Archive>
void describe(Archive& archive, AgentPolicy& agent) {
    archive(agent.name, agent.state_folder, agent.socket_path, agent.socket_group, agent.doors_user, agent.time_zone,
            agent.durability_deadline, agent.checkpoint_interval, agent.journal_retention, agent.calm_interval,
            agent.lock_memory, agent.raise_priority, agent.channel);
}
template <class Archive>
void describe(Archive& archive, CgroupSettings& settings) {
    archive(settings.root);
}
template <class Archive>
void describe(Archive& archive, ProcessSettings& settings) {
    archive(settings.executable, settings.user, settings.pid_file);
}
template <class Archive>
void describe(Archive& archive, ProviderPolicy& provider) {
    archive(provider.name, provider.settings, provider.price_list, provider.poll_interval, provider.look_deadline,
            provider.blind_after, provider.blind_rate, provider.resources_max);
}
template <class Archive>
void describe(Archive& archive, TenantPolicy& tenant) {
    archive(tenant.name, tenant.currency);
}
template <class Archive>
void describe(Archive& archive, ZonePolicy& zone) {
    archive(zone.name, zone.tenant, zone.providers, zone.runbook, zone.mandate, zone.mode, zone.observe_until,
            zone.calm);
}
template <class Archive>
void describe(Archive& archive, Limit& limit) {
    archive(limit.name, limit.kind, limit.tenant, limit.zone, limit.warn, limit.hold, limit.stop, limit.window,
            limit.window_length, limit.counted, limit.regions, limit.skus, limit.kinds, limit.allow_stage,
            limit.confirm, limit.shed_to);
}
template <class Archive>
void describe(Archive& archive, LeverRule& rule) {
    archive(rule.lever, rule.deadline);
}
template <class Archive>
void describe(Archive& archive, Runbook& runbook) {
    archive(runbook.name, runbook.stop, runbook.hold, runbook.retry_first, runbook.retry_max, runbook.overdue_after);
}
template <class Archive>
void describe(Archive& archive, Notification& notification) {
    archive(notification.name, notification.command, notification.facts, notification.deadline);
}
template <class Archive>
void describe(Archive& archive, Policy& policy) {
    archive(policy.agent, policy.price_lists, policy.providers, policy.tenants, policy.zones, policy.limits,
            policy.runbooks, policy.mandates, policy.notifications);
}

}  // namespace noodstop::core
