#include "tools/hub/server/options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <charconv>
#include <iostream>

namespace noodstop::hub {
namespace {

using platform::Result;

constexpr const char* hub_description =
    "noodstop-hub: agents stream their facts and totals here, people and tools read the fleet, and alerts go out.";

constexpr const char* hub_footer =
    "Roles are those of the client certificates (tools/certs): agent/ID pushes as ID, operator reads everything,\n"
    "owner/TENANT what concerns its tenant. Everybody else is refused.\n"
    "\n"
    "The configuration has a line for each option, without dashes in front:\n"
    "  listen = \"0.0.0.0:8444\"\n"
    "  alertmanager = [\"https://alerts-1:9093\", \"https://alerts-2:9093\"]\n"
    "\n"
    "Signals: TERM and INT end it in order. Certificates and keys are read again every minute, and at once with HUP.\n"
    "Exit codes: 0 ended in order, 1 an option's value or a file that it names is wrong, 2 wrong usage, 3 another\n"
    "noodstop-hub uses the store, 4 the machine refuses something without which it can't work.";

constexpr core::Duration missing_after_min = std::chrono::seconds(1);
constexpr core::Duration retention_min = std::chrono::hours(1);
constexpr core::Duration duration_max = std::chrono::hours(24 * 3660);

struct UnitRow {
    const char* name;
    core::Duration length;
};

constexpr UnitRow unit_rows[] = {
    {"s", std::chrono::seconds(1)},
    {"m", std::chrono::minutes(1)},
    {"h", std::chrono::hours(1)},
    {"d", std::chrono::hours(24)},
};

// The texts as they were given.
struct Texts {
    std::string listen = "127.0.0.1:8444";
    std::string store;
    std::string certificate;
    std::string key;
    std::string authorities;
    std::vector<std::string> alertmanagers;
    std::string webhook;
    std::string alert_authorities;
    std::string missing_after = "5m";
    std::string retention = "400d";
};

void describe(CLI::App& app, Texts& texts) {
    app.footer(hub_footer);
    app.set_version_flag("--version", std::string("noodstop-hub " NOODSTOP_VERSION));
    app.set_config("--config", "", "a configuration (TOML) with the options below; the command line goes first");
    app.allow_config_extras(CLI::config_extras_mode::error);  // what is misspelt must not be what is missing
    app.add_option("--listen", texts.listen, "ADDRESS:PORT for agents and readers")->capture_default_str();
    app.add_option("--store", texts.store, "the database (SQLite), made where it is missing")->required();
    app.add_option("--certificate", texts.certificate, "PEM file: the hub's certificate and its chain")->required();
    app.add_option("--key", texts.key, "PEM file: the certificate's key; nobody else may read it")->required();
    app.add_option("--authorities", texts.authorities, "PEM file: whose client certificates are trusted")->required();
    app.add_option("--alertmanager", texts.alertmanagers, "URL of an Alertmanager; once for each of a cluster");
    app.add_option("--webhook", texts.webhook, "URL that gets each alert's beginning and end as a CloudEvent");
    app.add_option("--alert-authorities", texts.alert_authorities,
                   "PEM file: whose certificates of those are trusted; needed for https");
    app.add_option("--missing-after", texts.missing_after, "silence after which an agent is missing: 30s, 5m, 2h")
        ->capture_default_str();
    app.add_option("--retention", texts.retention, "how long facts and events are kept: 36h, 400d")
        ->capture_default_str();
}

struct Bounds {
    const char* option;
    core::Duration least;
};

platform::Error wrong_duration(const std::string& text, const Bounds& bounds) {
    return {EINVAL, fmt::format("{}: \"{}\" is no time of {} or more. Cure: a number with s, m, h or d, as 5m",
                                bounds.option, text, core::to_text(bounds.least))};
}

Result<core::Duration> duration_in(const std::string& text, const Bounds& bounds) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0)
        return wrong_duration(text, bounds);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    for (const UnitRow& row : unit_rows) {
        if (unit != row.name || number > duration_max / row.length || row.length * number < bounds.least)
            continue;
        return row.length * number;
    }
    return wrong_duration(text, bounds);
}

// Collects what is wrong, so that everything is told at once.
class Checker {
public:
    template <class T>
    void take(Result<T> result, const char* option, T& value) {
        if (result)
            value = std::move(*result);
        else
            tell(fmt::format("{}: {}", option, result.error().message));
    }
    void take_duration(const std::string& text, const Bounds& bounds, core::Duration& value) {
        const Result<core::Duration> result = duration_in(text, bounds);
        if (result)
            value = result.value();
        else
            tell(result.error().message);
    }
    void tell(const std::string& mistake) { mistakes_ += "noodstop-hub: " + mistake + "\n"; }
    const std::string& mistakes() const { return mistakes_; }

private:
    std::string mistakes_;
};

bool is_any_encrypted(const HubOptions& options) {
    bool answer = options.webhook && options.webhook->encrypted;
    for (const WebTarget& target : options.alertmanagers)
        answer = answer || target.encrypted;
    return answer;
}

HubOptions checked_options(const Texts& texts, Checker& checker) {
    HubOptions options;
    checker.take(parse_host_and_port(texts.listen), "--listen", options.listen);
    options.store = texts.store;
    options.tls = {texts.certificate, texts.key, texts.authorities};
    for (const std::string& url : texts.alertmanagers)
        checker.take(parse_web_target(url), "--alertmanager", options.alertmanagers.emplace_back());
    if (!texts.webhook.empty())
        checker.take(parse_web_target(texts.webhook), "--webhook", options.webhook.emplace());
    options.alert_authorities = texts.alert_authorities;
    if (checker.mistakes().empty() && is_any_encrypted(options) && texts.alert_authorities.empty())
        checker.tell(
            "--alert-authorities: it is missing, and alerts go to https. Cure: the PEM file of the authority "
            "that the receiver's certificate is of");
    checker.take_duration(texts.missing_after, {"--missing-after", missing_after_min}, options.missing_after);
    checker.take_duration(texts.retention, {"--retention", retention_min}, options.retention);
    return options;
}

}  // namespace

ParsedOptions parse_options(int count, const char* const* texts) {
    CLI::App app(hub_description);
    Texts given;
    describe(app, given);
    try {
        app.parse(count, texts);
    } catch (const CLI::FileError& error) {
        std::cerr << "noodstop-hub: " << error.what() << "\n";
        return {{}, exit_wrong_options};
    } catch (const CLI::ParseError& error) {
        return {{}, app.exit(error, std::cout, std::cerr) == 0 ? exit_orderly : exit_wrong_usage};
    }
    Checker checker;
    HubOptions options = checked_options(given, checker);
    if (checker.mistakes().empty())
        return {std::move(options), std::nullopt};
    std::cerr << checker.mistakes();
    return {{}, exit_wrong_options};
}

}  // namespace noodstop::hub
