// A context as mbedTLS holds it. For the files of this folder only.
#pragma once

#include "platform/tls/context.hpp"
#include "platform/tls/mbedtls_api.hpp"
#include "platform/tls/resumption.hpp"

namespace noodstop::platform::tls {

struct ContextParts {
    ContextParts(const Credentials& given_credentials, const ContextOptions& given_options)
        : credentials(given_credentials), options(given_options), random{given_options.random} {}

    Credentials credentials;
    ContextOptions options;
    RandomSource random;
    std::vector<const char*> protocol_names;  // as mbedTLS wants them, ending with nullptr
    std::shared_ptr<Resumption> resumption;
    api::Config config;  // last: it points to the others
};

}  // namespace noodstop::platform::tls
