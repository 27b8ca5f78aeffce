#include "platform/tls/errors.hpp"

#include <string>

namespace noodstop::platform::tls {
namespace {

std::string sentence_for(TlsError error) {
    switch (error) {
        case TlsError::truncated:
            return "the connection ended without a TLS close_notify";
        case TlsError::certificate_refused:
            return "the certificate of the other end was refused";
        case TlsError::refused_by_peer:
            return "the other end refused the TLS connection";
        case TlsError::no_agreement:
            return "no TLS version, suite or protocol that both ends accept";
        case TlsError::broken:
            return "what came is no TLS, or was altered on its way";
        case TlsError::unread:
            return "the other end doesn't read what it is answered";
    }
    return "unknown TLS error";
}

// Nobody deletes a category: it is static, and its base's destructor is protected.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class Category final : public boost::system::error_category {
public:
    virtual ~Category() = default;
    const char* name() const noexcept override { return "tls"; }
    std::string message(int value) const override { return sentence_for(static_cast<TlsError>(value)); }
};
#pragma GCC diagnostic pop

}  // namespace

const boost::system::error_category& tls_category() {
    static const Category category;
    return category;
}

boost::system::error_code make_error_code(TlsError error) {
    return {static_cast<int>(error), tls_category()};
}

}  // namespace noodstop::platform::tls
