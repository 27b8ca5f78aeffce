#include "agent/config/schema.hpp"

// A table reads as rows; clang-format would give each cell a line.
// clang-format off

namespace noodstop::config {
namespace {

Section tenant_section() {
    return {.name = "tenants",
            .meaning = "One customer's environment.",
            .keys = {
                {.name = "currency", .type = Type::currency, .required = true,
                 .meaning = "ISO 4217. All price lists behind a tenant's zones have the same."},
            }};
}

Section zone_section() {
    return {
        .name = "zones",
        .kind_key = "mode",
        .meaning = "The part of a tenant that one breaker covers.",
        .keys = {
            {.name = "tenant", .type = Type::name, .required = true, .refers = "tenants",
             .meaning = "Whose it is."},
            {.name = "providers", .type = Type::names, .required = true, .refers = "providers",
             .meaning = "What belongs to it. A provider of this machine belongs to one zone only."},
            {.name = "mode", .type = Type::choice, .standard = "\"observing\"",
             .words = {"disarmed", "observing", "armed"},
             .meaning = "How it starts: `armed` stops; `observing` only records what it would have done; "
                 "`disarmed` meters and warns, loudly."},
            {.name = "observe_until", .type = Type::moment, .required = true, .only_for = {"observing"},
             .meaning = "From then on it is armed by itself."},
            {.name = "runbook", .type = Type::name, .standard = "\"default\"", .refers = "actions",
             .meaning = "How it is stopped."},
            {.name = "mandate", .type = Type::name, .refers = "mandates",
             .meaning = "What authorizes stops. Without it: the mandate whose scope names this zone."},
            {.name = "calm", .type = Type::integer, .standard = "10", .least = "1", .most = "100000",
             .meaning = "Good looks without cause until `warned` and `held` fall."},
        }};
}

const std::vector<std::string> measured{"spend", "rate", "count"};

Section limit_section() {
    return {.name = "limits",
            .kind_key = "kind",
            .meaning = "When a zone's breaker, or those of all of a tenant's zones, warn, hold and trip.",
            .keys = {
                {.name = "kind", .type = Type::choice, .required = true,
                 .words = {"spend", "rate", "count", "allow"},
                 .meaning = "`spend`: money per window. `rate`: money per hour. `count`: how many there are. "
                     "`allow`: which there may be."},
                {.name = "zone", .type = Type::name, .refers = "zones",
                 .meaning = "What it covers; this or `tenant`."},
                {.name = "tenant", .type = Type::name, .refers = "tenants",
                 .meaning = "Covers all zones of a tenant together; this or `zone`."},
                {.name = "warn", .type = Type::threshold, .least = "0.000001", .only_for = measured,
                 .meaning = "From here on people are told. Money in the tenant's currency, or a number for "
                     "`count`."},
                {.name = "hold", .type = Type::threshold, .least = "0.000001", .only_for = measured,
                 .meaning = "From here on what newly appears is stopped, what ran goes on."},
                {.name = "stop", .type = Type::threshold, .least = "0.000001", .only_for = measured,
                 .meaning = "The hard limit: the breaker trips."},
                {.name = "window", .type = Type::window, .standard = "\"day\"", .least = "1s", .most = "400d",
                 .only_for = {"spend"},
                 .meaning = "`\"day\"` or `\"month\"` of the calendar, or a duration such as `\"24h\"` that rolls."},
                {.name = "shed_to", .type = Type::rate, .standard = "\"0\"", .only_for = {"spend", "rate"},
                 .meaning = "Money per hour down to which a trip stops resources. Without it: the mandate's "
                     "`shed_to_min`."},
                {.name = "counted", .type = Type::choice, .standard = "\"resources\"",
                 .words = {"resources", "vcpus", "gpus"}, .only_for = {"count"},
                 .meaning = "What is counted."},
                {.name = "confirm", .type = Type::integer, .standard = "1", .least = "1", .most = "1000",
                 .only_for = {"rate", "count", "allow"},
                 .meaning = "So many good looks in a row must show it. Not for `spend`: money spent stays spent."},
                {.name = "regions", .type = Type::texts, .standard = "[]", .only_for = {"allow"},
                 .meaning = "The regions allowed. Empty: any."},
                {.name = "skus", .type = Type::texts, .standard = "[]", .only_for = {"allow"},
                 .meaning = "The SKUs allowed. Empty: any."},
                {.name = "kinds", .type = Type::texts, .standard = "[]", .only_for = {"allow"},
                 .meaning = "The kinds of resource allowed, e.g. \"vm\". Empty: any."},
                {.name = "stage", .type = Type::choice, .standard = "\"stop\"", .words = {"warn", "hold", "stop"},
                 .only_for = {"allow"},
                 .meaning = "What a resource that is not allowed causes."},
            }};
}

const Section& lever_rule_table() {
    static const Section section{
        .name = "levers",
        .form = Form::listed,
        .meaning = "One way to stop a resource, and how long to wait for it.",
        .keys = {
            {.name = "lever", .type = Type::choice, .required = true,
             .words = {"power_off", "shut_down", "suspend"},
             .meaning = "`power_off` at once, `shut_down` in order, `suspend` with its state kept."},
            {.name = "deadline", .type = Type::duration, .standard = "\"5s\"", .least = "10ms", .most = "1h",
             .meaning = "If the resource isn't observed stopped by then, the next lever is taken."},
        }};
    return section;
}

Section action_section() {
    return {.name = "actions",
            .meaning = "Runbooks: how a zone is stopped. The one named `default` exists without being written.",
            .keys = {
                {.name = "stop", .type = Type::tables,
                 .standard = "[{ lever = \"shut_down\", deadline = \"5s\" }, "
                             "{ lever = \"power_off\", deadline = \"2s\" }]",
                 .table = &lever_rule_table(),
                 .meaning = "`shut_down` and `power_off`, in order; the last is repeated until the stop is "
                     "observed."},
                {.name = "hold", .type = Type::tables, .standard = "[{ lever = \"suspend\", deadline = \"2s\" }]",
                 .table = &lever_rule_table(),
                 .meaning = "For what appears while the zone is held."},
                {.name = "retry_first", .type = Type::duration, .standard = "\"500ms\"", .least = "10ms",
                 .most = "1h",
                 .meaning = "Pause before the first repetition; each further one is twice as long."},
                {.name = "retry_max", .type = Type::duration, .standard = "\"30s\"", .least = "10ms", .most = "1h",
                 .meaning = "The longest pause."},
                {.name = "overdue_after", .type = Type::duration, .standard = "\"1m\"", .least = "1s", .most = "1d",
                 .meaning = "A trip that takes longer is `overdue`: people are told."},
            }};
}

}  // namespace

std::vector<Section> rule_sections() {
    return {tenant_section(), zone_section(), limit_section(), action_section()};
}

}  // namespace noodstop::config

// clang-format on
