// How a TLS connection fails, as error codes of their own. What exactly was wrong says Engine::problem() in a sentence.
#pragma once

#include <boost/system/error_code.hpp>

namespace noodstop::platform::tls {

enum class TlsError {
    truncated = 1,            // the transport ended without a close_notify: what came may not be all
    certificate_refused = 2,  // the other end's certificate is not good enough for us
    refused_by_peer = 3,      // the other end ended the connection with an alert
    no_agreement = 4,         // nothing that both ends accept: version, suite, curve, application protocol
    broken = 5,               // what came is no TLS, or was altered on its way
    unread = 6,               // the other end makes us answer and doesn't read the answers
};

const boost::system::error_category& tls_category();
boost::system::error_code make_error_code(TlsError error);

}  // namespace noodstop::platform::tls

template <>
struct boost::system::is_error_code_enum<noodstop::platform::tls::TlsError> : std::true_type {};
