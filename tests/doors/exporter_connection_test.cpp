// How exporters reach their receivers: connections that are kept, tokens, and who is spoken to at all.
#include "agent/doors/exporter_tasks.hpp"
#include "tests/doors/exporter_scene.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

using namespace noodstop;
using namespace noodstop::doors;
using namespace std::chrono_literals;

namespace {

// A file of one word, readable for its owner only.
struct TokenFile {
    explicit TokenFile(const std::string& word) { write(word); }
    ~TokenFile() { std::filesystem::remove(path); }
    void write(const std::string& word) const {
        std::ofstream(path) << word << "\n";
        ::chmod(path.c_str(), 0600);
    }
    std::string path = testing::certificate_folder() + "/token";
};

}  // namespace

TEST_CASE("a receiver that has closed what it kept gets the next batch over a new connection, and nothing failed") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io, {.idle_deadline = 50ms});
    path.lay_ready(consumer, batch_with_spend(1, 1));
    ExporterTasks tasks(io, path.client, agent_with({exporter_towards(receiver.port())}), hasty());
    REQUIRE(run_until(io, [&] { return path.has_given_all(consumer) && receiver.open_count() == 0; }));
    path.lay_ready(consumer, batch_with_spend(2, 2));
    REQUIRE(run_until(io, [&] { return path.has_given_all(consumer); }));
    CHECK(spends_at(receiver) == std::vector<std::int64_t>{1, 2});
    CHECK(receiver.connection_count == 2);
    for (const exporters::Reading& reading : tasks.readings_of_exporters(wall_now()))
        if (reading.figure == exporters::Figure::export_failures)
            CHECK(reading.raw == 0);
}

TEST_CASE("the token is the one that lies in its file when the connection is made") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io);
    const TokenFile token("first");
    core::ExporterPolicy policy = exporter_towards(receiver.port());
    policy.token_file = token.path;
    path.lay_ready(consumer, batch_with_spend(1, 1));
    ExporterTasks tasks(io, path.client, agent_with({policy}), hasty());
    REQUIRE(run_until(io, [&] { return path.has_given_all(consumer); }));
    CHECK(header(receiver.requests.back(), "Authorization") == "Bearer first");
    token.write("second");
    receiver.response = {401, {}, ""};
    path.lay_ready(consumer, batch_with_spend(2, 2));
    REQUIRE(run_until(io, [&] { return path.has_given_all(consumer); }));
    receiver.response = {204, {}, ""};
    path.lay_ready(consumer, batch_with_spend(3, 3));
    REQUIRE(run_until(io, [&] { return path.has_given_all(consumer); }));
    CHECK(header(receiver.requests.back(), "Authorization") == "Bearer second");
}

TEST_CASE("without its token nothing is sent, and the file is named") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io);
    core::ExporterPolicy policy = exporter_towards(receiver.port());
    for (const std::string word : {"", "two words", "evil\r\nX-Header: 1"}) {
        CAPTURE(word);
        const TokenFile token(word);
        policy.token_file = token.path;
        path.notices.clear();
        path.lay_ready(consumer, batch_with_spend(1, 1));
        ExporterTimes times = hasty();
        times.failing_after = 20ms;
        ExporterTasks tasks(io, path.client, agent_with({policy}), times);
        REQUIRE(run_until(io, [&] { return path.has_notice(core::FactKind::exporter_failing); }));
        CHECK(value_in(path.notices[0], "problem").find(token.path) != std::string::npos);
    }
    CHECK(receiver.requests.empty());
}

TEST_CASE("without TLS this machine is spoken to and no other") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io, {.encrypted = false});
    core::ExporterPolicy policy = exporter_towards(receiver.port());
    policy.encrypted = false;
    path.lay_ready(consumer, batch_with_spend(1, 1));
    {
        ExporterTasks tasks(io, path.client, agent_with({policy}), hasty());
        REQUIRE(run_until(io, [&] { return path.has_given_all(consumer); }));
    }
    policy.host = "192.0.2.1";
    path.lay_ready(consumer, batch_with_spend(2, 2));
    ExporterTimes times = hasty();
    times.failing_after = 20ms;
    ExporterTasks tasks(io, path.client, agent_with({policy}), times);
    REQUIRE(run_until(io, [&] { return path.has_notice(core::FactKind::exporter_failing); }));
    CHECK(value_in(path.notices[0], "problem").find("only this machine") != std::string::npos);
}

TEST_CASE("a receiver whose certificate is for another host gets nothing") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsReceiver receiver(io, {.place = {.certificate = "elsewhere"}});
    path.lay_ready(consumer, batch_with_spend(1, 1));
    ExporterTimes times = hasty();
    times.failing_after = 20ms;
    ExporterTasks tasks(io, path.client, agent_with({exporter_towards(receiver.port())}), times);
    REQUIRE(run_until(io, [&] { return path.has_notice(core::FactKind::exporter_failing); }));
    CHECK(value_in(path.notices[0], "problem").find("another host") != std::string::npos);
    CHECK(receiver.requests.empty());
}
