// The credentials of one end as they are in its files now, and the context that new connections get. Files may be
// exchanged at any time: what is loaded stays in use until reload() has found the new ones good.
#pragma once

#include "platform/tls/context.hpp"

#include <cstdint>
#include <memory>

namespace noodstop::platform::tls {

enum class Reload {
    unchanged,            // the files hold what was loaded
    own_changed,          // another certificate or key; sessions can still be resumed
    authorities_changed,  // others are trusted: every session that was made before needs a full handshake
};

class Keyring {
public:
    static Result<Keyring> load(const CredentialFiles& files, const ContextOptions& options);

    // For a new connection. One that exists keeps the context that it began with.
    const std::shared_ptr<const Context>& context() const { return context_; }

    // An error leaves everything as it is.
    Result<Reload> reload();

    std::uint64_t generation() const { return generation_; }              // grows with each change
    std::uint64_t trust_generation() const { return trust_generation_; }  // grows when others are trusted

private:
    Keyring(CredentialFiles files, std::shared_ptr<const Context> context)
        : files_(std::move(files)), context_(std::move(context)) {}

    CredentialFiles files_;
    std::shared_ptr<const Context> context_;
    std::uint64_t generation_ = 1;
    std::uint64_t trust_generation_ = 1;
};

}  // namespace noodstop::platform::tls
