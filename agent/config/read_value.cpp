#include "agent/config/read_value.hpp"

#include "agent/config/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace noodstop::config {
namespace {

using Read = std::variant<Value, Misread>;

Misread wrong_type(const Key& key, const Node& node) {
    std::string shown;
    if (node.kind == NodeKind::text)
        shown = in_quotes(node.text) + ", ";
    else if (node.kind == NodeKind::integer)
        shown = fmt::format("{}, ", node.number);
    else if (node.kind == NodeKind::fraction || node.kind == NodeKind::moment)
        shown = node.text + ", ";
    return {fmt::format("is {}{}, not {}.", shown, describe(node.kind), how_to_write(key)),
            fmt::format("Write {}.", how_to_write(key))};
}

bool is_money(Type type) {
    return type == Type::rate || type == Type::threshold;
}

Quantity money_of(const Key& key, const Node& node) {
    if (node.kind == NodeKind::integer)
        return money_of_whole(node.number);
    if (node.kind == NodeKind::text)
        return read_money(node.text);
    if (node.kind == NodeKind::fraction)
        return Misread{fmt::format("is {}, a number with a point, which computers can't hold exactly.", node.text),
                       fmt::format("Put it in quotes: {} = \"{}\".", key.name, node.text)};
    return wrong_type(key, node);
}

Quantity duration_of(const Key& key, const Node& node) {
    if (node.kind == NodeKind::integer)
        return Misread{fmt::format("is {}, without a unit.", node.number),
                       fmt::format("Put it in quotes with its unit: {} = \"{}s\".", key.name, node.number)};
    return node.kind == NodeKind::text ? read_duration(node.text) : Quantity(wrong_type(key, node));
}

Quantity moment_of(const Key& key, const Node& node) {
    const bool dated = node.kind == NodeKind::moment || node.kind == NodeKind::text;
    return dated ? read_moment(node.text) : Quantity(wrong_type(key, node));
}

Quantity window_of(const Key& key, const Node& node) {
    if (node.kind == NodeKind::text && (node.text == "day" || node.text == "month"))
        return std::int64_t{0};
    if (node.kind == NodeKind::text && !node.text.empty() && node.text.find_first_of("0123456789") == std::string::npos)
        return Misread{fmt::format("{} is not a window.", in_quotes(node.text)),
                       fmt::format("Write {}.", how_to_write(key))};
    return duration_of(key, node);
}

Quantity plain_of(const Key& key, const Node& node) {
    const auto wanted = key.type == Type::boolean ? NodeKind::boolean : NodeKind::integer;
    return node.kind == wanted ? Quantity(node.number) : Quantity(wrong_type(key, node));
}

Quantity quantity_of(const Key& key, const Node& node) {
    if (is_money(key.type))
        return money_of(key, node);
    if (key.type == Type::duration)
        return duration_of(key, node);
    if (key.type == Type::moment)
        return moment_of(key, node);
    if (key.type == Type::window)
        return window_of(key, node);
    return plain_of(key, node);
}

// A bound of the schema as the number it stands for.
std::int64_t bound(const Key& key, const std::string& text) {
    std::int64_t number = 0;
    if (key.type == Type::integer)
        std::from_chars(text.data(), text.data() + text.size(), number);
    else
        number = std::get<std::int64_t>(is_money(key.type) ? read_money(text) : read_duration(text));
    return number;
}

std::string as_written(const Node& node) {
    return node.kind == NodeKind::integer ? std::to_string(node.number) : in_quotes(node.text);
}

std::optional<Misread> out_of_range(const Key& key, const Node& node, std::int64_t number) {
    const bool calendar = key.type == Type::window && node.text.find_first_of("0123456789") == std::string::npos;
    if (calendar)
        return std::nullopt;
    if (!key.least.empty() && number < bound(key, key.least))
        return Misread{fmt::format("{} is too small.", as_written(node)), fmt::format("Write at least {}.", key.least)};
    if (!key.most.empty() && number > bound(key, key.most))
        return Misread{fmt::format("{} is too large.", as_written(node)), fmt::format("Write at most {}.", key.most)};
    return std::nullopt;
}

Read read_quantity(const Key& key, const Node& node) {
    const auto quantity = quantity_of(key, node);
    if (const auto* misread = std::get_if<Misread>(&quantity))
        return *misread;
    Value value;
    value.number = std::get<std::int64_t>(quantity);
    value.text = node.text;
    if (auto misread = out_of_range(key, node, value.number))
        return *misread;
    return value;
}

std::optional<Misread> fault_of_text(const Key& key, const std::string& text) {
    if (text.size() > text_length_max)
        return Misread{fmt::format("is {} bytes long.", text.size()),
                       fmt::format("Write at most {}.", text_length_max)};
    if (text.find('\0') != std::string::npos)
        return Misread{fmt::format("{} has a zero byte.", in_quotes(text)), "Leave it out."};
    if (text.empty() && key.standard != "\"\"")
        return Misread{"is empty.",
                       fmt::format("Write {}, or leave the key out if it is not needed.", how_to_write(key))};
    if (key.type == Type::path && !text.starts_with('/'))
        return Misread{fmt::format("{} is not an absolute path.", in_quotes(text)),
                       "Write the whole path, from \"/\" on."};
    if (key.type == Type::name && key.refers.empty() && !is_name(text))
        return Misread{fmt::format("{} is not a name.", in_quotes(text)), fmt::format("Write {}.", how_to_write(key))};
    const bool capitals = std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (key.type == Type::currency && (text.size() != 3 || !capitals))
        return Misread{fmt::format("{} is not a currency.", in_quotes(text)),
                       "Write its three capital letters, e.g. \"EUR\"."};
    if (key.type == Type::choice && std::find(key.words.begin(), key.words.end(), text) == key.words.end())
        return Misread{fmt::format("{} is not one of its words.", in_quotes(text)),
                       did_you_mean(text, key.words, "words")};
    return std::nullopt;
}

Read read_text(const Key& key, const Node& node) {
    if (node.kind != NodeKind::text)
        return wrong_type(key, node);
    if (auto misread = fault_of_text(key, node.text))
        return *misread;
    Value value;
    value.text = node.text;
    return value;
}

std::vector<Misplaced> at_value(const Node& node, Misread misread) {
    return {{std::move(misread), node.line, ""}};
}

// An item of a list as a key of its own.
Key item_of(const Key& list) {
    Key item = list;
    item.type = list.type == Type::choices ? Type::choice : list.type == Type::names ? Type::name : Type::text;
    return item;
}

std::variant<Value, std::vector<Misplaced>> read_list(const Key& key, const Node& node, std::size_t file) {
    if (node.kind != NodeKind::array)
        return at_value(node, wrong_type(key, node));
    if (node.items.size() > list_items_max)
        return at_value(
            node, {fmt::format("has {} items.", node.items.size()), fmt::format("Write at most {}.", list_items_max)});
    if (node.items.empty() && key.required)
        return at_value(node, {"is an empty list.", "Name at least one."});
    Value value;
    std::vector<Misplaced> faults;
    const auto item_key = item_of(key);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        const auto& item = node.items[i];
        const auto read = read_text(item_key, item);
        if (const auto* misread = std::get_if<Misread>(&read))
            faults.push_back({*misread, item.line, fmt::format("[{}]", i + 1)});
        value.words.push_back({item.text, {file, item.line}});
    }
    if (!faults.empty())
        return faults;
    return value;
}

}  // namespace

