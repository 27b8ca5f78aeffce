// The remote port with real TLS clients, in front of real services and a real link to a path.
#include "agent/doors/remote_port.hpp"

#include "agent/doors/access.hpp"
#include "agent/doors/path_link.hpp"
#include "agent/doors/services.hpp"
#include "platform/net/tcp.hpp"
#include "platform/rpc/grpc_client.hpp"
#include "platform/tls/byte_stream.hpp"
#include "platform/tls/dialer.hpp"
#include "proto/codec/service_codec.hpp"
#include "tests/doors/samples.hpp"
#include "tests/tls/certificates.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>

using namespace noodstop;
using namespace noodstop::doors;
using namespace noodstop::testing;
using namespace std::chrono_literals;
using platform::GrpcClient;
using platform::GrpcResult;
using platform::RpcCode;
using platform::RpcError;
namespace fs = std::filesystem;

namespace {

constexpr auto patience = 60s;

struct Told {
    core::FactKind kind;
    std::map<std::string, std::string> fields;
};

// Everything on one io_context that runs as long as a test waits for something.
struct Site {
    Site() {
        fs::create_directories(keys);
        auto ends = platform::socket_pair();
        REQUIRE(ends.ok());
        link = std::make_unique<PathLink>(io, ends->first.release(), path_handlers());
        path = std::make_unique<PathClient>(
            io, std::move(ends->second),
            PathReports{[this](core::Snapshot snapshot) { services->snapshot_came(std::move(snapshot)); },
                        [this](std::vector<core::RecordedFact> facts) { services->facts_came(facts); },
                        [](std::string) {}});
        services = std::make_unique<Services>(
            *path, [this](const platform::RpcRefusal& refusal) { refusals.call_refused(refusal); });
        policy.address = "127.0.0.1";
        policy.tls = {keys / "own.pem", keys / "own.key", keys / "ca.pem"};
    }
    ~Site() { fs::remove_all(keys); }

    void open(const std::string& server = "server") {
        put(server);
        make_port();
        REQUIRE(port->is_open());
    }

    void make_port() {
        auto bound = bind_remote_port({.address = "127.0.0.1", .port = 0});
        REQUIRE(bound.ok());
        number = *platform::port_of(bound->number());
        port = std::make_unique<RemotePort>(
            io, policy, RemotePortParts{std::move(*bound), services->table(), notice(), 20ms}, refusals);
    }

    void put(const std::string& server) const {
        const auto files = files_of(server);
        for (const auto& [from, to] : {std::pair{files.key, "own.key"}, std::pair{files.certificate, "own.pem"},
                                       std::pair{files.authorities, "ca.pem"}}) {
            fs::copy_file(from, keys / (std::string(to) + ".new"), fs::copy_options::overwrite_existing);
            fs::rename(keys / (std::string(to) + ".new"), keys / to);
        }
    }

    PathHandlers path_handlers() {
        PathHandlers handlers;
        handlers.order = [this](std::uint64_t, core::Order) { ++orders; };
        handlers.rehearse = [this](std::uint64_t, core::ZoneName) { ++orders; };
        handlers.journal = [this](std::uint64_t request, JournalQuery query) {
            queries.push_back(query.tenant.text);
            link->answer(request, JournalAnswer{{sample_fact(1, "acme"), sample_fact(2, "globex")}, {}});
        };
        handlers.resources = [this](std::uint64_t request) {
            core::ResourceStatus others = sample_resource("theirs");
            others.zones = {{"quarry"}};
            core::ResourceStatus own = sample_resource("ours");
            own.zones = {{"dev"}};
            link->answer(request, std::vector{own, others});
        };
        return handlers;
    }

    NoticeHandler notice() {
        return [this](core::FactKind kind, std::vector<core::FactField> fields) {
            Told one{kind, {}};
            for (const core::FactField& field : fields)
                one.fields[field.name] = field.value;
            told.push_back(std::move(one));
        };
    }

    bool until(const std::function<bool()>& condition) {
        const auto give_up = std::chrono::steady_clock::now() + patience;
        while (!condition() && std::chrono::steady_clock::now() < give_up) {
            io.restart();
            io.run_one_for(20ms);
        }
        return condition();
    }

    // Nothing where the handshake was refused.
    std::unique_ptr<GrpcClient> client(const std::string& role, const std::string& authorities = "ca.pem") {
        auto keyring =
            keyring_of(files_of(role, authorities), {.role = platform::tls::Role::client, .protocols = {"h2"}});
        platform::tls::Dialer dialer(io);
        std::optional<platform::Result<std::unique_ptr<platform::tls::Stream>>> dialled;
        dialer.dial(keyring.context(), {{"127.0.0.1", number}, patience},
                    [&](auto stream) { dialled = std::move(stream); });
        REQUIRE(until([&] { return dialled.has_value(); }));
        if (!*dialled)
            return nullptr;
        return std::make_unique<GrpcClient>(platform::tls::byte_stream_of(std::move(**dialled)),
                                            platform::GrpcClientOptions{});
    }

