#include "agent/config/schema.hpp"
#include "agent/core/fact.hpp"
#include "agent/core/resource.hpp"

// A table reads as rows; clang-format would give each cell a line.
// clang-format off

namespace noodstop::config {
namespace {

std::vector<std::string> metric_words() {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < core::metric_count; ++i)
        words.emplace_back(core::metric_definition(static_cast<core::Metric>(i)).name);
    return words;
}

std::vector<std::string> fact_words() {
    std::vector<std::string> words;
    for (int i = 0; i <= static_cast<int>(core::last_fact_kind); ++i)
        words.emplace_back(core::to_text(static_cast<core::FactKind>(i)));
    return words;
}

Section agent_section() {
    return {.name = "agent",
            .form = Form::single,
            .meaning = "The agent itself. All keys have a default; the section may be left out.",
            .keys = {
                {.name = "name", .type = Type::text, .standard = "\"\"",
                 .meaning = "Shown in status and facts. Empty: the machine's host name."},
                {.name = "state_folder", .type = Type::path, .standard = "\"/var/lib/noodstop\"",
                 .meaning = "Holds the journal, the state and the latches."},
                {.name = "socket_path", .type = Type::path, .standard = "\"/run/noodstop/noodstop.sock\"",
                 .meaning = "The unix socket on which the command line tool reaches the agent."},
                {.name = "socket_group", .type = Type::text, .standard = "\"\"",
                 .meaning = "Members of this group may read the status. Empty: root only."},
                {.name = "doors_user", .type = Type::text, .standard = "\"nobody\"",
                 .meaning = "The unprivileged user of the process that talks to the outside."},
                {.name = "time_zone", .type = Type::text, .standard = "\"UTC\"",
                 .meaning = "IANA name, e.g. \"Europe/Amsterdam\": where days and months of limits begin."},
                {.name = "durability_deadline", .type = Type::duration, .standard = "\"20ms\"", .least = "1ms",
                 .most = "5s",
                 .meaning = "How long a stop waits for the disk before it goes on without it."},
                {.name = "checkpoint_interval", .type = Type::duration, .standard = "\"1m\"", .least = "1s",
                 .most = "1h",
                 .meaning = "How often the state is written while nothing happens, and counters with it for those "
                     "who are told."},
                {.name = "journal_retention", .type = Type::duration, .standard = "\"400d\"", .least = "1d",
                 .most = "4000d",
                 .meaning = "How long facts are kept."},
                {.name = "spool_max", .type = Type::integer, .standard = "64", .least = "1", .most = "4096",
                 .meaning = "MiB of counters that are kept for a hub or an exporter that is away. Beyond it they are "
                     "thinned; totals are not."},
                {.name = "calm_interval", .type = Type::duration, .standard = "\"1s\"", .least = "100ms",
                 .most = "1m",
                 .meaning = "How often decisions are made while nothing happens."},
                {.name = "lock_memory", .type = Type::boolean, .standard = "true",
                 .meaning = "Keep the agent's memory out of swap."},
                {.name = "raise_priority", .type = Type::boolean, .standard = "true",
                 .meaning = "Run before the loads that the agent may have to stop."},
            }};
}

const Section& price_table() {
    static const Section section{
        .name = "prices",
        .form = Form::listed,
        .meaning = "One price: how much, of which metric, for which SKUs and regions.",
        .keys = {
            {.name = "metric", .type = Type::choice, .standard = "\"running\"", .words = metric_words(),
             .meaning = "What is billed: `running` per hour of existence, `cpu` per vCPU-hour, `memory` per "
                 "GiB-hour, `gpu` per GPU-hour, `transfer` per GiB sent."},
            {.name = "price", .type = Type::rate,
             .meaning = "In the list's currency, per unit of the metric. Needed unless `free = true`."},
            {.name = "free", .type = Type::boolean, .standard = "false",
             .meaning = "Costs nothing: the only way to say zero."},
            {.name = "sku", .type = Type::text, .standard = "\"*\"",
             .meaning = "The SKU as the provider names it; local ones say their kind (\"cgroup\", \"process\"). "
                 "\"*\": every SKU."},
            {.name = "region", .type = Type::text, .standard = "\"*\"",
             .meaning = "\"*\": every region."},
            {.name = "family", .type = Type::text, .standard = "\"\"",
             .meaning = "Groups SKUs: one without a price is charged at the highest known price of its family."},
        }};
    return section;
}

Section price_list_section() {
    return {.name = "price_lists",
            .meaning = "What usage costs. Prices are text (\"0.05\") or whole numbers, never numbers with a point.",
            .keys = {
                {.name = "currency", .type = Type::currency, .required = true,
                 .meaning = "ISO 4217, e.g. \"EUR\"."},
                {.name = "as_of", .type = Type::moment, .required = true,
                 .meaning = "The date of the list."},
                {.name = "source", .type = Type::text, .standard = "\"\"",
                 .meaning = "Where the figures come from, in words."},
                {.name = "stale_after", .type = Type::duration, .standard = "\"35d\"", .least = "1h",
                 .most = "4000d",
                 .meaning = "From this age on status warns that the list is old."},
                {.name = "unknown_price", .type = Type::rate, .required = true, .least = "0.000001",
                 .meaning = "Per hour running, for what nothing in the list matches. Better too high than too low."},
                {.name = "prices", .type = Type::tables, .standard = "[]", .table = &price_table(),
                 .meaning = "The prices, each as `[[price_lists.NAME.prices]]` or in a list of inline tables."},
            }};
}

Section provider_section() {
    return {.name = "providers",
            .kind_key = "kind",
            .meaning = "What is measured and can be stopped.",
            .keys = {
                {.name = "kind", .type = Type::choice, .required = true, .words = {"cgroup", "process"},
                 .meaning = "`cgroup`: the control groups directly below `root`, each a resource. `process`: the "
                     "processes that match every selector given."},
                {.name = "price_list", .type = Type::name, .required = true, .refers = "price_lists",
                 .meaning = "What its usage costs."},
                {.name = "root", .type = Type::path, .required = true, .only_for = {"cgroup"},
                 .meaning = "Folder of a control group (v2) whose direct children are the resources."},
                {.name = "executable", .type = Type::path, .only_for = {"process"},
                 .meaning = "Selects processes by what they execute."},
                {.name = "user", .type = Type::text, .only_for = {"process"},
                 .meaning = "Selects processes by their user, login name or number (in quotes)."},
                {.name = "pid_file", .type = Type::path, .only_for = {"process"},
                 .meaning = "Selects the process whose number this file holds."},
                {.name = "poll_interval", .type = Type::duration, .standard = "\"1s\"", .least = "100ms",
                 .most = "1h",
                 .meaning = "How often it is looked at."},
                {.name = "look_deadline", .type = Type::duration, .standard = "\"5s\"", .least = "10ms",
                 .most = "1h",
                 .meaning = "A look that takes longer counts as absent."},
                {.name = "blind_after", .type = Type::duration, .standard = "\"5s\"", .least = "100ms",
                 .most = "1d",
                 .meaning = "After this long without a good look the provider is blind."},
                {.name = "blind_rate", .type = Type::rate, .least = "0.000001",
                 .meaning = "Money per hour by which exposure grows at least while blind. Without it: the "
                     "machine's CPUs at their price, or at `unknown_price` where CPUs have none."},
                {.name = "resources_max", .type = Type::integer, .standard = "10000", .least = "1",
                 .most = "100000",
                 .meaning = "More resources than this are a reason to hold and alarm."},
            }};
}

Section notification_section() {
    return {.name = "notifications",
            .meaning = "Who is told, by a command of this machine.",
            .keys = {
                {.name = "command", .type = Type::texts, .required = true,
                 .meaning = "Absolute path and arguments; the fact comes as JSON on its standard input."},
                {.name = "facts", .type = Type::choices, .standard = "[]", .words = fact_words(),
                 .meaning = "Kinds of facts to tell. Empty: all that a person must know at once."},
                {.name = "deadline", .type = Type::duration, .standard = "\"10s\"", .least = "100ms", .most = "5m",
                 .meaning = "The command is ended when it takes longer."},
            }};
}

}  // namespace

std::vector<Section> machine_sections() {
    return {agent_section(), price_list_section(), provider_section(), notification_section()};
}

}  // namespace noodstop::config

// clang-format on
