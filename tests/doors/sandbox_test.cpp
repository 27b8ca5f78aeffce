// What a doors process that was taken over can still do, tried by processes that really are in the sandbox.
#include "agent/doors/sandbox.hpp"

#include "platform/net/tcp.hpp"
#include "platform/process/call_filter.hpp"
#include "platform/process/file_fence.hpp"
#include "platform/tls/dialer.hpp"
#include "platform/tls/listener.hpp"
#include "tests/platform/forked.hpp"
#include "tests/tls/certificates.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <netdb.h>
#include <netinet/in.h>
#include <thread>

using namespace noodstop;
using namespace noodstop::doors;
using namespace noodstop::testing;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr uid_t nobody = 65534;
constexpr int good = 42;

// Credentials that only user nobody can read, and a folder beside them in which everybody may do anything.
struct Site {
    Site() {
        fs::create_directories(open_place);
        ::chmod(open_place.c_str(), 0777);
        std::ofstream(open_place / "note") << "hello";
        fs::create_directories(keys);
        put_credentials("operator");
        core::RemotePolicy remote;
        remote.tls = {keys / "own.pem", keys / "own.key", keys / "ca.pem"};
        policy.channel.remote = remote;
    }
    ~Site() { fs::remove_all(folder); }

    // As who renews them does: a new file takes the place of the old one.
    void put_credentials(const std::string& name) const {
        const auto files = files_of(name);
        put(files.certificate, keys / "own.pem", 0, 0644);
        put(files.key, keys / "own.key", nobody, 0400);
        put(files.authorities, keys / "ca.pem", 0, 0644);
    }

    static void put(const std::string& from, const fs::path& to, uid_t owner, mode_t mode) {
        const fs::path made = to.string() + ".new";
        fs::copy_file(from, made, fs::copy_options::overwrite_existing);
        REQUIRE(::chown(made.c_str(), owner, owner) == 0);
        REQUIRE(::chmod(made.c_str(), mode) == 0);
        fs::rename(made, to);
    }

    // What `body` returns inside.
    int inside(const std::function<int()>& body) const {
        return exit_code_of([&] { return enter_sandbox(policy).ok() ? body() : 1; });
    }

    platform::tls::CredentialFiles files() const {
        const core::TlsFiles& tls = policy.channel.remote->tls;
        return {tls.certificate, tls.key, tls.authorities};
    }

    fs::path folder = fs::temp_directory_path() / ("noodstop-sandbox-" + std::to_string(::getpid()));
    fs::path open_place = folder / "open";
    fs::path keys = folder / "keys";
    core::AgentPolicy policy;
};

bool is_root() {
    if (::geteuid() == 0)
        return true;
    MESSAGE("SKIP: needs root");
    return false;
}

bool has_fence() {
    if (platform::fence_version() > 0)
        return true;
    MESSAGE("SKIP: no Landlock here");
    return false;
}

bool has_filter() {
    if (exit_code_of([] { return platform::filter_calls() ? good : 1; }) == good)
        return true;
    MESSAGE("SKIP: no seccomp here");
    return false;
}

bool fails_with(int error, long result) {
    return result == -1 && errno == error;
}

// A TLS server that takes anybody of our authority, on a thread of its own.
struct TlsServer {
    TlsServer() {
        auto opened = platform::tls::Listener::open(
            io, keyring, {}, {[this](platform::tls::AcceptedStream one) { streams.push_back(std::move(one)); }, {}});
        REQUIRE(opened.ok());
        listener = std::move(*opened);
        thread = std::thread([this] { io.run(); });
    }
    ~TlsServer() {
        boost::asio::post(io, [this] {
            listener.reset();
            streams.clear();
            guard.reset();
        });
        thread.join();
    }

    boost::asio::io_context io{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{io.get_executor()};
    platform::tls::Keyring keyring = server_keyring();
    std::vector<platform::tls::AcceptedStream> streams;
    std::unique_ptr<platform::tls::Listener> listener;
    std::thread thread;
};

// Looks up localhost, connects and shakes hands.
bool can_dial(const platform::tls::CredentialFiles& files, std::uint16_t port) {
    auto keyring = platform::tls::Keyring::load(files, {.role = platform::tls::Role::client});
    if (!keyring)
        return false;
    boost::asio::io_context io;
    platform::tls::Dialer dialer(io);
    bool is_open = false;
    dialer.dial(keyring->context(), {{"localhost", port}, 60s},
                [&](platform::Result<std::unique_ptr<platform::tls::Stream>> stream) { is_open = stream.ok(); });
    io.run();
    return is_open;
}

}  // namespace

TEST_CASE("in the sandbox nothing can be written, made, renamed, removed or executed, whatever the modes allow") {
    if (!is_root() || !has_fence())
        return;
    const Site site;
    const std::string note = site.open_place / "note";
    const std::string made = site.open_place / "made";
    CHECK(site.inside([&] {
        if (!fails_with(EACCES, ::open(note.c_str(), O_WRONLY)) || !fails_with(EACCES, ::open(note.c_str(), O_RDWR)))
            return 2;
        if (!fails_with(EACCES, ::open(made.c_str(), O_WRONLY | O_CREAT, 0644)))
            return 3;
        return ::mkdir(made.c_str(), 0755) == -1 && ::rename(note.c_str(), made.c_str()) == -1 &&
                       ::unlink(note.c_str()) == -1 && ::truncate(note.c_str(), 0) == -1
                   ? good
                   : 4;
    }) == good);
    CHECK(fs::file_size(note) == 5);
    CHECK(!fs::exists(made));
}

