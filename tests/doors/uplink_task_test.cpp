// The uplink as it runs: a real link to a played path, real TLS to a real server of calls.
#include "agent/doors/uplink_task.hpp"

#include "platform/rpc/proto_wire.hpp"
#include "tests/doors/played_path.hpp"
#include "tests/doors/samples.hpp"
#include "tests/doors/tls_servers.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace noodstop;
using namespace noodstop::doors;
using namespace std::chrono_literals;

namespace {

core::TlsFiles credentials(const std::string& name) {
    const auto files = testing::files_of(name);
    return {files.certificate, files.key, files.authorities};
}

core::AgentPolicy policy_towards(std::uint16_t port, const std::string& name = "agent") {
    core::AgentPolicy policy;
    policy.name = "a1";
    policy.channel.uplink.emplace();
    policy.channel.uplink->host = "127.0.0.1";
    policy.channel.uplink->port = port;
    policy.channel.uplink->tls = credentials(name);
    return policy;
}

// Without waiting where nothing has to be waited for.
UplinkTaskOptions hasty() {
    UplinkTaskOptions options;
    options.times.poll_interval = 20ms;
    options.times.news_delay = 1ms;
    options.times.back_off_first = 20ms;
    options.times.back_off_max = 50ms;
    options.beat_interval = 10ms;
    return options;
}

core::SpoolBatch batch_with_fact(std::uint64_t sequence) {
    core::SpoolBatch batch;
    batch.facts.epoch = 7;
    batch.facts.last = sequence;
    batch.facts.facts = {sample_fact(sequence)};
    return batch;
}

std::uint16_t port_of_nobody(boost::asio::io_context& io) {
    return TlsHub(io).port();
}

std::string field(const codec::Notice& notice, const std::string& name) {
    for (const core::FactField& found : notice.fields)
        if (found.name == name)
            return found.value;
    return {};
}

platform::RpcError with_retry_delay(platform::RpcCode code, std::uint64_t seconds) {
    const std::string delay = platform::ProtoWriter().number(1, seconds).take();
    return {code, "not now", {{"google.rpc.RetryInfo", platform::ProtoWriter().bytes(1, delay).take()}}};
}

}  // namespace

TEST_CASE("what lies in the spool reaches the hub once, and the spool gets the hub's answer") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsHub hub(io);
    for (std::uint64_t sequence : {1, 2, 3})
        path.lay_ready(hub_consumer, batch_with_fact(sequence));
    UplinkTask task(io, path.client, policy_towards(hub.port()), hasty());
    REQUIRE(run_until(io, [&] { return path.has_given_all(hub_consumer); }));
    std::vector<std::uint64_t> facts;
    for (const codec::Push& push : hub.pushes) {
        CHECK(push.agent == "a1");
        for (const core::RecordedFact& fact : push.batch.facts.facts)
            facts.push_back(fact.sequence);
    }
    CHECK(facts == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(hub.agents.front() == "agent");
    CHECK(hub.connection_count == 1);
    CHECK(path.queries.front().facts_max == 0);  // first of all the hub says how far it is
    CHECK(path.answers.back().consumer == hub_consumer);
    CHECK(path.answers.back().hub->facts == core::LaneAnswer{true, core::Position{7, 3}});
    CHECK(task.view().is_connected);
    CHECK(task.view().answered);
}

TEST_CASE("the latest status goes with the first push") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsHub hub(io);
    UplinkTask task(io, path.client, policy_towards(hub.port()), hasty());
    task.snapshot_came(sample_snapshot());
    REQUIRE(run_until(io, [&] { return !hub.pushes.empty(); }));
    REQUIRE(hub.pushes.front().status);
    CHECK(hub.pushes.front().status->agent == sample_snapshot().agent);
}

TEST_CASE("an alert is pushed without waiting for the next look into the spool") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsHub hub(io);
    UplinkTaskOptions options = hasty();
    options.times.poll_interval = 1h;
    UplinkTask task(io, path.client, policy_towards(hub.port()), options);
    REQUIRE(run_until(io, [&] { return path.queries.size() == 2; }));  // idle from here on
    path.lay_ready(hub_consumer, batch_with_fact(1));
    core::RecordedFact fact = sample_fact(1);
    fact.fact.kind = core::FactKind::tripped;
    task.facts_came({fact});
    CHECK(run_until(io, [&] { return path.has_given_all(hub_consumer); }));
}

TEST_CASE("a hub that goes and comes back is dialled again, and nothing is missing") {
    boost::asio::io_context io;
    PlayedPath path(io);
    auto hub = std::make_unique<TlsHub>(io);
    const std::uint16_t port = hub->port();
    UplinkTask task(io, path.client, policy_towards(port), hasty());
    REQUIRE(run_until(io, [&] { return !hub->pushes.empty(); }));
    hub.reset();
    path.lay_ready(hub_consumer, batch_with_fact(1));
    REQUIRE(run_until(io, [&] { return !task.view().is_connected; }));
    TlsHub next(io, {.port = port});
    CHECK(run_until(io, [&] { return path.has_given_all(hub_consumer); }));
    CHECK(next.pushes.back().batch.facts.last == 1);
}

