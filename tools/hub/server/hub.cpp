#include "tools/hub/server/hub.hpp"

#include "platform/rpc/health.hpp"
#include "platform/rpc/reflection.hpp"
#include "platform/rpc/server.hpp"
#include "platform/tls/byte_stream.hpp"
#include "proto/descriptors/descriptors.hpp"
#include "tools/hub/server/admission.hpp"
#include "tools/hub/server/alert_tasks.hpp"
#include "tools/hub/server/hub_service.hpp"
#include "tools/hub/server/limits.hpp"
#include "tools/hub/server/log.hpp"
#include "tools/hub/server/moment.hpp"
#include "tools/hub/server/uplink_service.hpp"

#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>

namespace noodstop::hub {
namespace {

using platform::Result;
using platform::Status;
using platform::tls::Keyring;

constexpr auto beat_interval = std::chrono::seconds(1);
constexpr auto reload_interval = std::chrono::minutes(1);
constexpr auto farewell_max = std::chrono::seconds(5);
constexpr auto farewell_step = std::chrono::milliseconds(20);

int failed(int code, const std::string& why) {
    log_line(Priority::error, why);
    return code;
}

// What the platform says often has a cure of its own.
int failed(int code, const platform::Error& error, const char* cure) {
    const bool has_cure = error.message.find("Cure: ") != std::string::npos;
    return failed(code, has_cure ? error.message : fmt::format("{}. Cure: {}", error.message, cure));
}

std::unique_ptr<Desk> make_desk(Store store, const HubOptions& options, DeskReports reports) {
    const DeskOptions desk{options.missing_after, options.retention, options.webhook.has_value()};
    return std::make_unique<Desk>(std::move(store), desk, std::move(reports));
}

// What is loaded before anything listens.
struct Loaded {
    Keyring server;
    std::optional<Keyring> alerts;
};

class Hub {
public:
    Hub(const HubOptions& options, Loaded& loaded)
        : loaded_(loaded),
          options_(options),
          beat_timer_(io_),
          reload_timer_(io_),
          signals_(io_, SIGTERM, SIGINT),
          hang_ups_(io_, SIGHUP) {}

    Status begin(Store store);
    int run() {
        io_.run();
        return exit_orderly;
    }

private:
    DeskReports reports();
    platform::RpcServerOptions server_options();
    void set_serving(bool is_serving);
    void make_tasks();
    void accepted(platform::tls::AcceptedStream accepted);
    void alerts_came(const AlertNews& news);
    void beat();
    void reload_later();
    void reload_when_told();
    void reload_all();
    void reload(Keyring& keyring, std::string& told);
    void say_goodbye();
    void wait_for_answers(std::chrono::steady_clock::time_point until);

