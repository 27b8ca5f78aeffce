#include "platform/tls/credentials.hpp"

#include "tests/tls/certificates.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

using namespace noodstop::platform::tls;
using namespace noodstop::testing;

namespace {

namespace fs = std::filesystem;

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// Copies of a good set that a test may spoil.
struct Files {
    Files() {
        static int count = 0;
        folder = certificate_folder() + "/spoilt-" + std::to_string(++count);
        fs::create_directory(folder);
        const CredentialFiles good = files_of("server");
        files = {folder + "/cert.pem", folder + "/key.pem", folder + "/ca.pem"};
        fs::copy_file(good.certificate, files.certificate);
        fs::copy_file(good.key, files.key);
        fs::copy_file(good.authorities, files.authorities);
    }
    static void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
    static void run(const std::string& command) { REQUIRE(std::system((command + " 2>/dev/null").c_str()) == 0); }

    // What loading says; empty: nothing against it.
    std::string problem() const {
        const auto loaded = Credentials::load(files);
        return loaded ? "" : loaded.error().message;
    }

    std::string folder;
    CredentialFiles files;
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a certificate's facts are read") {
    const auto loaded = Credentials::load(files_of("hub"));
    REQUIRE(loaded.ok());
    REQUIRE(loaded->own().has_value());
    const CertificateFacts& facts = *loaded->own();
    CHECK(facts.common_name == "hub");
    CHECK(facts.uris == std::vector<std::string>{"noodstop:hub/h1"});
    CHECK(facts.host_names == std::vector<std::string>{"localhost"});
    const auto now = std::chrono::system_clock::now();
    CHECK(facts.not_before < now);
    CHECK(facts.not_after > now + std::chrono::hours(24 * 364));
    CHECK(facts.not_after < now + std::chrono::hours(24 * 366));

