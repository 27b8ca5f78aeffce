// Who is at the other end of a connection, as far as that was proven.
#pragma once

#include "platform/unix_socket/unix_socket.hpp"

#include <string>
#include <variant>
#include <vector>

namespace noodstop::platform {

// Of a client certificate whose chain was verified.
struct ClientCertificate {
    std::string common_name;
    std::vector<std::string> uris;  // of the subject's alternative names
    std::string fingerprint;        // SHA-256 of the certificate, lower-case hexadecimal
};

struct Peer {
    std::string address;  // to be shown: "192.0.2.7:40312"; empty on a unix socket
    std::variant<std::monostate, PeerCredentials, ClientCertificate> identity;
};

// Null where the peer has proven something else or nothing.
inline const PeerCredentials* credentials_of(const Peer& peer) {
    return std::get_if<PeerCredentials>(&peer.identity);
}

inline const ClientCertificate* certificate_of(const Peer& peer) {
    return std::get_if<ClientCertificate>(&peer.identity);
}

inline bool is_root(const Peer& peer) {
    const PeerCredentials* credentials = credentials_of(peer);
    return credentials != nullptr && credentials->user == 0;
}

}  // namespace noodstop::platform