    Loaded& loaded_;
    const HubOptions& options_;
    boost::asio::io_context io_{1};
    boost::asio::steady_timer beat_timer_;
    boost::asio::steady_timer reload_timer_;
    boost::asio::signal_set signals_;
    boost::asio::signal_set hang_ups_;
    Presence presence_;
    RefusalLog refusals_;
    platform::HealthService health_;
    std::string told_of_server_;
    std::string told_of_alerts_;
    std::unique_ptr<StoreThread> store_;
    std::unique_ptr<UplinkService> uplink_;
    std::unique_ptr<HubService> service_;
    std::list<AlertmanagerTask> alertmanagers_;
    std::optional<WebhookTask> webhook_;
    std::unique_ptr<platform::RpcServer> server_;
    std::unique_ptr<platform::tls::Listener> listener_;
};

Status Hub::begin(Store store) {
    std::unique_ptr<Desk> desk = make_desk(std::move(store), options_, reports());
    if (Status begun = desk->begin(desk_moment()); !begun)
        return begun;
    store_ = std::make_unique<StoreThread>(io_, std::move(desk), StoreThreadLimits{});
    uplink_ = std::make_unique<UplinkService>(*store_);
    service_ = std::make_unique<HubService>(*store_, presence_);
    make_tasks();
    server_ = std::make_unique<platform::RpcServer>(io_, server_options());
    auto listener = platform::tls::Listener::open(
        io_, loaded_.server, listener_options(options_.listen),
        {[this](platform::tls::AcceptedStream stream) { accepted(std::move(stream)); },
         [this](const platform::tls::RefusedConnection& refused) {
             refusals_.refused(fmt::format("refused the connection of {}: {}", refused.remote, refused.why),
                               desk_moment().now);
         }});
    if (!listener)
        return listener.error();
    listener_ = std::move(*listener);
    signals_.async_wait([this](boost::system::error_code error, int) {
        if (!error)
            say_goodbye();
    });
    beat();
    reload_later();
    reload_when_told();
    log_line(Priority::info, fmt::format("listens on {} port {}", options_.listen.host, listener_->port()));
    return platform::Done{};
}

// They come from the store's thread, and from begin().
DeskReports Hub::reports() {
    return {[this](AlertNews news) { boost::asio::post(io_, [this, news = std::move(news)] { alerts_came(news); }); },
            [](const std::string& line) { log_line(Priority::warning, line); },
            [this](bool is_written) { boost::asio::post(io_, [this, is_written] { set_serving(is_written); }); }};
}

void Hub::make_tasks() {
    const Keyring* keyring = loaded_.alerts ? &*loaded_.alerts : nullptr;
    for (const WebTarget& target : options_.alertmanagers)
        alertmanagers_.emplace_back(io_, target, keyring);
    if (options_.webhook)
        webhook_.emplace(io_, *options_.webhook, keyring, *store_);
}

platform::RpcServerOptions Hub::server_options() {
    platform::RpcServerOptions options;
    options.limits = rpc_limits();
    uplink_->add_to(options.services);
    service_->add_to(options.services);
    health_.add_to(options.services);
    platform::add_reflection(options.services, proto::descriptor_set());
    options.hooks.authorize = refusal_of;
    options.hooks.refused = [this](const platform::RpcRefusal& refusal) {
        refusals_.refused(fmt::format("refused {} to {}: {}", refusal.path.empty() ? "a call" : refusal.path,
                                      caller_of(refusal.peer), refusal.error.message),
                          desk_moment().now);
    };
    set_serving(true);
    return options;
}

void Hub::set_serving(bool is_serving) {
    for (const char* service : {"", "noodstop.v1.HubService", "noodstop.v1.UplinkService"})
        health_.set(service, is_serving);
}

void Hub::accepted(platform::tls::AcceptedStream accepted) {
    if (const auto role = codec::peer_role(accepted.stream->peer().certificate.uris);
        role && role.value->kind == codec::PeerKind::agent)
        accepted.stream->keep(presence_.enter(role.value->name));
    server_->serve(platform::tls::byte_stream_of(std::move(accepted)));
}

void Hub::alerts_came(const AlertNews& news) {
    for (const alerts::Alert& change : news.changes)
        log_line(Priority::notice, alerts::sentence_of(change) + (change.ended ? ": ended" : ": begins"));
    for (AlertmanagerTask& task : alertmanagers_)
        task.news_came(news);
    if (webhook_)
        webhook_->fetch();
}

void Hub::beat() {
    beat_timer_.expires_after(beat_interval);
    beat_timer_.async_wait([this](boost::system::error_code error) {
        if (error)
            return;
        (void)store_->tell([](Desk& desk) { desk.beat(desk_moment()); });
        service_->beat();
        refusals_.beat(desk_moment().now);
        if (webhook_)
            webhook_->fetch();
        beat();
    });
}

void Hub::reload_later() {
    reload_timer_.expires_after(reload_interval);
    reload_timer_.async_wait([this](boost::system::error_code error) {
        if (error)
            return;
        reload_all();
        reload_later();
    });
}

void Hub::reload_when_told() {
    hang_ups_.async_wait([this](boost::system::error_code error, int) {
        if (error)
            return;
        reload_all();
        reload_when_told();
    });
}

void Hub::reload_all() {
    reload(loaded_.server, told_of_server_);
    if (loaded_.alerts)
        reload(*loaded_.alerts, told_of_alerts_);
}

// What is wrong with new files is told once; the old ones stay in use.
void Hub::reload(Keyring& keyring, std::string& told) {
    const auto reloaded = keyring.reload();
    const std::string problem = reloaded ? std::string() : reloaded.error().message;
    if (problem != told && !problem.empty())
        log_line(Priority::error, problem + "; what was loaded before stays in use");
    told = problem;
    if (reloaded && reloaded.value() != platform::tls::Reload::unchanged)
        log_line(Priority::info, "certificates were loaded anew");
}

// Nothing new is taken; what is under way is answered.
void Hub::say_goodbye() {
    log_line(Priority::info, "ends");
    listener_.reset();
    server_->shut_down();
    wait_for_answers(std::chrono::steady_clock::now() + farewell_max);
}

void Hub::wait_for_answers(std::chrono::steady_clock::time_point until) {
    beat_timer_.expires_after(farewell_step);
    beat_timer_.async_wait([this, until](boost::system::error_code) {
        if (server_->connection_count() == 0 || std::chrono::steady_clock::now() >= until)
            return io_.stop();
        wait_for_answers(until);
    });
}

Result<Loaded> load_credentials(const HubOptions& options) {
    platform::tls::ContextOptions server;
    server.role = platform::tls::Role::server;
    server.protocols = {"h2", "http/1.1"};
    auto keyring = Keyring::load(options.tls, server);
    if (!keyring)
        return keyring.error();
    Loaded loaded{std::move(*keyring), std::nullopt};
    if (options.alert_authorities.empty())
        return loaded;
    platform::tls::ContextOptions client;
    client.protocols = {"http/1.1"};
    auto alerts = Keyring::load({options.tls.certificate, options.tls.key, options.alert_authorities}, client);
    if (!alerts)
        return alerts.error();
    loaded.alerts = std::move(*alerts);
    return loaded;
}

}  // namespace

int run_hub(const HubOptions& options) {
    std::signal(SIGPIPE, SIG_IGN);
    Result<Loaded> loaded = load_credentials(options);
    if (!loaded)
        return failed(exit_wrong_options, loaded.error(),
                      "--certificate, --key, --authorities and --alert-authorities name PEM files that this user can "
                      "read, as tools/certs makes them");
    ::umask(S_IRWXG | S_IRWXO);  // the store is nobody else's
    Result<Store> store = Store::open(options.store);
    if (!store && store.error().number == EBUSY)
        return failed(exit_already_running, store.error(), "each noodstop-hub has a store of its own");
    if (!store)
        return failed(exit_wrong_options, store.error(), "--store names a file in a folder that this user may write");
    Hub hub(options, *loaded);
    if (const Status begun = hub.begin(std::move(*store)); !begun)
        return failed(exit_machine_refuses, begun.error(), "--listen names an address of this machine and a free port");
    return hub.run();
}

}  // namespace noodstop::hub