    const auto openssl = certificate_folder() + "/fingerprint.txt";
    Files::run("openssl x509 -in " + files_of("hub").certificate + " -noout -fingerprint -sha256 > " + openssl);
    std::string fingerprint = text_of(openssl);
    fingerprint = fingerprint.substr(fingerprint.find('=') + 1);
    std::erase_if(fingerprint, [](char letter) { return letter == ':' || letter == '\n'; });
    for (char& letter : fingerprint)
        letter = static_cast<char>(std::tolower(letter));
    CHECK(facts.fingerprint == fingerprint);
}

TEST_CASE("a certificate that has expired is loaded, and says so") {
    const auto loaded = Credentials::load(files_of("expired"));
    REQUIRE(loaded.ok());
    CHECK(loaded->own()->not_after < std::chrono::system_clock::now());
}

TEST_CASE("facts are read from a text too, and rubbish is an error") {
    const auto facts = certificate_facts(text_of(files_of("owner").certificate));
    REQUIRE(facts.ok());
    CHECK(facts->uris == std::vector<std::string>{"noodstop:owner/acme"});
    CHECK(!certificate_facts("").ok());
    CHECK(!certificate_facts("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n").ok());
}

TEST_CASE("a client may have no certificate, and everybody needs authorities") {
    Files files;
    CHECK(files.problem().empty());
    files.files.certificate.clear();
    CHECK(has(files.problem(), "is named without its certificate"));
    files.files.key.clear();
    CHECK(files.problem().empty());
    files.files.authorities.clear();
    CHECK(has(files.problem(), "no file of trusted authorities"));
}

TEST_CASE("files that others could change or read are refused, with the cure") {
    Files files;
    const auto loaded = [&] { return files.problem(); };
    REQUIRE(::chmod(files.files.key.c_str(), 0604) == 0);
    CHECK(has(loaded(), "can be read by anybody. Cure: chmod o-rwx " + files.files.key));
    REQUIRE(::chmod(files.files.key.c_str(), 0640) == 0);
    CHECK(loaded().empty());
    REQUIRE(::chmod(files.files.key.c_str(), 0660) == 0);
    CHECK(has(loaded(), "can be written by others. Cure: chmod go-w " + files.files.key));
    REQUIRE(::chmod(files.files.key.c_str(), 0600) == 0);
    REQUIRE(::chmod(files.files.authorities.c_str(), 0666) == 0);
    CHECK(has(loaded(), "can be written by others. Cure: chmod go-w " + files.files.authorities));
    REQUIRE(::chmod(files.files.authorities.c_str(), 0644) == 0);
    if (::geteuid() == 0) {
        REQUIRE(::chown(files.files.certificate.c_str(), 65534, 65534) == 0);
        CHECK(has(loaded(), "belongs to user 65534"));
    }
}

TEST_CASE("missing, empty, foreign and oversized files are named") {
    Files files;
    fs::remove(files.files.key);
    CHECK(has(files.problem(), "cannot open " + files.files.key));
    Files::write(files.files.key, "");
    REQUIRE(::chmod(files.files.key.c_str(), 0600) == 0);
    CHECK(has(files.problem(), files.files.key + " holds no key that can be read"));
    Files::write(files.files.certificate, "no certificate");
    CHECK(has(files.problem(), files.files.certificate + " holds no certificate that can be read"));
    Files::write(files.files.certificate, std::string(300'000, 'x'));
    CHECK(has(files.problem(), "is longer than"));
    files.files.certificate = files.folder;
    CHECK(has(files.problem(), "is no plain file"));
    files.files.certificate = files.folder + "/pipe";
    REQUIRE(::mkfifo(files.files.certificate.c_str(), 0600) == 0);
    CHECK(has(files.problem(), "is no plain file"));
}

TEST_CASE("a broken certificate among good ones is refused") {
    Files files;
    const std::string good = text_of(files.files.authorities);
    std::string broken = good;
    broken[broken.size() / 2] = broken[broken.size() / 2] == 'A' ? 'B' : 'A';
    broken.insert(broken.size() / 3, "!");
    Files::write(files.files.authorities, good + broken);
    CHECK(has(files.problem(), "holds no certificate that can be read"));
}

TEST_CASE("a key that is not the certificate's is refused, and so is one with a password") {
    Files files;
    fs::copy_file(files_of("hub").key, files.files.key, fs::copy_options::overwrite_existing);
    CHECK(has(files.problem(), "is not that of \"server\""));
    fs::remove(files.files.key);
    Files::run("umask 077; openssl pkey -aes256 -passout pass:x -in " + files_of("server").key + " -out " +
               files.files.key);
    CHECK(has(files.problem(), "has a password"));
}

TEST_CASE("weak and foreign kinds of keys are refused, of one's own and of authorities") {
    for (const std::string& algorithm :
         {std::string("RSA -pkeyopt rsa_keygen_bits:2048"), std::string("EC -pkeyopt ec_paramgen_curve:secp224r1"),
          std::string("EC -pkeyopt ec_paramgen_curve:secp256k1")}) {
        CAPTURE(algorithm);
        Files files;
        fs::remove(files.files.key);
        Files::run("umask 077; openssl genpkey -algorithm " + algorithm + " -out " + files.files.key);
        Files::run("openssl req -x509 -new -key " + files.files.key + " -subj /CN=weak -days 2 -out " +
                   files.files.certificate);
        CHECK(has(files.problem(), "is not ECDSA on P-256, P-384 or P-521"));
        const CredentialFiles good = files_of("server");
        const auto trusting = Credentials::load({good.certificate, good.key, files.files.certificate});
        REQUIRE(!trusting.ok());
        CHECK(has(trusting.error().message, "is not ECDSA on P-256, P-384 or P-521"));
    }
}

TEST_CASE("stronger curves are fine") {
    for (const std::string& curve : {std::string("P-384"), std::string("P-521")}) {
        CAPTURE(curve);
        Files files;
        fs::remove(files.files.key);
        Files::run("umask 077; openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:" + curve + " -out " +
                   files.files.key);
        Files::run("openssl req -x509 -new -key " + files.files.key + " -subj /CN=strong -days 2 -out " +
                   files.files.certificate);
        CHECK(files.problem().empty());
    }
}

TEST_CASE("a chain is in order, the own certificate first") {
    Files files;
    const std::string own = text_of(files.files.certificate);
    const std::string authority = text_of(files.files.authorities);
    Files::write(files.files.certificate, own + authority);
    CHECK(files.problem().empty());
    Files::write(files.files.certificate, own + text_of(files_of("hub").certificate));
    CHECK(has(files.problem(), "is followed by that of \"hub\""));
}

TEST_CASE("a server without a certificate is no server") {
    CredentialFiles files = files_of("server");
    files.certificate.clear();
    files.key.clear();
    const auto keyring = Keyring::load(files, {.role = Role::server});
    REQUIRE(!keyring.ok());
    CHECK(has(keyring.error().message, "has no certificate"));
}