TEST_CASE("in the sandbox only credentials and what looking up names takes can be read") {
    if (!is_root() || !has_fence())
        return;
    const Site site;
    CHECK(site.inside([&] {
        if (!fails_with(EACCES, ::open((site.open_place / "note").c_str(), O_RDONLY)))
            return 2;
        if (!fails_with(EACCES, ::open("/usr/bin/env", O_RDONLY)) || !fails_with(EACCES, ::open("/", O_RDONLY)))
            return 3;
        for (const fs::path& path : {site.keys / "own.key", site.keys / "ca.pem", fs::path("/etc/passwd")})
            if (::open(path.c_str(), O_RDONLY) < 0)
                return 4;
        return good;
    }) == good);
}

TEST_CASE("the nearest folder that is there is readable for a file that may come later, but never all of them") {
    core::ChannelPolicy policy;
    policy.uplink.emplace();
    policy.uplink->tls = {"/var/lib/no-such-folder/deeper/own.pem", "/own.key", "/no-such-folder/ca.pem"};
    const auto folders = readable_folders(policy);
    const auto has = [&](const char* folder) {
        return std::find(folders.begin(), folders.end(), folder) != folders.end();
    };
    CHECK(has("/var/lib"));
    CHECK(has("/etc"));
    CHECK(!has("/"));
    CHECK(!has(""));
}

TEST_CASE("in the sandbox whoever executes, traces, mounts or becomes somebody else is ended at once") {
    if (!is_root() || !has_filter())
        return;
    const Site site;
    const std::function<void()> crimes[] = {
        [] { ::execl("/bin/true", "true", nullptr); },
        [] { ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); },
        [] { ::mount("none", "/mnt", "tmpfs", 0, nullptr); },
        [] { (void)!::setuid(0); },
        [] { (void)!::setgid(0); },
        [] { ::unshare(CLONE_NEWUSER); },
        [] { ::syscall(SYS_keyctl, 0, 0, 0, 0, 0); },
        [] { ::syscall(SYS_bpf, 0, nullptr, 0); },
        [] { ::syscall(SYS_init_module, nullptr, 0, ""); },
        [] { ::syscall(SYS_process_vm_readv, ::getppid(), nullptr, 0, nullptr, 0, 0); },
    };
    for (std::size_t number = 0; number < std::size(crimes); ++number) {
        CAPTURE(number);
        CHECK(site.inside([&] {
            crimes[number]();
            return 1;
        }) == -SIGSYS);
    }
}

TEST_CASE(
    "in the sandbox what libraries may probe is refused and goes on: listening, processes, signals, odd sockets") {
    if (!is_root() || !has_filter())
        return;
    const Site site;
    CHECK(site.inside([] {
        const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in any{};
        any.sin_family = AF_INET;
        if (!fails_with(EPERM, ::bind(socket, reinterpret_cast<const sockaddr*>(&any), sizeof any)))
            return 2;
        if (!fails_with(EPERM, ::socket(AF_PACKET, SOCK_RAW, 0)))
            return 3;
        if (!fails_with(EPERM, ::fork()))
            return 4;
        if (!fails_with(EPERM, ::kill(::getppid(), 0)))
            return 5;
        return fails_with(EPERM, ::syscall(SYS_io_uring_setup, 1, nullptr)) ? good : 6;
    }) == good);
}

TEST_CASE("in the sandbox names are looked up and TLS servers reached") {
    if (!is_root())
        return;
    const Site site;
    const TlsServer server;
    CHECK(site.inside([&] { return can_dial(site.files(), server.listener->port()) ? good : 2; }) == good);
}

TEST_CASE("in the sandbox renewed credentials can be read, from where the first ones were") {
    if (!is_root())
        return;
    const Site site;
    auto ends = platform::socket_pair();
    REQUIRE(ends.ok());
    const pid_t child = fork_process([&] {
        if (!enter_sandbox(site.policy))
            return 1;
        auto keyring = platform::tls::Keyring::load(site.files(), {.role = platform::tls::Role::server});
        char byte = 0;
        if (!keyring || ::write(ends->second.number(), &byte, 1) != 1 || ::read(ends->second.number(), &byte, 1) != 1)
            return 2;
        const auto reloaded = keyring->reload();
        return reloaded && *reloaded == platform::tls::Reload::own_changed ? good : 3;
    });
    char byte = 0;
    CHECK(::read(ends->first.number(), &byte, 1) == 1);
    site.put_credentials("hub");
    CHECK(::write(ends->first.number(), &byte, 1) == 1);
    const int status = status_of(child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == good);
}

TEST_CASE("in the sandbox the process is nobody, gains no rights, and has the limits that are named") {
    if (!is_root())
        return;
    const Site site;
    CHECK(site.inside([] {
        rlimit files{};
        rlimit core{};
        ::getrlimit(RLIMIT_NOFILE, &files);
        ::getrlimit(RLIMIT_CORE, &core);
        if (files.rlim_max > doors_own_descriptors_max + core::RemotePolicy{}.connections_max || core.rlim_max != 0)
            return 2;
        return ::getuid() == nobody && ::geteuid() == nobody ? good : 3;
    }) == good);
}

TEST_CASE("a process that can't give up root does not go on") {
    if (!is_root())
        return;
    Site site;
    site.policy.doors_user = "no-such-user";
    CHECK(site.inside([] { return good; }) == 1);
}
