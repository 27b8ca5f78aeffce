#include "proto/codec/peer_role.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace noodstop::codec {
namespace {

constexpr std::string_view scheme = "noodstop:";
constexpr std::size_t role_name_length_max = 64;

struct Kind {
    PeerKind kind;
    std::string_view path;  // before the name
    std::string_view shown;
};

constexpr Kind kinds[] = {
    {PeerKind::owner, "owner/", "owner"},
    {PeerKind::hub, "hub/", "hub"},
    {PeerKind::agent, "agent/", "agent"},
};

bool is_letter_or_digit(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
}

bool is_role_name(std::string_view text) {
    return !text.empty() && text.size() <= role_name_length_max && is_letter_or_digit(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char letter) {
               return is_letter_or_digit(letter) || letter == '.' || letter == '_' || letter == '-';
           });
}

// Schemes are the same in any case (RFC 3986, 3.1).
bool is_ours(std::string_view uri) {
    const auto lower = [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    };
    return uri.size() >= scheme.size() && std::equal(scheme.begin(), scheme.end(), uri.begin(),
                                                     [&](char one, char other) { return one == lower(other); });
}

std::optional<PeerRole> role_in(std::string_view path) {
    if (path == "role/operator")
        return PeerRole{PeerKind::operator_, {}};
    for (const Kind& kind : kinds)
        if (path.starts_with(kind.path) && is_role_name(path.substr(kind.path.size())))
            return PeerRole{kind.kind, std::string(path.substr(kind.path.size()))};
    return std::nullopt;
}

}  // namespace

Decoded<PeerRole> peer_role(const std::vector<std::string>& uris) {
    const auto count = std::count_if(uris.begin(), uris.end(), is_ours);
    if (count == 0)
        return {std::nullopt, "the certificate names no role (a noodstop: URI among its alternative names)"};
    if (count > 1)
        return {std::nullopt, "the certificate names more than one role"};
    const auto found = std::find_if(uris.begin(), uris.end(), is_ours);
    if (auto role = role_in(std::string_view(*found).substr(scheme.size())))
        return decoded(*role);
    return {std::nullopt, "the certificate names a role that is not known here"};
}

std::string text_of(const PeerRole& role) {
    for (const Kind& kind : kinds)
        if (kind.kind == role.kind)
            return std::string(kind.shown) + " " + role.name;
    return "operator";
}

}  // namespace noodstop::codec
