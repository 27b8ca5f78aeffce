#include "agent/config/checks.hpp"
#include "agent/config/endpoint_text.hpp"
#include "agent/config/nearest.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace noodstop::config {
namespace {

void mistake_at(const Scene& scene, const Entry& entry, const char* key, std::string problem, std::string cure) {
    scene.report.mistake(entry.spot_of(key), {entry.path_of(key), std::move(problem), std::move(cure)});
}

void check_listening_address(const Scene& scene, const Entry& entry) {
    const auto address = entry.text("address");
    if (entry.has("address") && !is_address(address))
        mistake_at(scene, entry, "address", fmt::format("{} is not a numeric address.", in_quotes(address)),
                   "Write an address of this machine, e.g. \"192.0.2.10\", or \"0.0.0.0\" for all of them.");
}

void check_page_address(const Scene& scene, const Entry& entry) {
    const auto address = entry.text("address");
    if (entry.has("address") && !is_loopback_address(address))
        mistake_at(scene, entry, "address",
                   fmt::format("{} is not a loopback address, and the page is not encrypted.", in_quotes(address)),
                   "Write \"127.0.0.1\" or \"::1\"; from outside the counters are read through [remote].");
}

void check_uplink(const Scene& scene, const Entry& entry) {
    const auto host = entry.text("host");
    if (entry.has("host") && !is_host(host))
        mistake_at(scene, entry, "host", fmt::format("{} is not a host name or an address.", in_quotes(host)),
                   "Write it alone, e.g. \"hub.example.com\"; the port has a key of its own.");
}

// Of which the meaning of the other keys depends.
void check_exporter_keys(const Scene& scene, const Entry& entry, bool encrypted) {
    if (encrypted && !entry.mentions("authorities"))
        scene.report.mistake(entry.spot_of("url"), {entry.path_of("authorities"), "is missing, and the url is https.",
                                                    "Give the PEM file with the authorities that you trust, e.g. "
                                                    "authorities = \"/etc/ssl/certs/ca-certificates.crt\"."});
    for (const char* key : {"authorities", "certificate", "key"})
        if (!encrypted && entry.mentions(key))
            mistake_at(scene, entry, key, "means nothing where the url is http.", "Leave it out, or write https://.");
}

void check_exporter(const Scene& scene, const Entry& entry) {
    if (entry.has("url")) {
        const auto read = read_url(entry.text("url"));
        if (const auto* misread = std::get_if<Misread>(&read))
            mistake_at(scene, entry, "url", misread->problem, misread->cure);
        else
            check_exporter_keys(scene, entry, std::get<Url>(read).encrypted);
    }
    if (entry.mentions("certificate") != entry.mentions("key")) {
        const char* given = entry.mentions("key") ? "key" : "certificate";
        mistake_at(scene, entry, given, "stands alone: a certificate and its key go together.",
                   "Give both, or neither if the receiver asks for none.");
    }
    const auto scope = entry.text("scope");
    if (!std::all_of(scope.begin(), scope.end(), [](char letter) { return letter > ' ' && letter < 0x7f; }))
        mistake_at(scene, entry, "scope", fmt::format("{} can't stand in a header.", in_quotes(scope)),
                   "Write letters, digits and signs without spaces.");
}

void check_exporters(const Scene& scene) {
    const auto& exporters = scene.draft.all("exporters");
    for (const auto& entry : exporters)
        check_exporter(scene, entry);
    if (exporters.size() > exporters_max)
        scene.report.mistake(exporters[exporters_max].spot(),
                             {"exporters", fmt::format("has {} tables.", exporters.size()),
                              fmt::format("Leave all but {} out; a collector passes on to more.", exporters_max)});
}

void check_ports(const Scene& scene) {
    for (const auto& remote : scene.draft.all("remote"))
        for (const auto& metrics : scene.draft.all("metrics"))
            if (remote.has("port") && remote.number("port") == metrics.number("port"))
                mistake_at(scene, metrics, "port",
                           fmt::format("{} is the port of [remote] too.", *metrics.number("port")),
                           "Give each a port of its own.");
}

// ---- files ----

void remark_file(const Scene& scene, const Entry& entry, const char* key, bool is_secret) {
    struct stat status {};
    const auto path = entry.text(key);
    if (path.empty())
        return;
    if (::stat(path.c_str(), &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            scene.report.remark(entry.spot_of(key),
                                {entry.path_of(key), fmt::format("{} is not there.", in_quotes(path)),
                                 "Put it there, readable by the doors user."});
        return;
    }
    if (is_secret && (status.st_mode & (S_IROTH | S_IWOTH)) != 0)
        scene.report.remark(
            entry.spot_of(key),
            {entry.path_of(key), fmt::format("every user of this machine may read {}.", in_quotes(path)),
             fmt::format("Run: chmod 0640 {0} && chgrp GROUP {0}, with the doors user's group.", printable(path))});
}

}  // namespace

void check_channel(const Scene& scene) {
    for (const auto& remote : scene.draft.all("remote"))
        check_listening_address(scene, remote);
    for (const auto& uplink : scene.draft.all("uplink"))
        check_uplink(scene, uplink);
    for (const auto& metrics : scene.draft.all("metrics"))
        check_page_address(scene, metrics);
    check_exporters(scene);
    check_ports(scene);
}

// Others read these files, later and as other users: what is wrong with them now keeps nobody from being protected.
void remark_channel_files(const Scene& scene) {
    if (!scene.machine.look_at_files)
        return;
    for (const char* section : {"remote", "uplink", "exporters"}) {
        for (const auto& entry : scene.draft.all(section)) {
            remark_file(scene, entry, "certificate", false);
            remark_file(scene, entry, "key", true);
            remark_file(scene, entry, "authorities", false);
            remark_file(scene, entry, "token_file", true);
        }
    }
}

}  // namespace noodstop::config
