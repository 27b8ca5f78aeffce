#include "platform/tls/keyring.hpp"

#include "tests/tls/shifted_clock.hpp"
#include "tests/tls/wire.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace noodstop::platform::tls;
using namespace noodstop::testing;

namespace {

namespace fs = std::filesystem;

// Files that a renewal exchanges.
struct Renewable {
    Renewable() {
        static int count = 0;
        folder = certificate_folder() + "/renewable-" + std::to_string(++count);
        fs::create_directory(folder);
        files = {folder + "/cert.pem", folder + "/key.pem", folder + "/ca.pem"};
        put(files_of("server"));
    }
    void put(const CredentialFiles& from) const {
        put_own(from);
        fs::copy_file(from.authorities, files.authorities, fs::copy_options::overwrite_existing);
    }
    void put_own(const CredentialFiles& from) const {
        fs::copy_file(from.certificate, files.certificate, fs::copy_options::overwrite_existing);
        fs::copy_file(from.key, files.key, fs::copy_options::overwrite_existing);
    }
    Keyring server() const { return keyring_of(files, {.role = Role::server}); }

    std::string folder;
    CredentialFiles files;
};

bool resumes(const Keyring& server, const Keyring& client) {
    Wire wire(server, client);
    wire.shake_hands();
    REQUIRE_MESSAGE(wire.is_open(), wire.server.problem() << " / " << wire.client.problem());
    CHECK(wire.server.peer().is_resumed == wire.client.peer().is_resumed);
    CHECK(wire.server.peer().certificate.common_name == "operator");
    CHECK(!wire.client.peer().certificate.common_name.empty());
    CHECK(send_through(wire.client, wire.server, "still good") == "still good");
    return wire.client.peer().is_resumed;
}

}  // namespace

TEST_CASE("a second connection resumes the session of the first, and both ends know who the other is") {
    const Keyring server = server_keyring();
    const Keyring client = client_keyring();
    CHECK(!resumes(server, client));
    CHECK(resumes(server, client));
    CHECK(resumes(server, client));
}

TEST_CASE("a session is resumed only with the server that it was made with") {
    const Keyring server = server_keyring();
    const Keyring other_server = server_keyring();
    const Keyring client = client_keyring();
    CHECK(!resumes(server, client));
    CHECK(!resumes(other_server, client));
    Wire by_address(server, client, "127.0.0.1");
    by_address.shake_hands();
    CHECK(by_address.is_open());
    CHECK(!by_address.client.peer().is_resumed);
}

TEST_CASE("a session of no lifetime is not resumed") {
    const Keyring server = keyring_of(files_of("server"), {.role = Role::server});
    const Keyring client =
        keyring_of(files_of("operator"), {.role = Role::client, .session_lifetime = std::chrono::seconds(0)});
    CHECK(!resumes(server, client));
    CHECK(!resumes(server, client));
}

TEST_CASE("a ticket is good for minutes") {
    const Keyring server = server_keyring();
    const Keyring client = client_keyring();
    CHECK(!resumes(server, client));
    {
        const ShiftedClock later(std::chrono::minutes(9));
        CHECK(resumes(server, client));
    }
    const ShiftedClock later(std::chrono::minutes(11));
    CHECK(!resumes(server, client));
}

TEST_CASE("a session is not resumed once the certificate behind it has expired, whichever end looks") {
    const auto a_year_and_a_day = std::chrono::hours(24 * 366);
    for (const bool client_forgets : {true, false}) {
        CAPTURE(client_forgets);
        const auto lifetime = std::chrono::hours(24 * 1000);
        const Keyring server = keyring_of(files_of("server"), {.role = Role::server, .session_lifetime = lifetime});
        const Keyring client = keyring_of(files_of("operator"), {.role = Role::client, .session_lifetime = lifetime});
        CHECK(!resumes(server, client));
        CHECK(resumes(server, client));
        Wire wire(server, client);
        if (!client_forgets)
            wire.client.handshake();  // its hello offers the session while all is well
        const ShiftedClock later(a_year_and_a_day);
        if (client_forgets)
            wire.client = Engine(client.context(), Target{"localhost", 443});
        wire.shake_hands();
        CHECK(!wire.server.is_open());
        CHECK(!wire.client.is_open());
        CHECK(wire.client.problem().find("has expired") != std::string::npos);
    }
}

