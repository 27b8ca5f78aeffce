// What all connections of one end have in common: credentials, accepted versions and suites, application protocols, and
// what resumption rests on. Immutable but for the latter; connections keep the context that they began with.
//
// TLS 1.2 with ECDHE, ECDSA and AEAD, with mbedTLS 3 also 1.3. A server always requires a client's certificate, a
// client always verifies chain and host name; there is no option to do without. No renegotiation, no compression, no
// RSA.
#pragma once

#include "platform/result.hpp"
#include "platform/tls/credentials.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace noodstop::platform::tls {

enum class Role {
    server,
    client,
};

struct ContextOptions {
    Role role = Role::client;
    // Application protocols (ALPN), the best first. A client that offers only others is refused; one that offers none
    // is served with none, and so a client may be.
    std::vector<std::string> protocols;
    // A session is resumed for so long and then needs a full handshake; a client's certificate isn't verified between.
    std::chrono::seconds session_lifetime = std::chrono::minutes(10);
    std::function<void(unsigned char* bytes, std::size_t size)> random;  // for tests; empty: the kernel's
};

struct ContextParts;

class Context {
public:
    static Result<std::shared_ptr<const Context>> make(const Credentials& credentials, const ContextOptions& options);

    // The same with other credentials. Sessions can be resumed across only if the same authorities are trusted.
    Result<std::shared_ptr<const Context>> renewed(const Credentials& credentials) const;

    Role role() const;
    const Credentials& credentials() const;

    explicit Context(std::unique_ptr<ContextParts> parts);
    ~Context();
    ContextParts& parts() const { return *parts_; }  // for the files of this folder

private:
    std::unique_ptr<ContextParts> parts_;
};

}  // namespace noodstop::platform::tls
