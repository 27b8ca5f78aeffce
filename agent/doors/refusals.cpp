#include "agent/doors/refusals.hpp"

#include "agent/doors/caller.hpp"

#include <algorithm>

namespace noodstop::doors {
namespace {

constexpr std::size_t shown_size_max = 200;

// What strangers sent, fit for a journal that people read.
std::string shown(std::string_view foreign) {
    std::string text(foreign.substr(0, shown_size_max));
    for (char& letter : text)
        if (letter < ' ' || letter > '~')
            letter = '?';
    return text;
}

// The port is another one with each attempt.
std::string without_port(const std::string& address) {
    return address.substr(0, address.rfind(':'));
}

std::string reason_of(const platform::RpcRefusal& refusal) {
    return std::string(platform::to_text(refusal.error.code)) + ": " + refusal.error.message;
}

bool is_somebodys_doing(platform::tls::Refusal refusal) {
    using platform::tls::Refusal;
    switch (refusal) {
        case Refusal::certificate:
            return true;
        case Refusal::connections:
        case Refusal::connections_of_source:
        case Refusal::handshakes_per_second:
        case Refusal::displaced:
        case Refusal::no_tls:
        case Refusal::too_late:
        case Refusal::handshake:
            return false;
    }
    return false;
}

}  // namespace

void Refusals::call_refused(const platform::RpcRefusal& refusal) {
    add({shown(caller_of(refusal.peer).name), shown(refusal.path), shown(reason_of(refusal))});
}

void Refusals::connection_refused(const platform::tls::RefusedConnection& refused) {
    if (is_somebodys_doing(refused.refusal))
        add({shown(without_port(refused.remote)), {}, shown(refused.why)});
}

void Refusals::beat() {
    for (RefusalReport& report : tally_.due(std::chrono::steady_clock::now()))
        tell(std::move(report));
}

void Refusals::add(RefusedCall call) {
    if (auto report = tally_.add(std::move(call), std::chrono::steady_clock::now()))
        tell(std::move(*report));
}

void Refusals::tell(RefusalReport report) {
    std::vector<core::FactField> fields{{"caller", std::move(report.call.caller)},
                                        {"method", std::move(report.call.method)},
                                        {"reason", std::move(report.call.reason)}};
    if (report.count > 1)
        fields.push_back({"count", std::to_string(report.count)});
    notice_(core::FactKind::call_refused, std::move(fields));
}

}  // namespace noodstop::doors
