#include "tools/cli/story.hpp"

#include "proto/codec/text.hpp"
#include "tools/cli/amounts.hpp"

#include <algorithm>
#include <map>

namespace noodstop::cli {
namespace {

using core::FactKind;
using core::RecordedFact;

constexpr std::size_t facts_before_max = 8;  // told before the first turn
constexpr std::size_t facts_first_max = 60;  // then the middle is left out
constexpr std::size_t facts_last_max = 20;

const char* to_text(Aspect aspect) {
    switch (aspect) {
        case Aspect::measured:
            return "measured";
        case Aspect::decided:
            return "decided";
        case Aspect::done:
            return "done";
        case Aspect::observed:
            return "observed";
        case Aspect::ordered:
            return "ordered";
        case Aspect::agent:
            return "agent";
    }
    return "";
}

// Facts after which a zone is where it is.
bool is_turn(FactKind kind) {
    constexpr FactKind turns[] = {FactKind::tripped, FactKind::would_trip, FactKind::reset,
                                  FactKind::armed,   FactKind::observing,  FactKind::disarmed};
    return std::find(std::begin(turns), std::end(turns), kind) != std::end(turns);
}

// Where the story begins: before the oldest of the zones' last turns.
std::size_t beginning(const std::vector<RecordedFact>& facts) {
    std::map<core::ZoneName, std::size_t> last_turns;
    for (std::size_t index = 0; index < facts.size(); ++index)
        if (is_turn(facts[index].fact.kind))
            last_turns[facts[index].fact.zone] = index;
    if (last_turns.empty())
        return facts.size() - std::min(facts.size(), facts_last_max);
    std::size_t first = facts.size();
    for (const auto& [zone, index] : last_turns)
        first = std::min(first, index);
    return first - std::min(first, facts_before_max);
}

std::string place_of(const core::Fact& fact) {
    std::string place;
    const auto add = [&](const char* what, const std::string& name) {
        if (!name.empty())
            place += (place.empty() ? "" : ", ") + std::string(what) + name;
    };
    add("zone ", fact.zone.text);
    add("limit ", fact.limit.text);
    add("", fact.resource.empty() ? fact.provider.text : fact.provider.text + "/" + fact.resource.text);
    return place;
}

std::string fields_of(const core::Fact& fact) {
    std::string text;
    for (const core::FactField& field : fact.fields) {
        std::string name = field.name;
        std::replace(name.begin(), name.end(), '_', ' ');
        text += (text.empty() ? "" : "; ") + name + " " + (field.value.empty() ? "-" : field.value);
    }
    return text;
}

std::string sentence_of(const core::Fact& fact) {
    const std::string place = place_of(fact);
    const std::string fields = fields_of(fact);
    std::string text = wording_of(fact.kind).phrase;
    if (!place.empty())
        text += " (" + place + ")";
    if (!fields.empty())
        text += ": " + fields;
    return text;
}

std::vector<Cell> row_of(const RecordedFact& recorded) {
    const core::Fact& fact = recorded.fact;
    const Wording wording = wording_of(fact.kind);
    const bool is_turning = is_turn(fact.kind);
    return {{core::to_text(fact.wall), Colour::quiet},
            {to_text(wording.aspect)},
            {sentence_of(fact), is_turning ? Colour::caution : Colour::none}};
}

std::string told(const Style& style, const core::TenantName& tenant, const std::vector<RecordedFact>& facts,
                 std::size_t first) {
    const std::size_t count = facts.size() - first;
    const std::size_t left_out =
        count > facts_first_max + facts_last_max ? count - facts_first_max - facts_last_max : 0;
    std::vector<std::vector<Cell>> rows;
    for (std::size_t index = first; index < facts.size(); ++index) {
        const std::size_t place = index - first;
        if (left_out > 0 && place == facts_first_max)
            rows.push_back(
                {{"..."}, {""}, {std::to_string(left_out) + " more: noodstop journal --tenant " + tenant.text}});
        if (left_out == 0 || place < facts_first_max || place >= facts_first_max + left_out)
            rows.push_back(row_of(facts[index]));
    }
    return table(style, rows);
}

std::string limit_lines(const core::Snapshot& snapshot, const core::ZoneName& zone) {
    std::string text;
    for (const core::LimitStatus& limit : snapshot.limits) {
        if (!limit.stop || std::find(limit.zones.begin(), limit.zones.end(), zone) == limit.zones.end())
            continue;
        text += "  limit " + limit.name.text + ": exposure " + measured_text(limit, limit.exposure) + " of " +
                amount_text(limit, *limit.stop) + ", used " + measured_text(limit, limit.used) +
                (limit.reached ? ": REACHED" : "") + "\n";
    }
    return text;
}

std::string zone_lines(const core::Snapshot& snapshot, const core::ZoneStatus& zone) {
    std::string text = "Zone " + zone.name.text + " is " + core::to_text(zone.state) + " since " +
                       core::to_text(zone.since_wall) + (zone.reason.empty() ? "" : ": " + zone.reason) + "\n";
    text += "  burns " + rate_text(zone.rate, zone.currency) + "; a stop takes up to " + short_time(zone.reaction) +
            " to be observed\n" + limit_lines(snapshot, zone.name);
    for (const core::TargetStatus& target : zone.targets)
        text += "  still to stop: " + target.provider.text + "/" + target.resource.text + ": " + target.doing + "\n";
    for (const std::string& survivor : zone.survivors)
        text += "  left running: " + survivor + "\n";
    return text;
}

}  // namespace

std::string story_text(const Style& style, const core::Snapshot& snapshot, const core::TenantName& tenant,
                       const std::vector<RecordedFact>& facts) {
    std::string text;
    for (const core::ZoneStatus& zone : snapshot.zones)
        if (zone.tenant == tenant)
            text += codec::printable_lines(zone_lines(snapshot, zone));
    if (facts.empty())
        return text + "\nNothing about it is recorded.\n";
    return text + "\nHow it came about:\n" + told(style, tenant, facts, beginning(facts));
}

}  // namespace noodstop::cli
