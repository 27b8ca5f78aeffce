#include "agent/config/schema.hpp"
#include "agent/core/lever.hpp"

// A table reads as rows; clang-format would give each cell a line.
// clang-format off

namespace noodstop::config {
namespace {

std::vector<std::string> lever_words() {
    std::vector<std::string> words;
    for (int i = 0; i <= static_cast<int>(core::Lever::start); ++i)
        words.emplace_back(core::to_text(static_cast<core::Lever>(i)));
    return words;
}

const Section& grant_table() {
    static const Section section{.name = "grants",
                                 .form = Form::listed,
                                 .meaning = "What may be done to the resources of one provider.",
                                 .keys = {
                                     {.name = "provider", .type = Type::name, .required = true,
                                      .refers = "providers",
                                      .meaning = "Of one of the zones in the scope."},
                                     {.name = "levers", .type = Type::choices, .required = true,
                                      .words = lever_words(),
                                      .meaning = "Whatever isn't listed is refused; `suspend` includes `resume`."},
                                 }};
    return section;
}

const Section& ceiling_table() {
    static const Section section{
        .name = "ceilings",
        .form = Form::listed,
        .meaning = "The highest amount that a limit may be set or raised to.",
        .keys = {
            {.name = "limit", .type = Type::name, .required = true, .refers = "limits",
             .meaning = "Which."},
            {.name = "amount_max", .type = Type::threshold, .required = true, .least = "0.000001",
             .meaning = "In the unit of the limit's thresholds."},
        }};
    return section;
}

const Section& protected_table() {
    static const Section section{
        .name = "protected",
        .form = Form::listed,
        .meaning = "A resource that is never stopped.",
        .keys = {
            {.name = "provider", .type = Type::name, .required = true, .refers = "providers",
             .meaning = "Whose."},
            {.name = "id", .type = Type::text, .required = true,
             .meaning = "The resource's exact id."},
            {.name = "rate_max", .type = Type::rate, .least = "0.000001",
             .meaning = "Money per hour above which the protection ends. Without it: never."},
        }};
    return section;
}

const Section& baseline_table() {
    static const Section section{
        .name = "baseline",
        .form = Form::listed,
        .meaning = "Resources that are known and agreed. Give `id` or `prefix`.",
        .keys = {
            {.name = "provider", .type = Type::name, .required = true, .refers = "providers",
             .meaning = "Whose."},
            {.name = "id", .type = Type::text,
             .meaning = "The resource's exact id."},
            {.name = "prefix", .type = Type::text,
             .meaning = "How the ids of a scale-out pool begin."},
            {.name = "count_max", .type = Type::integer, .least = "0", .most = "100000",
             .meaning = "More than this (the newest) are unknown. Without it: any number."},
            {.name = "rate_max", .type = Type::rate, .least = "0.000001",
             .meaning = "Together dearer than this per hour (the dearest) are unknown. Without it: any rate."},
        }};
    return section;
}

const Section& exception_table() {
    static const Section section{
        .name = "exceptions",
        .form = Form::listed,
        .meaning = "Agreed beforehand: between two moments a limit may be this high.",
        .keys = {
            {.name = "limit", .type = Type::name, .required = true, .refers = "limits",
             .meaning = "Which."},
            {.name = "from", .type = Type::moment, .required = true,
             .meaning = "First moment."},
            {.name = "until", .type = Type::moment, .required = true,
             .meaning = "First moment after it."},
            {.name = "amount", .type = Type::threshold, .required = true, .least = "0.000001",
             .meaning = "In the unit of the limit's thresholds."},
        }};
    return section;
}

std::vector<Key> mandate_head() {
    return {
        {.name = "file", .type = Type::text,
         .meaning = "Path of a file, relative to this one, that holds all other keys of this mandate."},
        {.name = "owner", .type = Type::text, .required = true,
         .meaning = "Who owns the systems and authorized this, in words."},
        {.name = "contract", .type = Type::text, .standard = "\"\"",
         .meaning = "Reference of the contract, and its digest if there is one."},
        {.name = "tenant", .type = Type::name, .refers = "tenants",
         .meaning = "Whose mandate. Without it: the tenant of the zones in the scope."},
        {.name = "scope", .type = Type::names, .required = true, .refers = "zones",
         .meaning = "The zones covered."},
        {.name = "version", .type = Type::integer, .standard = "1", .least = "1", .most = "1000000000",
         .meaning = "Higher with every change; never goes back."},
        {.name = "valid_from", .type = Type::moment, .required = true,
         .meaning = "First moment of its validity."},
        {.name = "valid_until", .type = Type::moment, .required = true,
         .meaning = "First moment after it."},
        {.name = "grants", .type = Type::tables, .required = true, .table = &grant_table(),
         .meaning = "What may be done, for each provider."},
    };
}

std::vector<Key> mandate_ceilings() {
    return {
        {.name = "ceilings", .type = Type::tables, .standard = "[]", .table = &ceiling_table(),
         .meaning = "How high limits may be set or raised."},
        {.name = "poll_interval_max", .type = Type::duration, .least = "100ms", .most = "1h",
         .meaning = "The longest poll interval that providers in the scope may have. Without it: any."},
        {.name = "shed_to_min", .type = Type::rate, .standard = "\"0\"",
         .meaning = "Money per hour that a trip leaves running at least."},
        {.name = "baseline_may_be_shed", .type = Type::boolean, .standard = "false",
         .meaning = "Whether a trip may stop baseline resources after the unknown ones."},
        {.name = "bills_may_stop", .type = Type::boolean, .standard = "false",
         .meaning = "Whether a late bill may trip, and not only warn."},
        {.name = "baseline_stops_per_hour_max", .type = Type::integer, .standard = "1", .least = "0",
         .most = "100000",
         .meaning = "The most baseline resources stopped per hour. Unknown ones have no such bound."},
        {.name = "loosening_quorum", .type = Type::integer, .standard = "1", .least = "1", .most = "16",
         .meaning = "How many identities must order a loosening. An unsigned mandate can only have 1: root."},
        {.name = "protected", .type = Type::tables, .standard = "[]", .table = &protected_table(),
         .meaning = "What is never stopped."},
        {.name = "baseline", .type = Type::tables, .standard = "[]", .table = &baseline_table(),
         .meaning = "What is known and agreed."},
        {.name = "exceptions", .type = Type::tables, .standard = "[]", .table = &exception_table(),
         .meaning = "What was planned."},
    };
}

}  // namespace

Section mandate_section() {
    auto keys = mandate_head();
    auto ceilings = mandate_ceilings();
    keys.insert(keys.end(), ceilings.begin(), ceilings.end());
    return {.name = "mandates",
            .meaning =
                "Who authorized which stops, and how far configuration may go. A mandate in a file of root's "
                "is unsigned and shown as such; the file must be root's and not writable by anybody else.",
            .keys = std::move(keys)};
}

}  // namespace noodstop::config

// clang-format on
