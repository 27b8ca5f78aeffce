// Gives the agent of this machine a key that never leaves it, and the certificate that belongs to the key: `noodstop
// enroll`. Works with files alone; no agent needs to run.
//
//   FOLDER/agent.key, agent.csr          the key, and the request that an authority signs
//   FOLDER/agent.pem, ca.pem             the certificate, and the authorities that are trusted
//   FOLDER/agent.new.key, agent.new.csr  a key that is being renewed, until its certificate is put in
#pragma once

#include "tools/cli/request.hpp"

namespace noodstop::cli {

// Makes key and request, of a renewal beside those that are in use. Never overwrites anything.
Exit enroll(const EnrollRequest& request);

// Puts a signed certificate in, once everything about it is right. What is in use stays in use if it is not.
Exit install_certificate(const EnrollRequest& request);

}  // namespace noodstop::cli
