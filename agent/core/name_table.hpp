// One table per enum of the words that people and files see for its values, used in both directions.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace noodstop::core {

template <class Enum>
struct NamedValue {
    Enum value;
    const char* name;
};

// The table holds every value in the order of the enum, so that the value is the index.
template <class Enum, std::size_t count>
constexpr bool is_in_order(const std::array<NamedValue<Enum>, count>& table) {
    for (std::size_t index = 0; index < count; ++index)
        if (static_cast<std::size_t>(table[index].value) != index)
            return false;
    return true;
}

template <class Enum, std::size_t count>
const char* name_in(const std::array<NamedValue<Enum>, count>& table, Enum value) {
    const auto index = static_cast<std::size_t>(value);
    return index < count ? table[index].name : "invalid";
}

template <class Enum, std::size_t count>
std::optional<Enum> value_in(const std::array<NamedValue<Enum>, count>& table, std::string_view name) {
    for (const auto& row : table)
        if (row.name == name)
            return row.value;
    return std::nullopt;
}

}  // namespace noodstop::core
