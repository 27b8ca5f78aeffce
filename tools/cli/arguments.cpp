#include "tools/cli/arguments.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace noodstop::cli {
namespace {

constexpr const char* version_text = "noodstop " NOODSTOP_VERSION;

constexpr const char* description =
    "The emergency stop for compute bills: shows what an agent on this machine measures, has decided and done,\n"
    "and gives it orders.";

constexpr const char* footer =
    "Examples:\n"
    "  noodstop status                          what is armed, what burns, when it will trip\n"
    "  noodstop status --watch                  the same, kept up to date\n"
    "  noodstop status --check && echo calm     for scripts: exit code 4 if something needs a person\n"
    "  noodstop explain acme                    why the zones of tenant acme are where they are\n"
    "  noodstop trip dev --reason 'key leaked'  stop now what the mandate of zone dev lets stop\n"
    "  noodstop reset dev --reason 'key changed' --raise daily=80\n"
    "  noodstop journal --zone dev --follow     facts as they are recorded\n"
    "  noodstop fleet --watch                   all agents of the hub that NOODSTOP_HUB names\n"
    "  noodstop config check /etc/noodstop/noodstop.toml\n"
    "  noodstop enroll                          make key and signing request for the remote port and the uplink\n"
    "\n"
    "Who may: root gives orders and rehearses; the members of the socket's group may look.\n"
    "\n"
    "Exit codes:\n"
    "  0  fine\n"
    "  1  the agent or the hub refused it, or a file is wrong\n"
    "  2  the command line is wrong\n"
    "  3  the agent or the hub can't be reached, or does not answer\n"
    "  4  --check: something needs a person (tripped, latched, blind, impaired, disarmed, missing, ...)\n"
    "\n"
    "JSON: names and shape are those of the messages in proto/noodstop/v1; amounts and times in millionths are\n"
    "strings of decimal digits (so that no reader rounds them), counts are numbers, what is not known is null.\n"
    "\n"
    "Environment: NOODSTOP_SOCKET (like --socket), NOODSTOP_HUB, NOODSTOP_CERTIFICATE, NOODSTOP_KEY and\n"
    "NOODSTOP_AUTHORITIES (like the options of fleet), NO_COLOR (no colours).";

// Defines the commands; each writes its request when it was chosen.
class CommandLine {
public:
    CommandLine() {
        app_.set_version_flag("--version", version_text);
        app_.set_help_all_flag("--help-all", "Help of all commands");
        app_.add_option("--socket", request_.socket_path, "Unix socket of the agent")
            ->envname("NOODSTOP_SOCKET")
            ->capture_default_str();
        app_.require_subcommand(1);
        app_.fallthrough();
        define_views();
        define_orders();
        define_journal();
        define_fleet();
        define_config();
        define_enroll();
        app_.footer(footer);  // last: commands would inherit it
    }

    Parsed parse(int count, const char* const* texts) {
        try {
            app_.parse(count, texts);
        } catch (const CLI::ParseError& error) {
            const int code = app_.exit(error, std::cout, std::cerr);
            return {{}, code == 0 ? Exit::fine : Exit::usage};
        }
        return {request_, std::nullopt};
    }

private:
    void define_views() {
        CLI::App* status = app_.add_subcommand("status", "What is armed, what burns, and when it will trip");
        status->add_flag("--json", status_.json, "As JSON");
        status->add_flag("--watch", status_.watch, "Keep it up to date until interrupted");
        status->add_flag("--check", status_.check, "Exit code 4 if something needs a person");
        choose(status, status_);
        CLI::App* resources = app_.add_subcommand("resources", "Every resource that the providers show");
        resources->add_flag("--json", resources_.json, "As JSON");
        choose(resources, resources_);
        CLI::App* limits =
            app_.add_subcommand("limits", "Used, exposure, limit, and the time left at the present rate");
        limits->add_flag("--json", limits_.json, "As JSON");
        choose(limits, limits_);
        CLI::App* explain = app_.add_subcommand("explain", "Why a tenant's zones are where they are, from the journal");
        explain->add_option("TENANT", explain_.tenant.text, "Name of the tenant")->required();
        choose(explain, explain_);
    }

    void define_orders() {
        using core::OrderKind;
        define_order(OrderKind::trip, "trip", "Stop now what the zone's mandate lets stop");
        CLI::App* reset =
            define_order(OrderKind::reset, "reset", "Arm a tripped or latched zone again; restarts nothing");
        reset->add_option("--raise", order_.raise, "LIMIT=AMOUNT: raise a limit with the same order");
        CLI::App* raise =
            app_.add_subcommand("raise", "Raise the stop threshold of a limit, up to the mandate's ceiling");
        raise->add_option("LIMIT=AMOUNT", order_.raise, "The limit and its new stop threshold")->required();
        add_order(raise, OrderKind::raise);
        define_order(OrderKind::disarm, "disarm", "Meter and warn only; nothing in the zone is stopped any more");
        define_order(OrderKind::arm, "arm", "Arm a disarmed or observing zone");
        define_order(OrderKind::observe, "observe", "Decide and record, but stop nothing");
        CLI::App* prices = app_.add_subcommand("acknowledge-prices", "Let changed prices decide from now on");
        add_order(prices, OrderKind::acknowledge_prices);
        define_order(OrderKind::restore, "restore", "Start again what is baseline; never what was unknown");
        CLI::App* rehearse = app_.add_subcommand("rehearse", "Ask, without effect, whether the stops would work now");
        rehearse->add_option("ZONE", rehearse_.zone.text, "Name of the zone; without it all");
        choose(rehearse, rehearse_);
    }

