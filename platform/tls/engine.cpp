#include "platform/tls/engine.hpp"

#include "platform/tls/certificate_reading.hpp"
#include "platform/tls/context_parts.hpp"
#include "platform/tls/problems.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace noodstop::platform::tls {
namespace {

// Where output() is not taken away and grows all the same, the other end makes us answer without reading.
constexpr std::size_t answers_max = 4 * Engine::output_max;
// Returns that bring nothing though there was input: a refused renegotiation, a ticket. More is no honest peer.
constexpr std::size_t detours_max = 32;

enum class Direction {
    incoming,
    outgoing,  // goes on after the other end has said that nothing more comes from it
};

}  // namespace

struct Engine::Impl {
    explicit Impl(std::shared_ptr<const Context> given_context) : context(std::move(given_context)) {}

    void begin();
    Step fail(TlsError error, std::string text);
    Step fail_with(int code);
    Step finish_handshake();
    template <class Call>
    Step step(Direction direction, const Call& call);
    bool is_over(Direction direction) const;
    Step call_again();

    static int take_input(void* self, unsigned char* bytes, std::size_t size);
    static int add_output(void* self, const unsigned char* bytes, std::size_t size);
    static int verify(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags);

    std::string shelf_name() const { return fmt::format("{}:{}", target.host, target.port); }

    std::shared_ptr<const Context> context;
    Target target;  // of a client
    std::string input;
    std::size_t input_taken = 0;
    std::string output;
    std::size_t output_sent = 0;
    bool has_input_ended = false;
    bool is_starved = false;    // mbedTLS asked for input that isn't there
    bool was_verified = false;  // the other end's chain, in this very handshake
    bool is_handshake_done = false;
    bool is_closed_by_us = false;
    std::size_t detours = 0;
    std::string refused_name;  // of a certificate that failed to verify
    std::optional<Step> end;   // what every further step says
    Problem problem;
    Peer peer;
    api::Connection connection;  // last: it points to the others
};

void Engine::Impl::begin() {
    mbedtls_ssl_context* ssl = connection.get();
    int code = mbedtls_ssl_setup(ssl, context->parts().config.get());
    if (code == 0 && context->role() == Role::client) {
        // An address is never sent as a name (RFC 6066); verify() compares it.
        code = mbedtls_ssl_set_hostname(ssl, is_address(target.host) ? nullptr : target.host.c_str());
        context->parts().resumption->resume(shelf_name(), ssl, Resumption::Clock::now());
    }
    if (code != 0)
        fail_with(code);
    mbedtls_ssl_set_bio(ssl, this, add_output, take_input, nullptr);
    mbedtls_ssl_set_verify(ssl, verify, this);
}

int Engine::Impl::take_input(void* self, unsigned char* bytes, std::size_t size) {
    auto& impl = *static_cast<Impl*>(self);
    const std::size_t count = std::min(size, impl.input.size() - impl.input_taken);
    if (count == 0) {
        impl.is_starved = true;
        return impl.has_input_ended ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
    }
    std::copy_n(impl.input.data() + impl.input_taken, count, reinterpret_cast<char*>(bytes));
    impl.input_taken += count;
    if (impl.input_taken == impl.input.size()) {
        std::string().swap(impl.input);  // an idle connection holds no buffer of ours
        impl.input_taken = 0;
    }
    return static_cast<int>(count);
}

// Always takes everything, so that mbedTLS never has half a record to finish.
int Engine::Impl::add_output(void* self, const unsigned char* bytes, std::size_t size) {
    auto& impl = *static_cast<Impl*>(self);
    if (impl.output.size() - impl.output_sent > answers_max) {
        impl.problem = {TlsError::unread, "the other end makes us answer and doesn't read the answers"};
        return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    }
    impl.output.append(reinterpret_cast<const char*>(bytes), size);
    return static_cast<int>(size);
}

// Called for each certificate of the chain, the other end's own (depth 0) last.
int Engine::Impl::verify(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags) {
    auto& impl = *static_cast<Impl*>(self);
    if (depth == 0 && impl.context->role() == Role::client && is_address(impl.target.host) &&
        !serves_address(*certificate, impl.target.host))
        *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    if (depth == 0)
        impl.was_verified = true;
    if (*flags != 0)
        impl.refused_name = name_of(*certificate);
    return 0;
}

Step Engine::Impl::fail(TlsError error, std::string text) {
    if (problem.text.empty())
        problem = {error, std::move(text)};
    if (!is_handshake_done && context->role() == Role::client)
        context->parts().resumption->forget(shelf_name());  // the next attempt is a full handshake
    end = Step{problem.error == TlsError::truncated ? Outcome::truncated : Outcome::failed};
    return *end;
}