TEST_CASE("reloading what has not changed changes nothing") {
    const Renewable files;
    Keyring server = files.server();
    const auto before = server.context();
    const auto outcome = server.reload();
    REQUIRE(outcome.ok());
    CHECK(*outcome == Reload::unchanged);
    CHECK(server.context() == before);
    CHECK(server.generation() == 1);
}

TEST_CASE("a renewed certificate is shown to new connections, old ones go on, and sessions are still resumed") {
    const Renewable files;
    Keyring server = files.server();
    const Keyring client = client_keyring();
    Wire old(server, client);
    old.shake_hands();
    REQUIRE(old.is_open());
    const std::string fingerprint = old.client.peer().certificate.fingerprint;

    files.put_own(files_of("hub"));
    const auto outcome = server.reload();
    REQUIRE_MESSAGE(outcome.ok(), outcome.error().message);
    CHECK(*outcome == Reload::own_changed);
    CHECK(server.generation() == 2);
    CHECK(server.trust_generation() == 1);
    CHECK(resumes(server, client));
    Wire fresh(server, client_keyring());
    fresh.shake_hands();
    REQUIRE(fresh.is_open());
    CHECK(fresh.client.peer().certificate.fingerprint != fingerprint);
    CHECK(send_through(old.client, old.server, "the old one") == "the old one");
    CHECK(send_through(old.server, old.client, "goes on") == "goes on");
}

TEST_CASE("when others are trusted no session from before is resumed, and who isn't trusted any more is refused") {
    const Renewable files;
    Keyring server = files.server();
    const Keyring client = client_keyring();
    CHECK(!resumes(server, client));
    CHECK(resumes(server, client));

    // The old authority stays among the new ones: the client is still trusted, but its session must not be.
    std::ofstream(files.files.authorities, std::ios::app)
        << std::ifstream(certificate_folder() + "/other/ca.pem").rdbuf();
    auto outcome = server.reload();
    REQUIRE_MESSAGE(outcome.ok(), outcome.error().message);
    CHECK(*outcome == Reload::authorities_changed);
    CHECK(server.trust_generation() == 2);
    CHECK(!resumes(server, client));
    CHECK(resumes(server, client));

    fs::copy_file(certificate_folder() + "/other/ca.pem", files.files.authorities,
                  fs::copy_options::overwrite_existing);
    outcome = server.reload();
    REQUIRE(outcome.ok());
    Wire refused(server, client);
    refused.shake_hands();
    CHECK(!refused.server.is_open());
    CHECK(refused.server.error() == TlsError::certificate_refused);
}

TEST_CASE("a client that trusts others doesn't resume either") {
    const Keyring server = server_keyring();
    Renewable files;
    files.put(files_of("operator"));
    Keyring client = keyring_of(files.files, {.role = Role::client});
    CHECK(!resumes(server, client));
    CHECK(resumes(server, client));
    fs::copy_file(certificate_folder() + "/other/ca.pem", files.files.authorities,
                  fs::copy_options::overwrite_existing);
    REQUIRE(client.reload().ok());
    Wire refused(server, client);
    refused.shake_hands();
    CHECK(!refused.client.is_open());
    CHECK(refused.client.error() == TlsError::certificate_refused);
}

TEST_CASE("files that are bad at a reload change nothing, and the error names them") {
    const Renewable files;
    Keyring server = files.server();
    const auto before = server.context();
    fs::copy_file(files_of("hub").key, files.files.key, fs::copy_options::overwrite_existing);  // its half of a renewal
    auto outcome = server.reload();
    REQUIRE(!outcome.ok());
    CHECK(outcome.error().message.find(files.files.key) != std::string::npos);
    CHECK(server.context() == before);
    CHECK(resumes(server, client_keyring()) == false);
    fs::copy_file(files_of("hub").certificate, files.files.certificate, fs::copy_options::overwrite_existing);
    outcome = server.reload();
    REQUIRE(outcome.ok());
    CHECK(*outcome == Reload::own_changed);
}
