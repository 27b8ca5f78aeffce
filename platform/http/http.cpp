#include "platform/http/http.hpp"

#include <algorithm>
#include <cctype>

namespace noodstop::platform {
namespace {

bool equal_without_case(std::string_view left, std::string_view right) {
    const auto lower = [](char letter) { return std::tolower(static_cast<unsigned char>(letter)); };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](char one, char other) { return lower(one) == lower(other); });
}

}  // namespace

std::optional<std::string> find_header(const std::vector<HttpHeader>& headers, std::string_view name) {
    for (const HttpHeader& header : headers)
        if (equal_without_case(header.name, name))
            return header.value;
    return std::nullopt;
}

}  // namespace noodstop::platform