Step Engine::Impl::fail_with(int code) {
    const TlsError kind = kind_of(code);
    if (kind == TlsError::truncated)
        return fail(kind, is_handshake_done ? make_error_code(kind).message()
                                            : "the other end closed the connection during the TLS handshake");
    if (kind == TlsError::refused_by_peer)
        return fail(kind, alert_text(api::alert_of(*connection.get())));
    if (code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        return fail(TlsError::refused_by_peer, "the other end gave up during the TLS handshake");
    if (code == MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE) {
        api::tell_missing_certificate(connection.get());
        return fail(kind, "the other end shows no certificate, and one is required");
    }
    if (code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
        const std::uint32_t flags = mbedtls_ssl_get_verify_result(connection.get());
        const bool is_other_host = (flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0;
        return fail(kind, fmt::format("the certificate of the other end ({}) is refused: {}{}", refused_name,
                                      verification_text(flags), is_other_host ? " than " + target.host : ""));
    }
    return fail(kind, fmt::format("{}: {}", make_error_code(kind).message(), library_text(code)));
}

bool Engine::Impl::is_over(Direction direction) const {
    return end && (direction == Direction::incoming || end->outcome != Outcome::closed);
}

// `done` here: nothing speaks against another call.
Step Engine::Impl::call_again() {
    if (++detours > detours_max)
        return fail(TlsError::broken, "the other end sends too much that is neither data nor an end");
    return {Outcome::done};
}

// Everything goes through here: calls mbedTLS until it has a result, or needs something from outside.
template <class Call>
Step Engine::Impl::step(Direction direction, const Call& call) {
    while (!is_over(direction)) {
        is_starved = false;
        const int code = call();
        if (code == MBEDTLS_ERR_SSL_WANT_READ && is_starved)
            return {Outcome::wants_input};
        if (code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY && is_handshake_done)
            end = Step{Outcome::closed};
        else if (code == MBEDTLS_ERR_SSL_WANT_READ || api::means_call_again(code))
            call_again();
        else if (code < 0)
            fail_with(code);
        else
            return {Outcome::done, static_cast<std::size_t>(code)};
    }
    return *end;
}

Step Engine::Impl::finish_handshake() {
    const mbedtls_x509_crt* certificate = mbedtls_ssl_get_peer_cert(connection.get());
    // A resumed session brings the certificate and what was found about it; neither may be missing.
    if (certificate == nullptr || mbedtls_ssl_get_verify_result(connection.get()) != 0 ||
        (!was_verified && has_expired(*certificate)))
        return fail(TlsError::certificate_refused, "the resumed session has no certificate that is still good");
    const char* protocol = mbedtls_ssl_get_alpn_protocol(connection.get());
    peer = {facts_of(*certificate), protocol == nullptr ? "" : protocol, mbedtls_ssl_get_version(connection.get()),
            !was_verified};
    is_handshake_done = true;
    if (context->role() == Role::client && !peer.is_resumed)
        context->parts().resumption->keep(shelf_name(), *connection.get(), Resumption::Clock::now());
    return {Outcome::done};
}

Engine::Engine(std::shared_ptr<const Context> context) : impl_(std::make_unique<Impl>(std::move(context))) {
    impl_->begin();
    if (impl_->context->role() != Role::server)
        impl_->fail(TlsError::no_agreement, "a client's end needs to know which server it wants to reach");
}

Engine::Engine(std::shared_ptr<const Context> context, Target target)
    : impl_(std::make_unique<Impl>(std::move(context))) {
    impl_->target = std::move(target);
    impl_->begin();
    if (impl_->context->role() != Role::client || impl_->target.host.empty())
        impl_->fail(TlsError::no_agreement, "no server is named whose certificate could be verified");
}

Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

void Engine::put(std::string_view bytes) {
    if (impl_->input.size() + bytes.size() > input_max)
        impl_->fail(TlsError::broken, "more input came than was asked for");
    else
        impl_->input.append(bytes);
}

void Engine::put_end() {
    impl_->has_input_ended = true;
}

std::string_view Engine::output() const {
    return std::string_view(impl_->output).substr(impl_->output_sent);
}

void Engine::sent(std::size_t size) {
    impl_->output_sent = std::min(impl_->output_sent + size, impl_->output.size());
    if (impl_->output_sent == impl_->output.size()) {
        std::string().swap(impl_->output);
        impl_->output_sent = 0;
    }
}

Step Engine::handshake() {
    if (impl_->is_handshake_done)
        return impl_->end.value_or(Step{Outcome::done});
    const Step step =
        impl_->step(Direction::incoming, [this] { return mbedtls_ssl_handshake(impl_->connection.get()); });
    return step.outcome == Outcome::done ? impl_->finish_handshake() : step;
}

Step Engine::read(char* bytes, std::size_t size) {
    if (!impl_->is_handshake_done)
        return impl_->end ? *impl_->end : impl_->fail(TlsError::broken, "read before the handshake was done");
    for (;;) {
        Step step = impl_->step(Direction::incoming, [&] {
            return mbedtls_ssl_read(impl_->connection.get(), reinterpret_cast<unsigned char*>(bytes), size);
        });
        if (step.outcome != Outcome::done || step.size > 0)
            return step;
        // mbedTLS says 0 when the transport ends without a close_notify: passed on as success it would be an endless
        // loop. It also says 0 for a second empty record in a row, which is only odd.
        step = impl_->is_starved ? impl_->fail_with(MBEDTLS_ERR_SSL_CONN_EOF) : impl_->call_again();
        if (step.outcome != Outcome::done)
            return step;
    }
}

Step Engine::write(std::string_view bytes) {
    if (impl_->is_over(Direction::outgoing))
        return *impl_->end;
    if (!impl_->is_handshake_done || impl_->is_closed_by_us)
        return impl_->fail(TlsError::broken, "written before the handshake or after the end");
    if (bytes.empty())
        return {Outcome::done};
    if (output().size() >= output_max)
        return {Outcome::wants_output};
    return impl_->step(Direction::outgoing, [&] {
        return mbedtls_ssl_write(impl_->connection.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                                 bytes.size());
    });
}

Step Engine::close() {
    if (impl_->is_over(Direction::outgoing))
        return *impl_->end;
    if (!impl_->is_handshake_done || impl_->is_closed_by_us)
        return {Outcome::done};
    impl_->is_closed_by_us = true;
    return impl_->step(Direction::outgoing, [this] { return mbedtls_ssl_close_notify(impl_->connection.get()); });
}

bool Engine::is_open() const {
    return impl_->is_handshake_done && !impl_->end;
}

const Peer& Engine::peer() const {
    return impl_->peer;
}

TlsError Engine::error() const {
    return impl_->problem.error;
}

const std::string& Engine::problem() const {
    return impl_->problem.text;
}

}  // namespace noodstop::platform::tls