    GrpcResult ask(GrpcClient& client, const char* method, const std::string& message = {}) {
        std::optional<GrpcResult> result;
        platform::GrpcRequest request;
        request.path = method;
        request.message = message;
        client.call(request, [&](GrpcResult answer) { result = std::move(answer); });
        REQUIRE(until([&] { return result.has_value(); }));
        return *result;
    }

    GrpcResult ask(const std::string& role, const char* method, const std::string& message = {}) {
        const auto one = client(role);
        REQUIRE(one);
        return ask(*one, method, message);
    }

    void publish_two_tenants() {
        core::Snapshot snapshot = sample_snapshot();
        core::ZoneStatus other = snapshot.zones[0];
        other.name = {"quarry"};
        other.tenant = {"globex"};
        snapshot.zones.push_back(other);
        link->publish(snapshot);
        REQUIRE(until([&] { return std::holds_alternative<std::string>(ask("operator", codec::path::get_status)); }));
    }

    std::size_t refused_calls() const {
        return static_cast<std::size_t>(std::count_if(
            told.begin(), told.end(), [](const Told& one) { return one.kind == core::FactKind::call_refused; }));
    }

    fs::path keys = fs::temp_directory_path() / ("noodstop-remote-" + std::to_string(::getpid()));
    boost::asio::io_context io{1};
    std::vector<Told> told;
    Refusals refusals{notice()};
    std::unique_ptr<PathLink> link;
    std::unique_ptr<PathClient> path;
    std::unique_ptr<Services> services;
    core::RemotePolicy policy;
    std::unique_ptr<RemotePort> port;
    std::uint16_t number = 0;
    int orders = 0;
    std::vector<std::string> queries;
};

RpcCode code_of(const GrpcResult& result) {
    const auto* error = std::get_if<RpcError>(&result);
    REQUIRE(error != nullptr);
    return error->code;
}

constexpr const char* health_check = "/grpc.health.v1.Health/Check";

}  // namespace

TEST_CASE("from outside an operator sees all tenants, an owner his own, a hub the status") {
    Site site;
    site.open();
    site.publish_two_tenants();
    for (const auto& [role, zones] : {std::pair{"operator", 2U}, std::pair{"owner", 1U}, std::pair{"hub", 2U}}) {
        CAPTURE(role);
        auto status = codec::decode_status(std::get<std::string>(site.ask(role, codec::path::get_status)));
        REQUIRE(status);
        CHECK(status->snapshot.zones.size() == zones);
        CHECK(std::holds_alternative<std::string>(site.ask(role, health_check)));
    }
    auto all = codec::decode_resources(std::get<std::string>(site.ask("operator", codec::path::list_resources)));
    CHECK(all->size() == 2);
    auto own = codec::decode_resources(std::get<std::string>(site.ask("owner", codec::path::list_resources)));
    REQUIRE(own->size() == 1);
    CHECK((*own)[0].id.text == "ours");
    CHECK(site.refused_calls() == 0);
}

TEST_CASE(
    "an owner's journal is that of his tenant, whatever the path answers; to ask for another's is refused and told") {
    Site site;
    site.open();
    site.publish_two_tenants();
    const std::string any = codec::encode_fact_query({{}, {}, 0, 10});
    auto facts = codec::decode_facts(std::get<std::string>(site.ask("owner", codec::path::list_facts, any)));
    REQUIRE(facts->size() == 1);
    CHECK((*facts)[0].fact.tenant.text == "acme");
    CHECK(site.queries == std::vector<std::string>{"acme"});
    const std::string others = codec::encode_fact_query({{"globex"}, {}, 0, 10});
    CHECK(code_of(site.ask("owner", codec::path::list_facts, others)) == RpcCode::permission_denied);
    CHECK(code_of(site.ask("owner", codec::path::watch_facts, codec::encode_watch_query({{"globex"}, {}, 0, 0}))) ==
          RpcCode::permission_denied);
    CHECK(site.queries.size() == 1);
    REQUIRE(site.refused_calls() == 2);
    CHECK(site.told.back().fields["caller"] == "owner acme");
    CHECK(std::holds_alternative<std::string>(site.ask("operator", codec::path::list_facts, others)));
}

TEST_CASE("orders from outside are refused before they are read, for everybody, and each is told") {
    Site site;
    site.open();
    core::Order order;
    order.kind = core::OrderKind::trip;
    order.zone = {"dev"};
    order.reason = "from far away";
    for (const char* role : {"operator", "owner", "hub", "agent", "server"})
        for (const auto& [method, message] : {std::pair{codec::path::trip, codec::encode_trip(order)},
                                              std::pair{codec::path::submit_order, codec::encode_order(order)},
                                              std::pair{codec::path::rehearse, codec::encode_rehearse({"dev"})},
                                              std::pair{codec::path::trip, std::string("\xff")}}) {
            CAPTURE(role);
            CHECK(code_of(site.ask(role, method, message)) == RpcCode::permission_denied);
        }
    CHECK(site.orders == 0);
    CHECK(site.refused_calls() == RefusalTally::told_at_once_max);  // five callers, three methods: the rest is counted
}