TEST_CASE("a hub that is missing is told once with the reason, and once when it is back") {
    boost::asio::io_context io;
    PlayedPath path(io);
    const std::uint16_t port = port_of_nobody(io);
    core::AgentPolicy policy = policy_towards(port);
    // In the tests long enough for a first attempt to fail, so that there is a reason to tell.
    policy.channel.uplink->missing_after = 1s;
    UplinkTask task(io, path.client, policy, hasty());
    REQUIRE(run_until(io, [&] { return path.has_notice(core::FactKind::hub_missing); }));
    CHECK(field(path.notices[0], "hub") == "127.0.0.1:" + std::to_string(port));
    CHECK(field(path.notices[0], "problem").find("refused") != std::string::npos);
    CHECK(field(path.notices[0], "since").starts_with("20"));
    TlsHub hub(io, {.port = port});
    REQUIRE(run_until(io, [&] { return path.has_notice(core::FactKind::hub_returned); }));
    CHECK(path.notices.size() >= 2);
    CHECK(path.notices[1].kind == core::FactKind::hub_returned);
}

TEST_CASE("a hub to which there is nothing to say is heard often enough not to count as missing") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsHub hub(io);
    core::AgentPolicy policy = policy_towards(hub.port());
    policy.channel.uplink->missing_after = 3s;
    UplinkTask task(io, path.client, policy, hasty());
    const auto end = std::chrono::steady_clock::now() + 7s;
    run_until(io, [&] { return std::chrono::steady_clock::now() > end; });
    CHECK(path.notices.empty());
    CHECK(hub.pushes.size() >= 4);
}

TEST_CASE("a hub that has another name's certificate gets nothing, and so does one that speaks no HTTP/2") {
    boost::asio::io_context io;
    for (const bool has_wrong_name : {true, false}) {
        CAPTURE(has_wrong_name);
        PlayedPath path(io);
        TlsHub hub(io, {.certificate = has_wrong_name ? "elsewhere" : "server"},
                   has_wrong_name ? std::vector<std::string>{"h2"} : std::vector<std::string>{});
        core::AgentPolicy policy = policy_towards(hub.port());
        policy.channel.uplink->missing_after = 1s;
        UplinkTask task(io, path.client, policy, hasty());
        REQUIRE(run_until(io, [&] { return path.has_notice(core::FactKind::hub_missing); }));
        const std::string why = has_wrong_name ? "another host" : "does not speak HTTP/2";
        CHECK_MESSAGE(field(path.notices[0], "problem").find(why) != std::string::npos,
                      field(path.notices[0], "problem"));
        CHECK(hub.pushes.empty());
    }
}

TEST_CASE("a hub that refuses is asked again when it said to") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsHub hub(io);
    hub.refusal = with_retry_delay(platform::RpcCode::resource_exhausted, 3600);
    UplinkTaskOptions options = hasty();
    options.times.retry_after_max = 300ms;
    UplinkTask task(io, path.client, policy_towards(hub.port()), options);
    const auto began = std::chrono::steady_clock::now();
    REQUIRE(run_until(io, [&] { return hub.pushes.size() == 2; }));
    CHECK(std::chrono::steady_clock::now() - began >= 300ms);
    CHECK(hub.connection_count == 1);
    hub.refusal.reset();
    CHECK(run_until(io, [&] { return path.answers.size() == 1; }));
}

TEST_CASE("a hub that does not answer in time is dialled anew, and its batch is pushed again") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsHub hub(io);
    hub.stays_silent = true;
    UplinkTaskOptions options = hasty();
    options.times.answer_deadline = 100ms;
    UplinkTask task(io, path.client, policy_towards(hub.port()), options);
    REQUIRE(run_until(io, [&] { return hub.connection_count == 2; }));
    hub.stays_silent = false;
    path.lay_ready(hub_consumer, batch_with_fact(1));
    CHECK(run_until(io, [&] { return path.has_given_all(hub_consumer); }));
}

TEST_CASE("while the spool can give nothing the hub gets the status all the same") {
    boost::asio::io_context io;
    PlayedPath path(io);
    path.problem = "the store is dead";
    TlsHub hub(io);
    UplinkTask task(io, path.client, policy_towards(hub.port()), hasty());
    task.snapshot_came(sample_snapshot());
    REQUIRE(run_until(io, [&] { return !hub.pushes.empty(); }));
    CHECK(hub.pushes.front().status);
    CHECK(hub.pushes.front().batch.empty());
}

TEST_CASE("credentials that are missing at first are used as soon as they are there") {
    boost::asio::io_context io;
    PlayedPath path(io);
    TlsHub hub(io);
    const std::string folder = testing::certificate_folder() + "/late";
    std::filesystem::create_directory(folder);
    core::AgentPolicy policy = policy_towards(hub.port());
    const core::TlsFiles there = policy.channel.uplink->tls;
    policy.channel.uplink->tls = {folder + "/late.pem", folder + "/late.key", there.authorities};
    policy.channel.uplink->missing_after = 1s;
    UplinkTask task(io, path.client, policy, hasty());
    REQUIRE(run_until(io, [&] { return path.has_notice(core::FactKind::hub_missing); }));
    CHECK_MESSAGE(field(path.notices[0], "problem").find("late.pem") != std::string::npos,
                  field(path.notices[0], "problem"));
    std::filesystem::copy_file(there.key, folder + "/late.key");
    std::filesystem::copy_file(there.certificate, folder + "/late.pem");
    CHECK(run_until(io, [&] { return !hub.pushes.empty(); }));
    std::filesystem::remove_all(folder);
}

TEST_CASE("what waits for the hub is told as the path last said") {
    boost::asio::io_context io;
    PlayedPath path(io);
    path.spool.facts_waiting = 5;
    TlsHub hub(io);
    UplinkTask task(io, path.client, policy_towards(hub.port()), hasty());
    CHECK(!task.view().spool);
    REQUIRE(run_until(io, [&] { return task.view().spool.has_value(); }));
    CHECK(task.view().spool->facts_waiting == 5);
}
