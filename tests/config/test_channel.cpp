#include "agent/config/endpoint_text.hpp"
#include "tests/config/support.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace noodstop::config {
namespace {

const std::string files = R"(certificate = "/etc/noodstop/agent.pem"
key = "/etc/noodstop/agent.key"
authorities = "/etc/noodstop/authorities.pem"
)";

const core::TlsFiles files_read{"/etc/noodstop/agent.pem", "/etc/noodstop/agent.key", "/etc/noodstop/authorities.pem"};

std::string with_remote(const std::string& keys = "") {
    return minimal + "[remote]\n" + files + keys;
}

std::string with_uplink(const std::string& keys) {
    return minimal + "[uplink]\n" + files + keys;
}

std::string with_exporter(const std::string& keys) {
    return minimal + "[exporters.lab]\nkind = \"remote_write\"\n" + keys;
}

std::string without_line(std::string text, const std::string& beginning) {
    const auto from = text.rfind("\n" + beginning) + 1;
    return text.erase(from, text.find('\n', from) + 1 - from);
}

core::ChannelPolicy channel_of(const std::string& text) {
    const auto loaded = load(text);
    REQUIRE_MESSAGE(loaded.ok(), all_texts(loaded.mistakes));
    return loaded.policy.agent.channel;
}

// A folder with files that others read.
class KeyFolder {
public:
    KeyFolder() { std::filesystem::create_directories(path_); }
    ~KeyFolder() { std::filesystem::remove_all(path_); }
    KeyFolder(const KeyFolder&) = delete;
    KeyFolder& operator=(const KeyFolder&) = delete;
    std::string put(const std::string& name, mode_t mode) const {
        const std::string file = path_ + "/" + name;
        std::ofstream(file) << "x";
        ::chmod(file.c_str(), mode);
        return file;
    }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_ =
        (std::filesystem::temp_directory_path() / ("noodstop-keys-" + std::to_string(::getpid()))).string();
};

}  // namespace

TEST_CASE("without its sections nobody is let in and nobody is told") {
    CHECK(channel_of(minimal) == core::ChannelPolicy{});
    CHECK(channel_of(minimal + "[agent]\nspool_max = 16\n").spool_bytes_max == 16 << 20);
    check_only_mistake(minimal + "[agent]\nspool_max = 0\n", {"spool_max", "agent.spool_max", "too small"});
}

TEST_CASE("a remote port is what the section says") {
    const auto remote = channel_of(with_remote("address = \"::1\"\nport = 9000\nconnections_max = 7\n")).remote;
    REQUIRE(remote.has_value());
    CHECK(*remote == core::RemotePolicy{"::1", 9000, files_read, 7});
    for (const char* port : {"0", "65536", "-1"})
        CHECK(!load(with_remote("port = " + std::string(port) + "\n")).ok());
    check_only_mistake(with_remote("address = \"box.example.com\"\n"),
                       {"address = ", "remote.address", "not a numeric address"});
}

TEST_CASE("nobody comes in, and no hub is talked to, without all three files") {
    for (const char* key : {"certificate", "key", "authorities"}) {
        check_only_mistake(without_line(with_remote(), key), {"[remote]", "remote." + std::string(key), "missing"});
        check_only_mistake(without_line(with_uplink("host = \"hub\"\n"), key),
                           {"[uplink]", "uplink." + std::string(key), "missing"});
    }
    check_only_mistake(edited(with_remote(), "\"/etc/noodstop/agent.key\"", "\"agent.key\""),
                       {"key = \"agent.key\"", "remote.key", "not an absolute path"});
}

TEST_CASE("an uplink names its hub by name or address") {
    const auto uplink =
        channel_of(with_uplink("host = \"hub.example.com\"\nport = 1\nmissing_after = \"1m\"\n")).uplink;
    REQUIRE(uplink.has_value());
    CHECK(*uplink == core::UplinkPolicy{"hub.example.com", 1, files_read, std::chrono::minutes(1)});
    for (const char* host : {"hub", "192.0.2.1", "2001:db8::1", "a-b.c_d.example"})
        check_loads(with_uplink("host = \"" + std::string(host) + "\"\n"));
    for (const char* host : {"https://hub", "hub:8444", "hub.", "-hub", "192.0.2.300", "hub one", "[::1]"})
        check_only_mistake(with_uplink("host = \"" + std::string(host) + "\"\n"),
                           {"host = ", "uplink.host", "not a host name or an address"});
    check_only_mistake(with_uplink(""), {"[uplink]", "uplink.host", "missing"});
}