TEST_CASE("the path turns an order away that brings no connection of this machine, should one ever get that far") {
    Site site;
    core::Order order;
    order.zone = {"dev"};
    order.reason = "from far away";
    std::optional<PathClient::Answer> answer;
    site.path->ask(order, {{.user = 0}, {}, true}, [&](PathClient::Answer came) { answer = std::move(came); });
    REQUIRE(site.until([&] { return answer.has_value(); }));
    REQUIRE(std::holds_alternative<RpcError>(*answer));
    CHECK(std::get<RpcError>(*answer).code == RpcCode::permission_denied);
    CHECK(site.orders == 0);
}

TEST_CASE("whose certificate has no role here may nothing, and the fact names the certificate") {
    Site site;
    site.open();
    CHECK(code_of(site.ask("server", codec::path::get_status)) == RpcCode::permission_denied);
    CHECK(code_of(site.ask("agent", codec::path::get_status)) == RpcCode::permission_denied);
    REQUIRE(site.refused_calls() == 2);
    CHECK(site.told[0].fields["caller"].substr(0, 7) == "sha256:");
    CHECK(site.told[0].fields["method"] == codec::path::get_status);
    CHECK(site.told[1].fields["caller"] == "agent a1");
}

TEST_CASE("no good certificate, no connection; and it is told whose address it was") {
    Site site;
    site.open();
    // Of TLS 1.3 a client hears of it only with its first call.
    const auto is_turned_away = [&](const std::string& role) {
        const auto one = site.client(role);
        return !one || std::holds_alternative<RpcError>(site.ask(*one, health_check));
    };
    CHECK(is_turned_away("expired"));
    CHECK(is_turned_away("other/operator"));
    REQUIRE(site.until([&] { return site.refused_calls() == 2; }));
    CHECK(site.told[0].fields["caller"] == "127.0.0.1");
    CHECK(site.told[0].fields["method"].empty());
    CHECK(site.told[0].fields["reason"].find("expired") != std::string::npos);
    CHECK(site.told[1].fields["reason"].find("authority") != std::string::npos);
}

TEST_CASE("every method that is served is opened to operators or is an order") {
    Site site;
    const Caller one = caller_of({{}, platform::ClientCertificate{"x", {"noodstop:role/operator"}, "5e1f"}});
    for (const auto& [method, ignored] : site.services->table()) {
        CAPTURE(method);
        CHECK(refusal_of(one, method).has_value() == method.starts_with("/noodstop.v1.ControlService/"));
    }
}

TEST_CASE("a port that somebody else holds is not waited for for long") {
    const auto taken = platform::listen_tcp({});
    REQUIRE(taken.ok());
    const auto bound = bind_remote_port({.address = "127.0.0.1", .port = *platform::port_of(taken->number())});
    REQUIRE(!bound.ok());
    CHECK(bound.error().number == EADDRINUSE);
}

TEST_CASE("without credentials the port is closed and says so once, and opens when they come") {
    Site site;
    site.make_port();
    CHECK(!site.port->is_open());
    CHECK(!site.client("operator"));
    REQUIRE(site.told.size() == 1);
    CHECK(site.told[0].kind == core::FactKind::fault_survived);
    CHECK(site.told[0].fields["problem"].find("ca.pem") != std::string::npos);
    site.put("server");
    REQUIRE(site.until([&] { return site.port->is_open(); }));
    CHECK(std::holds_alternative<std::string>(site.ask("operator", health_check)));
    CHECK(site.told.size() == 1);
}

TEST_CASE("renewed credentials are shown to whoever connects next; who is there stays; bad ones are told once") {
    Site site;
    site.open();
    const auto early = site.client("operator");
    REQUIRE(early);
    CHECK(std::holds_alternative<std::string>(site.ask(*early, health_check)));

    fs::copy_file(files_of("hub").certificate, site.keys / "own.pem", fs::copy_options::overwrite_existing);
    REQUIRE(site.until([&] { return !site.told.empty(); }));  // the key is of the other one
    CHECK(site.told[0].fields["problem"].find("earlier ones stay in use") != std::string::npos);
    CHECK(std::holds_alternative<std::string>(site.ask("operator", health_check)));

    site.put("elsewhere");  // of another host, so that its coming shows
    REQUIRE(site.until([&] { return !site.client("operator"); }));
    CHECK(std::holds_alternative<std::string>(site.ask(*early, health_check)));
    site.put("server");
    REQUIRE(site.until([&] { return site.client("operator") != nullptr; }));
    CHECK(site.told.size() == 1);
}
