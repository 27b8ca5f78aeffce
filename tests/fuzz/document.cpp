#include "tests/fuzz/document.hpp"

#include <algorithm>
#include <array>

namespace noodstop::fuzz {
namespace {

using config::Key;
using config::Section;
using config::Type;

template <std::size_t count>
std::string one_of(Input& input, const std::array<const char*, count>& choices) {
    return choices[input.below(count)];
}

// In double quotes; control characters, quotes and backslashes stay as they are one time in eight.
std::string quoted(Input& input, std::string_view text) {
    const bool escape = input.below(8) != 0;
    std::string quoted = "\"";
    for (const char letter : text) {
        if (escape && (letter == '"' || letter == '\\'))
            quoted += '\\';
        const bool control = static_cast<unsigned char>(letter) < 0x20;
        quoted += escape && control ? '_' : letter;
    }
    return quoted + '"';
}

std::string in_quotes(const std::string& text) {
    return '"' + text + '"';
}

std::string any_number(Input& input) {
    constexpr std::array<const char*, 8> numbers{"0", "1", "2", "16", "-1", "1000000", "9223372036854", "100_000"};
    return input.yes() ? one_of(input, numbers) : std::to_string(input.number());
}

std::string any_money(Input& input) {
    constexpr std::array<const char*, 10> amounts{
        "\"0\"", "\"0.000001\"", "\"1\"", "\"12.50\"", "\"25\"", "\"50\"", "1", "3", "\"1e3\"", "0.5"};
    if (input.yes())
        return one_of(input, amounts);
    return in_quotes(std::to_string(static_cast<std::uint64_t>(input.number()) % 10'000'000'000'000) + "." +
                     std::to_string(input.byte()));
}

std::string any_duration(Input& input) {
    constexpr std::array<const char*, 6> units{"us", "ms", "s", "m", "h", "d"};
    std::string text;
    for (std::size_t parts = 1 + input.below(2); parts > 0; --parts) {
        const std::size_t count = input.byte();
        text += std::to_string(count) + one_of(input, units);
    }
    return in_quotes(text);
}

std::string any_moment(Input& input) {
    constexpr std::array<const char*, 8> moments{
        "2026-01-01", "2026-12-31T08:00:00Z", "2028-01-01", "0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999Z",
        "1969-12-31", "2027-02-30",           "12:00:00"};
    return one_of(input, moments);
}

// What is no value of the schema's, or no TOML at all.
std::string odd_value(Input& input) {
    constexpr std::array<const char*, 16> odd{"\"\"",        "''",   "[]",
                                              "{}",          "[[]]", "nan",
                                              "inf",         "-0",   "0x7fff",
                                              "1.",          "[",    "{ a = \"b\" }",
                                              "\"\\u0000\"", "true", "\"\"\"x\"\"\"",
                                              "0.1"};
    return input.yes() ? one_of(input, odd) : std::string(input.text(24));
}

std::vector<std::string> sections_under(std::string_view section) {
    std::vector<std::string> names{std::string(section)};
    for (const Key& key : config::find_section(section)->keys)
        if (key.table != nullptr)
            names.push_back(key.name);
    return names;
}

}  // namespace

void Document::add(const char* parent, const char* name, std::vector<Line> lines) {
    const std::string path(parent);
    const std::size_t dot = path.find('.');
    const Section* section = config::find_section(path.substr(0, dot));
    if (dot != std::string::npos)
        section = config::find_key(*section, name)->table;
    tables_.push_back({section, path, name, std::move(lines)});
}

void Document::add_machine(const char* mode) {
    add("price_lists", "own",
        {{"currency", "\"EUR\""}, {"as_of", "2026-11-01"}, {"source", "\"ours\""}, {"unknown_price", "\"2\""}});
    add("price_lists.own", "prices", {{"metric", "\"cpu\""}, {"price", "\"0.048\""}, {"family", "\"f\""}});
    add("providers", "batch", {{"kind", "\"cgroup\""}, {"root", "\"/no-groups/a\""}, {"price_list", "\"own\""}});
    add("tenants", "acme", {{"currency", "\"EUR\""}});
    add("zones", "dev", {{"tenant", "\"acme\""}, {"providers", "[\"batch\"]"}, {"mode", mode}});
}

void Document::add_prices() {
    add("price_lists.own", "prices", {{"metric", "\"memory\""}, {"price", "\"0.0065\""}, {"sku", "\"a\""}});
    add("price_lists.own", "prices", {{"metric", "\"running\""}, {"free", "true"}});
}

void Document::add_second_zone() {
    add("providers", "render",
        {{"kind", "\"process\""}, {"user", "\"render\""}, {"price_list", "\"own\""}, {"blind_rate", "\"3\""}});
    add("zones", "studio",
        {{"tenant", "\"acme\""},
         {"providers", "[\"render\"]"},
         {"mode", "\"observing\""},
         {"observe_until", "2027-01-15"}});
}

void Document::add_limits(Extent extent) {
    add("limits", "daily", {{"kind", "\"spend\""}, {"zone", "\"dev\""}, {"warn", "\"10\""}, {"stop", "\"25\""}});
    if (extent == Extent::small)
        return;
    add("limits", "burn", {{"kind", "\"rate\""}, {"tenant", "\"acme\""}, {"stop", "\"4\""}, {"confirm", "3"}});
    add("limits", "crowd", {{"kind", "\"count\""}, {"zone", "\"dev\""}, {"hold", "20"}, {"stop", "50"}});
}

void Document::add_mandate(const char* scope) {
    add("mandates", "own",
        {{"owner", "\"Acme B.V.\""},
         {"scope", scope},
         {"version", "1"},
         {"valid_from", "2026-01-01"},
         {"valid_until", "2028-01-01"},
         {"shed_to_min", "\"0\""},
         {"poll_interval_max", "\"15s\""}});
}

void Document::add_lists(Extent extent) {
    const bool is_full = extent == Extent::full;
    const char* lists = "mandates.own";
    add(lists, "grants", {{"provider", "\"batch\""}, {"levers", "[\"suspend\", \"shut_down\", \"power_off\"]"}});
    if (is_full)
        add(lists, "grants", {{"provider", "\"render\""}, {"levers", "[\"power_off\"]"}});
    add(lists, "ceilings", {{"limit", "\"daily\""}, {"amount_max", "\"50\""}});
    if (is_full)
        add(lists, "protected", {{"provider", "\"batch\""}, {"id", "\"directory\""}, {"rate_max", "\"0.50\""}});
    add(lists, "baseline", {{"provider", "\"batch\""}, {"prefix", "\"worker-\""}, {"count_max", "8"}});
    if (is_full)
        add(lists, "exceptions",
            {{"limit", "\"daily\""}, {"from", "2026-12-27"}, {"until", "2026-12-31"}, {"amount", "\"45\""}});
}

Document Document::of_prices() {
    Document document;
    document.add_machine("\"disarmed\"");  // needs no mandate
    document.add_prices();
    return document;
}

Document Document::of_mandate(Extent extent) {
    const bool is_full = extent == Extent::full;
    Document document;
    document.add_machine("\"armed\"");
    if (is_full)
        document.add_second_zone();
    document.add_limits(extent);
    document.add_mandate(is_full ? "[\"dev\", \"studio\"]" : "[\"dev\"]");
    document.add_lists(extent);
    return document;
}

Table& Document::pick_table(Input& input, std::string_view section) {
    const auto wanted = sections_under(section);
    std::vector<Table*> found;
    const bool anywhere = input.below(8) == 7;
    for (Table& table : tables_)
        if (anywhere || std::find(wanted.begin(), wanted.end(), table.section->name) != wanted.end())
            found.push_back(&table);
    return found.empty() ? tables_.front() : *found[input.below(found.size())];
}

void Document::edit(Input& input, std::string_view section) {
    Table& table = pick_table(input, section);
    const auto place = tables_.begin() + (&table - tables_.data());
    switch (input.below(8)) {
        case 0:
            if (tables_.size() > 1)
                tables_.erase(place);
            break;
        case 1: {
            Table twin = table;
            if (!twin.is_listed() && input.yes())
                twin.name += "2";
            tables_.insert(place, std::move(twin));
            break;
        }
        case 2:
            add_item(input, Table(table));
            break;
        case 3:
            if (!table.is_listed())
                table.name = any_reference(input, table.parent);
            break;
        default:
            edit_line(input, table);
    }
}

// An item of one of the lists that the table may have, with what it must say.
void Document::add_item(Input& input, const Table& owner) {
    std::vector<const Key*> lists;
    for (const Key& key : owner.section->keys)
        if (key.table != nullptr)
            lists.push_back(&key);
    if (lists.empty())
        return;
    const Key& list = *lists[input.below(lists.size())];
    Table item{list.table, owner.head(), list.name, {}};
    for (const Key& key : list.table->keys)
        if (key.required || input.yes())
            item.lines.push_back({key.name, any_value(input, key)});
    tables_.push_back(std::move(item));
}

void Document::edit_line(Input& input, Table& table) {
    const Key& key = table.section->keys[input.below(table.section->keys.size())];
    const auto line =
        std::find_if(table.lines.begin(), table.lines.end(), [&](const Line& each) { return each.key == key.name; });
    const std::size_t how = input.below(8);
    if (how == 0) {
        if (line != table.lines.end())
            table.lines.erase(line);
        return;
    }
    const std::string value = how == 1 ? odd_value(input) : how == 2 ? copied_value(input) : any_value(input, key);
    if (line != table.lines.end())
        line->value = value;
    else
        table.lines.push_back({how == 3 ? std::string(input.text(8)) : key.name, value});
}

std::string Document::copied_value(Input& input) const {
    const Table& table = tables_[input.below(tables_.size())];
    return table.lines.empty() ? "1" : table.lines[input.below(table.lines.size())].value;
}

// The name of a table of the section, most often.
std::string Document::any_reference(Input& input, std::string_view section) const {
    std::vector<std::string> names;
    for (const Table& table : tables_)
        if (table.parent == section)
            names.push_back(table.name);
    const std::size_t choice = input.below(names.size() + 2);
    if (choice < names.size())
        return names[choice];
    return choice == names.size() ? "other" : "default";
}

std::string Document::any_text(Input& input, const Key& key) const {
    if (!key.refers.empty())
        return in_quotes(any_reference(input, key.refers));
    if (!key.words.empty() && input.below(8) != 0)
        return in_quotes(key.words[input.below(key.words.size())]);
    constexpr std::array<const char*, 8> texts{"\"*\"",        "\"EUR\"", "\"USD\"", "\"/no-such/program\"",
                                               "\"worker-1\"", "\"a\"",   "\"b\"",   "\"day\""};
    return input.yes() ? one_of(input, texts) : quoted(input, input.text(40));
}

std::string Document::any_list(Input& input, const Key& key) const {
    std::string list;
    for (std::size_t count = input.below(4); count > 0; --count)
        list += any_text(input, key) + ", ";
    return "[" + list + "]";
}

std::string Document::any_value(Input& input, const Key& key) const {
    switch (key.type) {
        case Type::text:
        case Type::name:
        case Type::path:
        case Type::currency:
        case Type::choice:
            return any_text(input, key);
        case Type::integer:
            return any_number(input);
        case Type::boolean:
            return input.yes() ? "true" : "false";
        case Type::duration:
        case Type::window:
            return any_duration(input);
        case Type::rate:
        case Type::threshold:
            return any_money(input);
        case Type::moment:
            return any_moment(input);
        case Type::choices:
        case Type::names:
        case Type::texts:
            return any_list(input, key);
        case Type::tables:
            return input.yes() ? "[]" : "[{}]";
    }
    return "0";
}

std::string Document::text() const {
    std::string text;
    for (const Table& table : tables_) {
        text += table.is_listed() ? "[[" + table.head() + "]]\n" : "[" + table.head() + "]\n";
        for (const Line& line : table.lines)
            text += line.key + " = " + line.value + "\n";
    }
    return text;
}

std::string edited_document(Input& input, Document document, std::string_view section) {
    for (std::size_t edits = 0; edits < edits_max && !input.empty(); ++edits)
        document.edit(input, section);
    return document.text();
}

}  // namespace noodstop::fuzz
