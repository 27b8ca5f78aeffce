#include "agent/config/toml_reader.hpp"

#include "agent/config/nesting_guard.hpp"

#include <fmt/format.h>

#include <algorithm>

// Header-only, so that the agent can be linked statically for every target.
// Its assertions are off, in every build and compiler: malformed keys meet one, and are answered with an error behind
// it. (With NDEBUG and clang the library would turn that assertion into an assumption, and the error into nonsense.)
#undef NDEBUG
#define TOML_ASSERT(condition) static_cast<void>(0)
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_UNRELEASED_FEATURES 0
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>

namespace noodstop::config {
namespace {

int line_of(const toml::source_region& source) {
    return static_cast<int>(source.begin.line);
}

std::string date_text(const toml::date& date) {
    return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string time_text(const toml::time& time) {
    const auto whole = fmt::format("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
    return time.nanosecond == 0 ? whole : fmt::format("{}.{:09}", whole, time.nanosecond);
}

std::string moment_text(const toml::date_time& moment) {
    auto text = date_text(moment.date) + "T" + time_text(moment.time);
    if (!moment.offset)
        return text;
    const int minutes = moment.offset->minutes;
    if (minutes == 0)
        return text + "Z";
    return text + fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60, std::abs(minutes) % 60);
}

Node convert(const toml::node& from);

void convert_table(const toml::table& from, Node& node) {
    node.kind = NodeKind::table;
    for (auto&& [key, value] : from)
        node.members.push_back({std::string(key.str()), line_of(key.source()), convert(value)});
    // The library sorts by name; people read from top to bottom.
    std::stable_sort(node.members.begin(), node.members.end(),
                     [](const Member& left, const Member& right) { return left.line < right.line; });
}

void convert_array(const toml::array& from, Node& node) {
    node.kind = NodeKind::array;
    for (auto&& item : from)
        node.items.push_back(convert(item));
}

void set_text(Node& node, NodeKind kind, std::string text) {
    node.kind = kind;
    node.text = std::move(text);
}

void set_number(Node& node, NodeKind kind, std::int64_t number) {
    node.kind = kind;
    node.number = number;
}

Node convert(const toml::node& from) {
    Node node;
    node.line = line_of(from.source());
    node.column = static_cast<int>(from.source().begin.column);
    if (const auto* table = from.as_table())
        convert_table(*table, node);
    else if (const auto* array = from.as_array())
        convert_array(*array, node);
    else if (const auto* text = from.as_string())
        set_text(node, NodeKind::text, text->get());
    else if (const auto* integer = from.as_integer())
        set_number(node, NodeKind::integer, integer->get());
    else if (const auto* boolean = from.as_boolean())
        set_number(node, NodeKind::boolean, boolean->get() ? 1 : 0);
    else if (const auto* fraction = from.as_floating_point())
        set_text(node, NodeKind::fraction, fmt::format("{}", fraction->get()));
    else if (const auto* date = from.as_date())
        set_text(node, NodeKind::moment, date_text(date->get()));
    else if (const auto* time = from.as_time())
        set_text(node, NodeKind::moment, time_text(time->get()));
    else if (const auto* moment = from.as_date_time())
        set_text(node, NodeKind::moment, moment_text(moment->get()));
    return node;
}

}  // namespace

std::variant<Node, SyntaxError> parse_toml(const std::string& text) {
    if (const int line = line_nested_too_deeply(text); line > 0)
        return SyntaxError{line, 1, fmt::format("a key has more than {} parts", key_parts_max)};
    try {
        const toml::parse_result result = toml::parse(std::string_view(text));
        if (result)
            return convert(result.table());
        const auto& error = result.error();
        return SyntaxError{line_of(error.source()), static_cast<int>(error.source().begin.column),
                           std::string(error.description())};
    } catch (const std::exception& error) {
        return SyntaxError{0, 0, error.what()};
    }
}

}  // namespace noodstop::config
