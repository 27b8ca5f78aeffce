#include "platform/tls/keyring.hpp"

namespace noodstop::platform::tls {

Result<Keyring> Keyring::load(const CredentialFiles& files, const ContextOptions& options) {
    const auto credentials = Credentials::load(files);
    if (!credentials)
        return credentials.error();
    auto context = Context::make(*credentials, options);
    if (!context)
        return context.error();
    return Keyring(files, std::move(*context));
}

Result<Reload> Keyring::reload() {
    const auto credentials = Credentials::load(files_);
    if (!credentials)
        return credentials.error();
    const Credentials& before = context_->credentials();
    if (credentials->same_as(before))
        return Reload::unchanged;
    const bool is_same_trust = credentials->trust_digest() == before.trust_digest();
    auto context = context_->renewed(*credentials);
    if (!context)
        return context.error();
    context_ = std::move(*context);
    ++generation_;
    if (is_same_trust)
        return Reload::own_changed;
    ++trust_generation_;
    return Reload::authorities_changed;
}

}  // namespace noodstop::platform::tls