bool is_name(std::string_view text) {
    const auto letter_or_digit = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    if (text.empty() || text.size() > name_length_max || !letter_or_digit(text.front()))
        return false;
    return std::all_of(text.begin(), text.end(),
                       [&](char c) { return letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

std::string how_to_write(const Key& key) {
    switch (key.type) {
        case Type::text:
            return "a text in quotes";
        case Type::name:
            return fmt::format("a name of at most {} letters, digits, \".\", \"_\" and \"-\"", name_length_max);
        case Type::path:
            return "an absolute path in quotes";
        case Type::currency:
            return "a currency such as \"EUR\"";
        case Type::integer:
            return "a whole number";
        case Type::boolean:
            return "true or false";
        case Type::duration:
            return "a duration such as \"90s\"";
        case Type::rate:
            return "money per hour such as \"0.05\"";
        case Type::threshold:
            return "an amount such as \"22.50\"";
        case Type::moment:
            return "a date such as 2026-12-31";
        case Type::window:
            return "\"day\", \"month\" or a duration such as \"24h\"";
        case Type::choice:
            return "one word in quotes";
        case Type::choices:
        case Type::names:
        case Type::texts:
            return "a list of texts such as [\"a\", \"b\"]";
        case Type::tables:
            return "a list of tables";
    }
    return "a value";
}

std::variant<Value, std::vector<Misplaced>> read_value(const Key& key, const Node& node, std::size_t file) {
    const bool list = key.type == Type::choices || key.type == Type::names || key.type == Type::texts;
    if (list)
        return read_list(key, node, file);
    const bool text = key.type == Type::text || key.type == Type::name || key.type == Type::path ||
                      key.type == Type::currency || key.type == Type::choice;
    auto read = text ? read_text(key, node) : read_quantity(key, node);
    if (auto* misread = std::get_if<Misread>(&read))
        return at_value(node, std::move(*misread));
    return std::get<Value>(std::move(read));
}

}  // namespace noodstop::config
