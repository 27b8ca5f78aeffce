#include "tests/integration/driver/exports.hpp"

#include "agent/doors/exporters/otlp.hpp"
#include "agent/doors/exporters/remote_write.hpp"
#include "agent/doors/exporters/snapshot_readings.hpp"
#include "agent/doors/exporters/text_page.hpp"

namespace noodstop::driver {
namespace {

using namespace exporters;

const PushOrigin origin{"noodstop", "box", "0.1.0"};

std::unique_ptr<PushFormat> make_format(const std::string& name) {
    if (name == "remote_write")
        return std::make_unique<RemoteWrite>(origin);
    if (name == "otlp_metrics")
        return std::make_unique<OtlpMetrics>(origin);
    return std::make_unique<OtlpLogs>(origin);
}

ExportOptions session_options(const std::string& format, const std::string& target) {
    ExportOptions options;
    options.target = target;
    if (format == "otlp_logs")
        options.repeat_interval = core::Duration(0);
    options.user_agent = "noodstop/0.1.0";
    return options;
}

json::object labels_json(const Reading& reading) {
    json::object labels{{"name", sample_name(definition_of(reading.figure))}};
    for (const Label& label : reading.labels)
        labels[label.name] = label.value;
    return labels;
}

core::Snapshot snapshot_of_two_zones(core::WallTime at) {
    core::Snapshot snapshot;
    snapshot.agent = "box";
    snapshot.wall = at;
    snapshot.looks = 5;
    for (const char* name : {"dev", "te\"st\\\n"}) {
        core::ZoneStatus zone;
        zone.name = {name};
        zone.tenant = {"acme"};
        zone.currency = "EUR";
        zone.state = core::BreakerState::tripped;
        zone.blind = true;
        zone.rate = {15'280'000};
        zone.since_wall = at;
        snapshot.zones.push_back(zone);
    }
    core::LimitStatus limit;
    limit.name = {"daily"};
    limit.tenant = {"acme"};
    limit.currency = "EUR";
    limit.used = 1;
    limit.stop = 50'000'000;
    snapshot.limits = {limit};
    core::ProviderStatus provider;
    provider.name = {"lab"};
    provider.look_age = std::chrono::milliseconds(1250);
    snapshot.providers = {provider};
    return snapshot;
}

}  // namespace

Exports::Exports(const std::string& format, const LedgerOptions& options, const std::string& target)
    : ledger_(options), format_(make_format(format)), session_(*format_, session_options(format, target)) {}

json::object Exports::answer(const json::object& command) {
    const std::string what(command.at("do").as_string());
    if (what == "totals")
        return totals();
    if (what == "facts")
        return facts();
    const core::Duration wall(command.at("wall").to_number<std::int64_t>());
    const ExportMoment moment{{wall}, {wall}, {0}};
    if (what == "response")
        session_.take_response(command.at("number").to_number<std::uint64_t>(), response_of(command), moment);
    if (what == "failure")
        session_.take_failure(command.at("number").to_number<std::uint64_t>(), "the test says so", moment);
    return next(moment);
}

json::object Exports::next(const ExportMoment& moment) {
    for (;;) {
        const ExportStep step = session_.next(moment);
        if (const auto* ask = std::get_if<AskBatch>(&step))
            give_batch(ask->number, moment);
        else if (const auto* present = std::get_if<AskPresent>(&step))
            give_present(present->number, moment);
        else if (const auto* done = std::get_if<AcknowledgeBatch>(&step))
            ledger_.acknowledged(done->batch), session_.take_acknowledged(done->number);
        else if (const auto* send = std::get_if<SendRequest>(&step))
            return sent_json(*send);
        else if (const auto* rest = std::get_if<RestUntil>(&step))
            return {{"step", "rest"},
                    {"until", rest->at.since_origin.count()},
                    {"is_done", ledger_.next().empty()},
                    {"accepted", session_.status().accepted_items},
                    {"refused", session_.status().refused_items},
                    {"failed", session_.status().failed_requests},
                    {"problem", session_.status().problem}};
    }
}

void Exports::give_batch(std::uint64_t number, const ExportMoment& moment) {
    const core::SpoolBatch batch = ledger_.next();
    board_.take(batch.samples);
    session_.take_batch(number, batch_of(batch), moment);
}

void Exports::give_present(std::uint64_t number, const ExportMoment& moment) {
    const core::Snapshot snapshot = snapshot_of_two_zones(moment.wall);
    session_.take_present(number, present_readings(snapshot, board_, {moment.wall, origin.version}), moment);
}

json::object Exports::sent_json(const SendRequest& send) const {
    json::object object = request_json(send.number, send.request);
    object["problem"] = session_.status().problem;
    return object;
}

json::object Exports::totals() const {
    json::array all;
    for (const auto& [name, counter] : ledger_.totals()) {
        const Reading reading = reading_of(counter);
        all.push_back({{"labels", labels_json(reading)},
                       {"value", decimal_text(definition_of(reading.figure).unit, reading.raw)},
                       {"unix_micros", reading.at.since_epoch.count()}});
    }
    return {{"totals", std::move(all)}};
}

json::object Exports::facts() const {
    json::array all;
    for (const core::RecordedFact& recorded : ledger_.facts())
        all.push_back({{"sequence", recorded.sequence},
                       {"kind", core::to_text(recorded.fact.kind)},
                       {"unix_micros", recorded.fact.wall.since_epoch.count()}});
    return {{"facts", std::move(all)}};
}

std::string page(const std::string& accept, const LedgerOptions& options) {
    Ledger ledger(options);
    CounterBoard board;
    for (core::SpoolBatch batch = ledger.next(); !batch.empty(); batch = ledger.next()) {
        board.take(batch.samples);
        ledger.acknowledged(batch.number);
    }
    std::vector<Reading> readings = board.present();
    for (Reading& reading : readings_of(snapshot_of_two_zones(options.end), "0.1.0"))
        readings.push_back(std::move(reading));
    return text_page(readings, chosen_format(accept));
}

}  // namespace noodstop::driver