    CLI::App* define_order(core::OrderKind kind, const char* name, const char* help) {
        CLI::App* command = app_.add_subcommand(name, help);
        command->add_option("ZONE", order_.order.zone.text, "Name of the zone")->required();
        add_order(command, kind);
        return command;
    }

    void add_order(CLI::App* command, core::OrderKind kind) {
        command->add_option("--reason", order_.order.reason, "Why; it is recorded")->required();
        command->callback([this, kind] {
            order_.order.kind = kind;
            request_.command = order_;
        });
    }

    void define_journal() {
        CLI::App* journal = app_.add_subcommand("journal", "Recorded facts, oldest first");
        journal->add_option("--tenant", journal_.tenant.text, "Only of this tenant");
        journal->add_option("--zone", journal_.zone.text, "Only of this zone");
        journal->add_option("--after", journal_.after, "Only facts with a higher number");
        journal->add_option("--most", journal_.most, "The newest so many")
            ->check(CLI::Range(1, 10'000))
            ->capture_default_str();
        journal->add_flag("--follow", journal_.follow, "Go on with new facts until interrupted");
        journal->add_flag("--json", journal_.json, "One JSON object per line");
        choose(journal, journal_);
    }

    void define_fleet() {
        CLI::App* fleet = app_.add_subcommand("fleet", "All agents of a hub: who is there, armed or not, what burns");
        fleet->add_option("AGENT", fleet_.agent, "Name of an agent: all about this one");
        const auto access = [&](const char* name, std::string& value, const char* variable, const char* help) {
            fleet->add_option(name, value, help)->envname(variable)->required();
        };
        access("--hub", fleet_.access.hub, "NOODSTOP_HUB", "HOST:PORT of noodstop-hub");
        access("--certificate", fleet_.access.certificate, "NOODSTOP_CERTIFICATE", "PEM file: your certificate");
        access("--key", fleet_.access.key, "NOODSTOP_KEY", "PEM file: its key");
        access("--authorities", fleet_.access.authorities, "NOODSTOP_AUTHORITIES", "PEM file: whose hubs are trusted");
        fleet->add_flag("--json", fleet_.json, "As JSON");
        fleet->add_flag("--watch", fleet_.watch, "Keep it up to date until interrupted");
        fleet->add_flag("--check", fleet_.check, "Exit code 4 if something needs a person");
        choose(fleet, fleet_);
    }

    void define_config() {
        CLI::App* config = app_.add_subcommand("config", "About the configuration file");
        config->require_subcommand(1);
        CLI::App* check = config->add_subcommand("check", "Tell every mistake in a file, each with its cure");
        check->add_option("FILE", config_check_.file, "The file")->required();
        choose(check, config_check_);
        choose(config->add_subcommand("reference", "All keys with type, default and meaning, as Markdown"),
               config_reference_);
    }

    void define_enroll() {
        CLI::App* enroll = app_.add_subcommand(
            "enroll", "Make the agent's key and a signing request here, and put the signed certificate in");
        CLI::Option* install = enroll->add_option("--install", enroll_.certificate, "Put this signed certificate in");
        enroll->add_option("--authorities", enroll_.authorities, "Whom to trust from now on; without it as before")
            ->needs(install);
        enroll->add_flag("--renew", enroll_.renew, "Make a new key beside the one in use")->excludes(install);
        enroll->add_option("--id", enroll_.id, "Of the agent; without it agent.name of the configuration")
            ->excludes(install);
        enroll->add_option("--dns", enroll_.host_names, "A name under which its port is reached; may be repeated")
            ->excludes(install);
        enroll->add_option("--ip", enroll_.addresses, "An address likewise; without both the machine's host name")
            ->excludes(install);
        enroll->add_option("--owner", enroll_.owner, "Who reads the key; without it agent.doors_user")
            ->excludes(install);
        enroll->add_option("--config", enroll_.config, "Configuration; without it /etc/noodstop/noodstop.toml if any")
            ->excludes(install);
        enroll->add_option("--folder", enroll_.folder, "Where key and certificate lie")->capture_default_str();
        choose(enroll, enroll_);
    }

    template <class Command>
    void choose(CLI::App* command, Command& chosen) {
        command->callback([this, &chosen] { request_.command = chosen; });
    }

    CLI::App app_{description, "noodstop"};
    Request request_{"/run/noodstop/noodstop.sock", {}};
    StatusRequest status_;
    ResourcesRequest resources_;
    LimitsRequest limits_;
    ExplainRequest explain_;
    OrderRequest order_;
    RehearseRequest rehearse_;
    JournalRequest journal_;
    FleetRequest fleet_;
    ConfigCheckRequest config_check_;
    ConfigReferenceRequest config_reference_;
    EnrollRequest enroll_;
};

}  // namespace

Parsed parse_arguments(int count, const char* const* texts) {
    return CommandLine().parse(count, texts);
}

}  // namespace noodstop::cli
