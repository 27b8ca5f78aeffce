#include "tests/tls/certificates.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

namespace noodstop::testing {
namespace {

namespace tls = platform::tls;

struct Folder {
    Folder() {
        path = (std::filesystem::temp_directory_path() / ("noodstop-tls-" + std::to_string(::getpid()))).string();
        made_by = ::getpid();
        make(path);
        for (const char* line :
             {"operator --role operator", "hub --role hub/h1 --dns localhost", "agent --role agent/a1",
              "owner --role owner/acme", "expired --role operator --expired", "elsewhere --dns elsewhere.example"})
            run_certs("make " + path + " " + line);
        make(path + "/other");
        run_certs("make " + path + "/other operator --role operator");
    }
    ~Folder() {
        if (made_by == ::getpid())  // not in a process that was forked
            std::filesystem::remove_all(path);
    }
    static void make(const std::string& folder) {
        run_certs("ca " + folder);
        run_certs("make " + folder + " server --dns localhost --ip 127.0.0.1 --ip ::1");
    }
    std::string path;
    pid_t made_by = 0;
};

}  // namespace

void run_certs(const std::string& arguments) {
    const std::string command = "tools/certs " + arguments;
    if (std::system(command.c_str()) == 0)
        return;
    std::fprintf(stderr, "failed: %s\n", command.c_str());
    std::abort();
}

const std::string& certificate_folder() {
    static const Folder folder;
    return folder.path;
}

tls::CredentialFiles files_of(const std::string& name, const std::string& authorities) {
    const std::string begin = certificate_folder() + "/";
    return {begin + name + ".pem", begin + name + ".key", begin + authorities};
}

tls::Keyring keyring_of(const tls::CredentialFiles& files, tls::ContextOptions options) {
    auto keyring = tls::Keyring::load(files, options);
    if (keyring)
        return *keyring;
    std::fprintf(stderr, "%s\n", keyring.error().message.c_str());
    std::abort();
}

tls::Keyring server_keyring(const std::string& name, std::vector<std::string> protocols) {
    return keyring_of(files_of(name), {.role = tls::Role::server, .protocols = std::move(protocols)});
}

tls::Keyring client_keyring(const std::string& name, std::vector<std::string> protocols) {
    return keyring_of(files_of(name), {.role = tls::Role::client, .protocols = std::move(protocols)});
}

}  // namespace noodstop::testing
