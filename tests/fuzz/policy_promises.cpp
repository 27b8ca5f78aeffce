#include "tests/fuzz/policy_promises.hpp"

#include "tests/fuzz/support.hpp"

#include <algorithm>
#include <set>

namespace noodstop::fuzz {
namespace {

using namespace core;

const std::string& name_of(const Mandate& mandate) {
    return mandate.id.text;
}
const std::string& name_of(const Notification& notification) {
    return notification.name;
}
template <class Thing>
const std::string& name_of(const Thing& thing) {
    return thing.name.text;
}

template <class Thing>
void claim_names(const std::vector<Thing>& things) {
    std::set<std::string> seen;
    for (const Thing& thing : things) {
        claim(!name_of(thing).empty(), "everything has a name");
        claim(seen.insert(name_of(thing)).second, "names are unique within their kind");
    }
}

template <class Thing>
const Thing& resolve(const std::vector<Thing>& things, const std::string& name) {
    const auto found =
        std::find_if(things.begin(), things.end(), [&](const Thing& thing) { return name_of(thing) == name; });
    claim(found != things.end(), "every reference resolves");
    return *found;
}

bool is_path(const std::string& path) {
    return path.starts_with('/') && path.find('\0') == std::string::npos;
}

void claim_prices(const PriceList& list) {
    claim(list.currency.size() == 3, "a price list has a currency");
    claim(list.unknown_price.micros_per_hour > 0, "what is not known is never free");
    for (const Price& price : list.prices)
        claim((price.rate.micros_per_hour == 0) == price.free && price.rate.micros_per_hour >= 0,
              "free is the only zero");
}

void claim_provider(const Policy& policy, const ProviderPolicy& provider) {
    (void)resolve(policy.price_lists, provider.price_list.text);
    claim(provider.blind_rate.micros_per_hour > 0, "blindness always costs something");
    claim(provider.poll_interval.count() > 0 && provider.look_deadline.count() > 0, "looks take place");
    claim(provider.blind_after.count() > 0 && provider.resources_max > 0, "blindness and resources have bounds");
    if (const auto* group = std::get_if<CgroupSettings>(&provider.settings))
        claim(is_path(group->root), "a control group has a path");
    if (const auto* process = std::get_if<ProcessSettings>(&provider.settings))
        claim(!process->executable.empty() || !process->user.empty() || !process->pid_file.empty(),
              "at least one selector is set");
}

void claim_mandate_of_zone(const Policy& policy, const ZonePolicy& zone) {
    if (zone.mandate.empty()) {
        claim(zone.mode != ZoneMode::armed, "an armed zone has a mandate");
        return;
    }
    const Mandate& mandate = resolve(policy.mandates, zone.mandate.text);
    const auto& scope = mandate.scope;
    claim(std::find(scope.begin(), scope.end(), zone.name) != scope.end(), "a zone is in its mandate's scope");
    claim(mandate.tenant == zone.tenant, "a mandate is of the zone's tenant");
    for (const ProviderName& provider : zone.providers)
        claim(!mandate.poll_interval_max ||
                  resolve(policy.providers, provider.text).poll_interval <= *mandate.poll_interval_max,
              "no poll interval is longer than the mandate permits");
}

void claim_zone(const Policy& policy, const ZonePolicy& zone, std::set<ProviderName>& taken) {
    const TenantPolicy& tenant = resolve(policy.tenants, zone.tenant.text);
    claim(!zone.providers.empty() && zone.calm > 0, "a zone covers something");
    for (const ProviderName& name : zone.providers) {
        const ProviderPolicy& provider = resolve(policy.providers, name.text);
        claim(taken.insert(name).second, "a provider of this machine is in one zone");
        claim(resolve(policy.price_lists, provider.price_list.text).currency == tenant.currency,
              "a tenant has one currency");
    }
    (void)resolve(policy.runbooks, zone.runbook.text);
    claim(zone.mode != ZoneMode::observing || zone.observe_until, "observing ends on a date");
    claim_mandate_of_zone(policy, zone);
}

bool covers(const Limit& limit, const ZonePolicy& zone) {
    return limit.zone ? *limit.zone == zone.name : *limit.tenant == zone.tenant;
}

void claim_stages(const Limit& limit) {
    std::int64_t before = 1;
    for (const auto& stage : {limit.warn, limit.hold, limit.stop}) {
        claim(!stage || *stage >= before, "stages are above nothing and in order");
        before = stage.value_or(before);
    }
    const bool has_stage = limit.warn || limit.hold || limit.stop;
    claim(has_stage == (limit.kind != LimitKind::allow), "a limit that measures has a stage");
}

void claim_kind(const Limit& limit) {
    switch (limit.kind) {
        case LimitKind::spend:
            claim(limit.window != WindowKind::rolling || limit.window_length.count() > 0, "a window has a length");
            break;
        case LimitKind::rate:
            claim(!limit.stop || limit.shed_to.micros_per_hour < *limit.stop, "a trip sheds below its own limit");
            break;
        case LimitKind::count:
            break;
        case LimitKind::allow:
            claim(!limit.regions.empty() || !limit.skus.empty() || !limit.kinds.empty(), "not all is allowed");
            break;
    }
}

void claim_limit(const Policy& policy, const Limit& limit) {
    claim(limit.tenant.has_value() != limit.zone.has_value(), "a limit covers a zone or a tenant");
    if (limit.tenant)
        (void)resolve(policy.tenants, limit.tenant->text);
    if (limit.zone)
        (void)resolve(policy.zones, limit.zone->text);
    claim(limit.confirm >= 1 && (limit.kind != LimitKind::spend || limit.confirm == 1), "spend is never confirmed");
    claim(limit.shed_to.micros_per_hour >= 0, "nothing is shed below nothing");
    claim_stages(limit);
    claim_kind(limit);
    const bool sheds = limit.kind == LimitKind::spend || limit.kind == LimitKind::rate;
    for (const ZonePolicy& zone : policy.zones) {
        if (zone.mandate.empty() || !covers(limit, zone) || !sheds)
            continue;
        claim(limit.shed_to >= resolve(policy.mandates, zone.mandate.text).shed_to_min,
              "nothing is shed below what the mandate leaves");
    }
}

void claim_runbook(const Runbook& runbook) {
    claim(!runbook.stop.empty() && !runbook.hold.empty(), "a runbook does something");
    for (const LeverRule& rule : runbook.stop)
        claim(rule.lever == Lever::power_off || rule.lever == Lever::shut_down, "a stop stops");
    for (const LeverRule& rule : runbook.hold)
        claim(rule.lever != Lever::resume && rule.lever != Lever::start, "a hold starts nothing");
    claim(runbook.retry_first.count() > 0 && runbook.retry_first <= runbook.retry_max, "retries have pauses");
    claim(runbook.overdue_after.count() > 0, "a trip can be overdue");
}

void claim_mandate(const Policy& policy, const Mandate& mandate) {
    claim(!mandate.owner.empty() && !mandate.scope.empty() && !mandate.grants.empty(), "a mandate says who and what");
    claim(mandate.valid_from < mandate.valid_until, "a mandate is valid for a time");
    claim(mandate.loosening_quorum == 1 && !mandate.is_signed, "a file without signatures stands for root alone");
    for (const ZoneName& zone : mandate.scope)
        claim(resolve(policy.zones, zone.text).tenant == mandate.tenant, "the scope is of one tenant");
    for (const Grant& grant : mandate.grants) {
        (void)resolve(policy.providers, grant.provider.text);
        claim(!grant.levers.empty(), "a grant grants something");
    }
    for (const LimitCeiling& ceiling : mandate.ceilings) {
        const Limit& limit = resolve(policy.limits, ceiling.limit.text);
        claim(ceiling.amount_max.micros > 0 && (!limit.stop || *limit.stop <= ceiling.amount_max.micros),
              "no limit is above its ceiling");
    }
    for (const PlannedException& exception : mandate.exceptions) {
        (void)resolve(policy.limits, exception.limit.text);
        claim(exception.from < exception.until && exception.amount.micros > 0, "an exception has a time and an amount");
    }
    for (const ProtectedResource& resource : mandate.protected_resources)
        claim(!resource.id.empty() && !resolve(policy.providers, resource.provider.text).name.empty(),
              "what is protected has an id");
    for (const BaselineSelector& selector : mandate.baseline)
        claim(!selector.prefix.empty() && !resolve(policy.providers, selector.provider.text).name.empty(),
              "a baseline selects something");
}

void claim_all_names(const Policy& policy) {
    claim_names(policy.price_lists);
    claim_names(policy.providers);
    claim_names(policy.tenants);
    claim_names(policy.zones);
    claim_names(policy.limits);
    claim_names(policy.runbooks);
    claim_names(policy.mandates);
    claim_names(policy.notifications);
}

bool are_whole(const TlsFiles& files) {
    return is_path(files.certificate) && is_path(files.key) && is_path(files.authorities);
}

void claim_exporter(const ExporterPolicy& exporter) {
    claim(!exporter.host.empty() && exporter.port > 0 && exporter.target.starts_with('/'),
          "an exporter has a receiver");
    claim(is_path(exporter.tls.authorities) == exporter.encrypted, "what is encrypted is verified");
    claim(exporter.encrypted || exporter.host == "localhost" || exporter.host.starts_with("127.") ||
              exporter.host.find_first_not_of("0:1.") == std::string::npos,
          "what is not encrypted stays on this machine");
    claim(exporter.tls.certificate.empty() == exporter.tls.key.empty(), "a certificate has a key");
    const std::string header = exporter.scope + exporter.target;
    claim(std::all_of(header.begin(), header.end(), [](char letter) { return letter > ' ' && letter < 0x7f; }),
          "what is sent in a header is fit for one");
}

void claim_channel(const ChannelPolicy& channel) {
    claim(channel.spool_bytes_max > 0, "the spool has room");
    claim(channel.exporters.size() <= 8, "exporters are few");
    for (const ExporterPolicy& exporter : channel.exporters)
        claim_exporter(exporter);
    if (channel.remote)
        claim(are_whole(channel.remote->tls) && channel.remote->port > 0, "nobody is let in without a certificate");
    if (channel.uplink)
        claim(are_whole(channel.uplink->tls) && !channel.uplink->host.empty(), "the hub is one with a certificate");
    if (channel.metrics)
        claim(channel.metrics->address.starts_with("127.") || channel.metrics->address.find(':') != std::string::npos,
              "the page is for this machine");
    if (channel.remote && channel.metrics)
        claim(channel.remote->port != channel.metrics->port, "a port is listened on once");
}

}  // namespace

void claim_promises(const Policy& policy) {
    claim_all_names(policy);
    claim(is_path(policy.agent.state_folder) && is_path(policy.agent.socket_path), "the agent's paths are absolute");
    claim(!policy.agent.name.empty() && policy.agent.durability_deadline.count() > 0, "the agent has a name");
    for (const PriceList& list : policy.price_lists)
        claim_prices(list);
    for (const ProviderPolicy& provider : policy.providers)
        claim_provider(policy, provider);
    std::set<ProviderName> taken;
    for (const ZonePolicy& zone : policy.zones)
        claim_zone(policy, zone, taken);
    for (const Limit& limit : policy.limits)
        claim_limit(policy, limit);
    for (const Runbook& runbook : policy.runbooks)
        claim_runbook(runbook);
    for (const Mandate& mandate : policy.mandates)
        claim_mandate(policy, mandate);
    for (const Notification& notification : policy.notifications)
        claim(!notification.command.empty() && is_path(notification.command[0]), "a notification runs a program");
    claim_channel(policy.agent.channel);
}

}  // namespace noodstop::fuzz
