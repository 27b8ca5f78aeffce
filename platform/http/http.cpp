#include "platform/http/http.hpp"

#include <algorithm>
#include <cctype>

namespace noodstop::platform {
namespace {

char lower_case_of(char letter) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
}

bool equal_without_case(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char one, char other) { return lower_case_of(one) == lower_case_of(other); });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::string_view without_parameters(std::string_view text) {
    return trimmed(text.substr(0, text.find(';')));
}

}  // namespace

std::optional<std::string> find_header(const HttpHeaders& headers, std::string_view name) {
    for (const HttpHeader& header : headers)
        if (equal_without_case(header.name, name))
            return header.value;
    return std::nullopt;
}

std::string in_lower_case(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower_case_of);
    return result;
}

std::string media_type_of(const HttpHeaders& headers) {
    const auto type = find_header(headers, "Content-Type");
    return type ? in_lower_case(without_parameters(*type)) : std::string();
}

bool list_names(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(','), list.size());
        if (equal_without_case(without_parameters(list.substr(0, end)), name))
            return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

}  // namespace noodstop::platform