TEST_CASE("an exporter's url says where to and how") {
    const auto secure = channel_of(with_exporter(R"(url = "https://metrics.example.com/api/v1/write?a=b"
authorities = "/a"
token_file = "/t"
scope = "acme"
)"));
    REQUIRE(secure.exporters.size() == 1);
    core::ExporterPolicy expected;
    expected.name = "lab";
    expected.host = "metrics.example.com";
    expected.target = "/api/v1/write?a=b";
    expected.tls.authorities = "/a";
    expected.token_file = "/t";
    expected.scope = "acme";
    CHECK(secure.exporters[0] == expected);

    const auto plain =
        channel_of(edited(with_exporter("url = \"http://[::1]:4318/v1/logs\"\n"), "remote_write", "otlp_logs"));
    CHECK(plain.exporters[0].kind == core::ExporterKind::otlp_logs);
    CHECK(!plain.exporters[0].encrypted);
    CHECK(plain.exporters[0].host == "::1");
    CHECK(plain.exporters[0].port == 4318);
}

TEST_CASE("counters leave this machine encrypted or not at all") {
    for (const char* url : {"http://localhost/x", "http://127.0.0.1:9090/x", "http://127.9.8.7", "http://[::1]/x"})
        check_loads(with_exporter("url = \"" + std::string(url) + "\"\n"));
    for (const char* url : {"http://metrics.example.com/x", "http://10.0.0.1/x", "http://localhost.example.com/x",
                            "http://0.0.0.0/x", "http://[::]/x", "http://127.0.0.1.example.com/"})
        check_only_mistake(with_exporter("url = \"" + std::string(url) + "\"\n"),
                           {"url = ", "exporters.lab.url", "not encrypted and leaves this machine"});
    check_only_mistake(with_exporter("url = \"https://metrics.example.com\"\n"),
                       {"url = ", "exporters.lab.authorities", "missing"});
    check_only_mistake(with_exporter("url = \"http://localhost\"\nauthorities = \"/a\"\n"),
                       {"authorities = \"/a\"", "exporters.lab.authorities", "means nothing"});
}

TEST_CASE("what is no url is refused with the line") {
    for (const char* url :
         {"metrics.example.com", "ftp://a/b", "https://", "https:///x", "https://a:0/", "https://a:x/",
          "https://a:65536/", "https://a:/", "https://u:p@a/", "https://a/#b", "https://a b/", "https://[::1/x",
          "https://[a]/", "https://::1/", "HTTPS://a/", "https://a/\\u00e9"})
        check_only_mistake(with_exporter("authorities = \"/a\"\nurl = \"" + std::string(url) + "\"\n"),
                           {"url = ", "exporters.lab.url", ""});
    CHECK(std::get<Url>(read_url("https://a?b")).target == "/?b");
    CHECK(std::get<Url>(read_url("http://localhost")).port == 80);
}

TEST_CASE("a certificate and its key go together") {
    const std::string secure = "url = \"https://a/\"\nauthorities = \"/a\"\n";
    check_loads(with_exporter(secure + "certificate = \"/c\"\nkey = \"/k\"\n"));
    check_only_mistake(with_exporter(secure + "certificate = \"/c\"\n"),
                       {"certificate = \"/c\"", "exporters.lab.certificate", "stands alone"});
    check_only_mistake(with_exporter(secure + "key = \"/k\"\n"), {"key = \"/k\"", "exporters.lab.key", "stands alone"});
}

TEST_CASE("an exporter's name is fit for a cursor, its kind is known, its scope stands in a header") {
    const std::string url = "url = \"http://localhost\"\n";
    check_only_mistake(edited(with_exporter(url), "[exporters.lab]", "[exporters.\"a/b\"]"),
                       {"[exporters.", "exporters.\"a/b\"", "not a name"});
    check_only_mistake(edited(with_exporter(url), "remote_write", "statsd"),
                       {"kind = \"statsd\"", "exporters.lab.kind", "not one of its words"});
    check_only_mistake(with_exporter(url + "scope = \"a\\r\\nb\"\n"),
                       {"scope = \"a", "exporters.lab.scope", "can't stand in a header"});
}

TEST_CASE("exporters are few") {
    std::string text = minimal;
    for (int number = 0; number < 8; ++number)
        text += "[exporters.e" + std::to_string(number) + "]\nkind = \"otlp_logs\"\nurl = \"http://localhost\"\n";
    check_loads(text);
    text += "[exporters.one_more]\nkind = \"otlp_logs\"\nurl = \"http://localhost\"\n";
    check_only_mistake(text, {"[exporters.one_more]", "exporters", "has 9 tables"});
}

TEST_CASE("the page for scrapers is for this machine, on a port of its own") {
    CHECK(channel_of(minimal + "[metrics]\n").metrics == core::MetricsPolicy{});
    CHECK(channel_of(minimal + "[metrics]\naddress = \"::1\"\nport = 99\n").metrics == core::MetricsPolicy{"::1", 99});
    for (const char* address : {"0.0.0.0", "::", "192.0.2.1", "localhost"})
        check_only_mistake(minimal + "[metrics]\naddress = \"" + address + "\"\n",
                           {"address = ", "metrics.address", "not a loopback address"});
    check_only_mistake(with_remote() + "[metrics]\nport = 8443 # twice\n",
                       {"# twice", "metrics.port", "the port of [remote] too"});
}

TEST_CASE("files that are not there, and keys that all may read, are remarked and keep nobody unprotected") {
    const KeyFolder folder;
    auto machine = test_machine();
    machine.look_at_files = true;
    const auto text = [&](const std::string& key) {
        return minimal + "[remote]\ncertificate = \"" + folder.put("agent.pem", 0644) + "\"\nkey = \"" + key +
               "\"\nauthorities = \"" + folder.put("authorities.pem", 0644) + "\"\n";
    };
    const auto good = load(text(folder.put("good.key", 0640)), machine);
    CHECK(good.ok());
    CHECK_MESSAGE(!has_remark(good, "remote.key", ""), all_texts(good.remarks));
    CHECK(!has_remark(good, "remote.certificate", ""));

    const auto open = load(text(folder.put("open.key", 0644)), machine);
    CHECK(open.ok());
    CHECK(has_remark(open, "remote.key", "every user of this machine may read"));

    const auto missing = load(text(folder / "not-there.key"), machine);
    CHECK(missing.ok());
    CHECK(has_remark(missing, "remote.key", "is not there"));
}

}  // namespace noodstop::config
