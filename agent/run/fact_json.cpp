#include "agent/run/fact_json.hpp"

#include <boost/json.hpp>

namespace noodstop::run {
namespace {

void add_name(boost::json::object& to, const char* key, const std::string& name) {
    if (!name.empty())
        to[key] = name;
}

}  // namespace

std::string to_json(const std::string& agent, const core::RecordedFact& recorded) {
    const core::Fact& fact = recorded.fact;
    boost::json::object json{{"agent", agent},
                             {"sequence", recorded.sequence},
                             {"kind", core::to_text(fact.kind)},
                             {"time", core::to_text(fact.wall)}};
    add_name(json, "tenant", fact.tenant.text);
    add_name(json, "zone", fact.zone.text);
    add_name(json, "provider", fact.provider.text);
    add_name(json, "resource", fact.resource.text);
    add_name(json, "limit", fact.limit.text);
    boost::json::object fields;
    for (const core::FactField& field : fact.fields)
        fields[field.name] = field.value;
    json["fields"] = std::move(fields);
    json["text"] = core::to_text(fact);
    return boost::json::serialize(json) + "\n";
}

}  // namespace noodstop::run
