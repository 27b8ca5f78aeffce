// Certificates of the tests, made by tools/certs once for the whole program.
#pragma once

#include "platform/tls/keyring.hpp"

#include <string>

namespace noodstop::testing {

// The folder in which they lie, removed when the program ends:
//   ca.pem                an authority, and of it
//   server.pem            for localhost and 127.0.0.1, without a role
//   operator, hub, agent  roles: operator, hub/h1, agent/a1 (each NAME.pem and NAME.key)
//   owner.pem             role owner/acme
//   expired.pem           role operator, ended yesterday
//   elsewhere.pem         for the host elsewhere.example
//   other/                another authority with server.pem and operator.pem
const std::string& certificate_folder();

// NAME.pem and NAME.key, trusting ca.pem. NAME may lead into other/.
platform::tls::CredentialFiles files_of(const std::string& name, const std::string& authorities = "ca.pem");

platform::tls::Keyring server_keyring(const std::string& name = "server", std::vector<std::string> protocols = {});
platform::tls::Keyring client_keyring(const std::string& name = "operator", std::vector<std::string> protocols = {});
platform::tls::Keyring keyring_of(const platform::tls::CredentialFiles& files, platform::tls::ContextOptions options);

// Runs tools/certs with these arguments; ends the program where that fails.
void run_certs(const std::string& arguments);

}  // namespace noodstop::testing
