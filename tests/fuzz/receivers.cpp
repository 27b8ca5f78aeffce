// What receivers answer to exporters and to the hub's alerts, what scrapers ask for, and names that end up in what both
// get. Input: a list of choices.
#include "agent/doors/exporters/export_session.hpp"
#include "agent/doors/exporters/otlp.hpp"
#include "agent/doors/exporters/remote_write.hpp"
#include "agent/doors/exporters/text_page.hpp"
#include "noodstop/foreign/v1/otlp.pb.h"
#include "noodstop/foreign/v1/remote_write.pb.h"
#include "platform/gzip/gzip.hpp"
#include "platform/snappy/snappy.hpp"
#include "proto/codec/text.hpp"
#include "tests/fuzz/support.hpp"
#include "tools/hub/alerts/alertmanager_session.hpp"
#include "tools/hub/alerts/webhook_session.hpp"

#include <boost/json.hpp>

#include <algorithm>

using namespace noodstop;
using fuzz::claim;

namespace {

constexpr std::size_t plain_size_max = 1 << 20;

platform::HttpResponse response_from(fuzz::Input& input) {
    platform::HttpResponse response;
    response.status = static_cast<unsigned>(input.below(600));
    if (input.yes())
        response.headers.push_back({"Retry-After", std::string(input.text())});
    response.body = std::string(input.text());
    return response;
}

exporters::ExportBatch batch_from(fuzz::Input& input) {
    exporters::ExportBatch batch;
    batch.number = 1;
    for (std::size_t count = input.below(5); count > 0; --count) {
        core::Counter counter;
        counter.name.kind = static_cast<core::CounterKind>(input.below(3));
        counter.name.zone = {std::string(input.text())};
        counter.name.resource = {std::string(input.text())};
        counter.value = {input.number()};
        counter.at = {core::Duration(input.number())};
        batch.readings.push_back(exporters::reading_of(counter));
        batch.readings.back().ended = input.yes();
        batch.facts.push_back({input.below(9), {}});
        batch.facts.back().fact.zone = counter.name.zone;
        batch.facts.back().fact.fields = {{counter.name.resource.text, counter.name.zone.text}};
    }
    return batch;
}

void claim_sorted(const foreign::v1::RemoteWriteSeries& series) {
    for (int index = 0; index < series.labels_size(); ++index) {
        const auto& label = series.labels(index);
        claim(!label.name().empty() && !label.value().empty(), "no label is empty");
        claim(codec::valid_text(label.value()) == label.value(), "a label is valid UTF-8");
        claim(index == 0 || series.labels(index - 1).name() < label.name(), "labels are sorted and unique");
    }
    for (int index = 1; index < series.samples_size(); ++index)
        claim(series.samples(index - 1).unix_millis() < series.samples(index).unix_millis(), "samples are in order");
}

std::uint64_t claim_readable(const exporters::PushFormat& format, int kind, const exporters::ExportBatch& batch) {
    const auto body = format.encode(batch);
    claim(body.ok(), "there is always memory here");
    if (!body->has_value())
        return 0;
    const std::string& bytes = (*body)->bytes;
    if (kind == 0) {
        foreign::v1::RemoteWriteRequest request;
        claim(request.ParseFromString(*platform::snappy_decompress(bytes, plain_size_max)), "remote-write is readable");
        for (const auto& series : request.series())
            claim_sorted(series);
    }
    foreign::v1::OtlpMetricsRequest metrics;
    foreign::v1::OtlpLogsRequest logs;
    if (kind == 1)
        claim(metrics.ParseFromString(*platform::gunzip(bytes, plain_size_max)), "metrics are readable");
    if (kind == 2)
        claim(logs.ParseFromString(*platform::gunzip(bytes, plain_size_max)), "logs are readable");
    return (*body)->item_count;
}

void converse(fuzz::Input& input) {
    const exporters::RemoteWrite remote_write({"noodstop", "box", "1"});
    const exporters::OtlpMetrics metrics({"noodstop", "box", "1"});
    const exporters::OtlpLogs logs({"noodstop", "box", "1"});
    const exporters::PushFormat* const formats[]{&remote_write, &metrics, &logs};
    const auto kind = static_cast<int>(input.below(3));
    const exporters::ExportBatch batch = batch_from(input);
    const std::uint64_t items = claim_readable(*formats[kind], kind, batch);
    const exporters::ExportOptions options;
    exporters::ExportSession session(*formats[kind], options);
    exporters::ExportMoment moment{{core::Duration(1'000'000)}, {std::chrono::seconds(1'764'936'000)}, {}};
    for (int round = 0; round < 8; ++round) {
        moment.dice.value = static_cast<std::uint32_t>(input.byte()) << 24;
        const auto step = session.next(moment);
        if (const auto* ask = std::get_if<exporters::AskBatch>(&step))
            session.take_batch(ask->number, batch, moment);
        if (const auto* send = std::get_if<exporters::SendRequest>(&step))
            session.take_response(send->number, response_from(input), moment);
        if (const auto* rest = std::get_if<exporters::RestUntil>(&step)) {
            claim(rest->at - moment.now <= options.retry_after_max, "nobody can make it wait longer than allowed");
            moment.now = std::max(rest->at, moment.now);
        }
        if (std::holds_alternative<exporters::AcknowledgeBatch>(step))
            break;
        const exporters::ExportStatus& status = session.status();
        claim(
            status.accepted_items + status.refused_items == 0 || status.accepted_items + status.refused_items == items,
            "every item is taken or refused, once");
        claim(codec::is_plain_text(status.problem) && status.problem.size() < 2000, "a problem is a short plain line");
    }
}

void scrape(fuzz::Input& input) {
    const exporters::ExportBatch batch = batch_from(input);
    const auto format = exporters::chosen_format(input.text());
    const std::string page = exporters::text_page(batch.readings, format);
    claim(codec::valid_text(page) == page, "the page is valid UTF-8");
    const auto count = [&](std::string_view text) {
        std::size_t found = 0;
        for (std::size_t at = page.find(text); at != std::string::npos; at = page.find(text, at + 1))
            ++found;
        return found;
    };
    const std::size_t lines = count("\n"), comments = count("\n# ") + (page.starts_with("# ") ? 1 : 0);
    claim(lines - comments <= batch.readings.size(), "no name makes a line of its own");
    claim(page.empty() || page.ends_with('\n'), "the last line has an end");
}

void tell_alerts(fuzz::Input& input) {
    core::Fact fact;
    fact.kind = core::FactKind::tripped;
    fact.zone = {"z" + std::string(input.text())};
    fact.wall = {core::Duration(input.number())};
    fact.fields = {{"reason", std::string(input.text())}};
    const alerts::SendMoment moment{{core::Duration(1'000'000)}, {std::chrono::seconds(1'764'936'000)}, {}};
    alerts::AlertBook book;
    book.take_fact(std::string(input.text()), fact);
    alerts::AlertmanagerSession session({});
    const auto changes = book.take_changes();
    claim(changes.size() == 1, "a trip is an alert");
    const auto step = session.next(book.standing(), moment);
    const auto* send = std::get_if<alerts::SendRequest>(&step);
    claim(send != nullptr, "an alert is told at once");
    claim(boost::json::parse(send->request.body).as_array().size() == 1, "alerts are JSON");
    session.take_response(send->number, response_from(input), moment);
    claim(codec::is_plain_text(session.status().problem), "a problem is a plain line");
    const alerts::CloudEvent event = alerts::encode_cloud_event(changes[0], {});
    claim(boost::json::parse(event.body).at("id").as_string() == event.id, "an event is JSON with its id");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.below(3)) {
        case 0:
            converse(input);
            break;
        case 1:
            scrape(input);
            break;
        default:
            tell_alerts(input);
    }
    return 0;
}
