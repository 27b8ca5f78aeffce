// The happy conversation once, then a failure at every step of it.
#include "agent/doors/exporters/export_session.hpp"

#include "agent/doors/exporters/otlp.hpp"
#include "agent/doors/exporters/remote_write.hpp"
#include "tests/doors/exporters/samples.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace noodstop;
using namespace noodstop::exporters;
using namespace std::chrono_literals;

namespace {

const RemoteWrite remote_write({"noodstop", "box", "0.1.0"});
const OtlpMetrics otlp_metrics({"noodstop", "box", "0.1.0"});

ExportOptions options() {
    ExportOptions options;
    options.target = "/api/v1/write";
    options.headers = {{"X-Scope-OrgID", "acme"}};
    options.user_agent = "noodstop/0.1.0";
    options.repeat_interval = core::Duration(0);
    return options;
}

// A batch of so many samples.
std::optional<ExportBatch> batch_with(std::uint64_t number, std::uint64_t count) {
    std::vector<core::Sample> samples;
    for (std::uint64_t sequence = 1; sequence <= count; ++sequence) {
        const core::WallTime at = noon + std::chrono::seconds(number + sequence);
        samples.push_back({sequence, at, {zone_counter("dev", static_cast<std::int64_t>(sequence) * 1'000'000, at)}});
    }
    return batch_of(spool_batch(number, std::move(samples)));
}

const std::optional<ExportBatch> nothing;

// A session and its clock.
struct Bench {
    explicit Bench(const PushFormat& format = remote_write, ExportOptions with = options())
        : session(format, std::move(with)) {}

    ExportMoment moment() const { return {{now}, noon + now, {dice}}; }
    ExportStep next() { return session.next(moment()); }
    template <class Step>
    Step next_is() {
        ExportStep step = next();
        REQUIRE(std::holds_alternative<Step>(step));
        return std::get<Step>(step);
    }
    void give(const std::optional<ExportBatch>& batch) {
        const AskBatch ask = next_is<AskBatch>();
        session.take_batch(ask.number, batch, moment());
    }
    SendRequest answer(unsigned status, std::vector<platform::HttpHeader> headers = {}) {
        const SendRequest sent = next_is<SendRequest>();
        session.take_response(sent.number, {status, std::move(headers), ""}, moment());
        return sent;
    }
    // The spool gets to know and says so.
    std::uint64_t acknowledges() {
        const AcknowledgeBatch step = next_is<AcknowledgeBatch>();
        session.take_acknowledged(step.number);
        return step.batch;
    }
    core::Duration rests_for() { return next_is<RestUntil>().at.since_origin - now; }

    ExportSession session;
    core::Duration now = 1000s;
    std::uint32_t dice = 0;
};

}  // namespace

TEST_CASE("what the spool hands out is sent, acknowledged, and what follows is asked for") {
    Bench bench;
    bench.give(batch_with(41, 3));
    const SendRequest sent = bench.answer(204);
    CHECK(sent.request.method == "POST");
    CHECK(sent.request.target == "/api/v1/write");
    CHECK(platform::find_header(sent.request.headers, "User-Agent") == "noodstop/0.1.0");
    CHECK(platform::find_header(sent.request.headers, "X-Scope-OrgID") == "acme");
    CHECK(platform::find_header(sent.request.headers, "Content-Encoding") == "snappy");
    CHECK(bench.acknowledges() == 41);
    bench.give(nothing);
    CHECK(bench.rests_for() == 5s);
    CHECK(bench.session.status().accepted_items == 3);
    CHECK(bench.session.status().acknowledged == noon + 1000s);
    CHECK(bench.session.status().problem.empty());
}

TEST_CASE("nothing is acknowledged before the receiver has it") {
    Bench bench;
    bench.give(batch_with(41, 1));
    const SendRequest sent = bench.next_is<SendRequest>();
    CHECK(std::holds_alternative<RestUntil>(bench.next()));
    bench.session.take_response(sent.number, {200, {}, ""}, bench.moment());
    CHECK(bench.acknowledges() == 41);
}

TEST_CASE("a failed request is made again byte for byte, later each time") {
    Bench bench;
    bench.give(batch_with(41, 2));
    const std::string body = bench.answer(500).request.body;
    CHECK(bench.rests_for() == 500ms);
    bench.now += 500ms;
    CHECK(bench.answer(503).request.body == body);
    CHECK(bench.rests_for() == 1s);
    bench.now += 1s;
    const SendRequest third = bench.next_is<SendRequest>();
    CHECK(third.request.body == body);
    bench.session.take_failure(third.number, "connection refused", bench.moment());
    CHECK(bench.session.status().problem == "connection refused");
    CHECK(bench.rests_for() == 2s);
    bench.now += 2s;
    CHECK(bench.answer(200).request.body == body);
    bench.acknowledges();
    CHECK(bench.session.status().failed_requests == 3);
    CHECK(bench.session.status().problem.empty());
}

TEST_CASE("after a success the next failure waits as little as the first") {
    Bench bench;
    bench.give(batch_with(41, 1));
    bench.answer(500);
    bench.now += 1s;
    bench.answer(200);
    bench.acknowledges();
    bench.give(batch_with(42, 1));
    bench.answer(500);
    CHECK(bench.rests_for() == 500ms);
}

TEST_CASE("chance spreads the delay, and the back-off has an end") {
    Bench bench;
    bench.dice = std::numeric_limits<std::uint32_t>::max();
    bench.give(batch_with(41, 1));
    for (int failure = 0; failure < 50; ++failure) {
        bench.answer(500);
        bench.now += bench.rests_for();
    }
    bench.answer(500);
    CHECK(bench.rests_for() <= 60s);
    CHECK(bench.rests_for() > 59s);
}

TEST_CASE("a receiver that says when to come back gets its time, up to an hour") {
    const std::pair<std::string, core::Duration> table[] = {
        {"120", 120s}, {"Fri, 05 Dec 2025 12:20:00 GMT", 200s}, {"999999", 1h}, {"nonsense", 500ms}, {"0", 500ms}};
    for (const auto& [header, delay] : table)
        for (const unsigned status : {429U, 503U}) {
            Bench bench;
            bench.give(batch_with(41, 1));
            bench.answer(status, {{"retry-after", header}});
            CHECK_MESSAGE(bench.rests_for() == delay, header);
        }
}

TEST_CASE("what a receiver refuses for good is counted, told, acknowledged and never sent again") {
    Bench bench;
    bench.give(batch_with(41, 3));
    bench.answer(400);
    CHECK(bench.acknowledges() == 41);
    CHECK(bench.session.status().refused_items == 3);
    CHECK(bench.session.status().accepted_items == 0);
    CHECK(bench.session.status().problem == "HTTP 400");
    CHECK(!bench.session.status().acknowledged.has_value());
    bench.give(batch_with(42, 1));
    bench.answer(200);
    CHECK(bench.session.status().accepted_items == 1);
}

TEST_CASE("a receiver that does not let us in is not given the whole spool to refuse") {
    Bench bench;
    core::Duration waited{0};
    for (std::uint64_t batch = 1; batch <= 10; ++batch) {
        bench.give(batch_with(batch, 1));
        bench.answer(batch % 2 == 0 ? 401 : 404);
        waited += bench.rests_for();
        bench.now += bench.rests_for();
        CHECK(bench.acknowledges() == batch);
    }
    CHECK(waited > 2min);
    CHECK(bench.session.status().refused_items == 10);
    bench.give(batch_with(11, 1));
    bench.answer(400);
    CHECK(bench.acknowledges() == 11);
}

TEST_CASE("the same status means what the receiver's protocol says it means") {
    Bench prometheus(remote_write), collector(otlp_metrics);
    for (Bench* bench : {&prometheus, &collector}) {
        bench->give(batch_with(41, 1));
        bench->answer(500);
    }
    CHECK(prometheus.rests_for() == 500ms);
    collector.acknowledges();
}

TEST_CASE("a partial success is acknowledged, its rest counted as refused") {
    Bench bench(otlp_metrics);
    bench.give(batch_with(41, 3));
    const SendRequest sent = bench.next_is<SendRequest>();
    const std::string rejected_two(
        "\x0a\x0a\x08\x02\x12\x06"
        "no way",
        12);
    bench.session.take_response(sent.number, {200, {}, rejected_two}, bench.moment());
    bench.acknowledges();
    CHECK(bench.session.status().accepted_items == 1);
    CHECK(bench.session.status().refused_items == 2);
    CHECK(bench.session.status().problem == "no way");
}

TEST_CASE("a batch that holds nothing for the receiver is acknowledged unsent") {
    Bench bench;
    ExportBatch facts_only;
    facts_only.number = 41;
    facts_only.facts = {sample_fact(9, core::FactKind::armed)};
    bench.give(facts_only);
    CHECK(bench.acknowledges() == 41);
}

TEST_CASE("an answer that never comes is given up, and one that comes too late changes nothing") {
    Bench bench;
    bench.give(batch_with(41, 1));
    const SendRequest first = bench.next_is<SendRequest>();
    bench.now += 40s;
    CHECK(bench.rests_for() == 500ms);
    CHECK(bench.session.status().problem == "no answer in time");
    bench.session.take_response(first.number, {200, {}, ""}, bench.moment());
    bench.now += 500ms;
    const SendRequest second = bench.next_is<SendRequest>();
    bench.session.take_response(first.number, {400, {}, ""}, bench.moment());
    bench.session.take_failure(first.number, "late", bench.moment());
    CHECK(bench.session.status().refused_items == 0);
    bench.session.take_response(second.number, {200, {}, ""}, bench.moment());
    bench.acknowledges();
}

TEST_CASE("the spool is asked again only when it knows what was taken, and told again until it does") {
    Bench bench;
    bench.give(batch_with(41, 1));
    bench.answer(200);
    const AcknowledgeBatch first = bench.next_is<AcknowledgeBatch>();
    CHECK(bench.rests_for() == 30s);
    bench.now += 30s;
    const AcknowledgeBatch second = bench.next_is<AcknowledgeBatch>();
    CHECK(second.batch == 41);
    bench.session.take_acknowledged(first.number);
    CHECK(bench.rests_for() == 30s);
    bench.session.take_failure(second.number, "the journal is gone", bench.moment());
    CHECK(bench.session.status().problem == "the journal is gone");
    CHECK(bench.rests_for() == 5s);
    bench.now += 5s;
    CHECK(bench.acknowledges() == 41);
    bench.next_is<AskBatch>();
}

TEST_CASE("a spool that can't give anything is asked again after a rest, and what it says is told") {
    Bench bench;
    const AskBatch ask = bench.next_is<AskBatch>();
    bench.session.take_failure(ask.number, "the journal is gone", bench.moment());
    CHECK(bench.session.status().problem == "the journal is gone");
    CHECK(bench.session.status().failed_requests == 0);
    CHECK(bench.rests_for() == 5s);
    bench.now += 5s;
    bench.next_is<AskBatch>();
}

TEST_CASE("a receiver for whom it is too much at once gets half of it, and more again when it takes that") {
    Bench bench;
    CHECK(bench.next_is<AskBatch>().sizes == ExportSizes());
    bench.now += 30s;
    bench.give(batch_with(41, 4));
    bench.answer(413);
    CHECK(bench.session.status().refused_items == 0);
    const AskBatch again = bench.next_is<AskBatch>();
    CHECK(again.sizes == ExportSizes{250, 1'000, 128 << 10});
    bench.session.take_batch(again.number, batch_with(42, 2), bench.moment());
    bench.answer(200);
    CHECK(bench.acknowledges() == 42);
    CHECK(bench.next_is<AskBatch>().sizes == ExportSizes());
}

TEST_CASE("what is too much even alone is set aside") {
    Bench bench;
    int refusals = 0;
    for (; bench.session.status().refused_items == 0 && refusals < 100; ++refusals) {
        bench.give(batch_with(41, 1));
        bench.answer(413);
    }
    CHECK(refusals == 19);  // 256 KiB, halved down to one byte, and that
    CHECK(bench.acknowledges() == 41);
}

TEST_CASE("a spool that does not answer is asked again, and its late answer is ignored") {
    Bench bench;
    const AskBatch first = bench.next_is<AskBatch>();
    bench.now += 30s;
    const AskBatch second = bench.next_is<AskBatch>();
    bench.session.take_batch(first.number, batch_with(41, 1), bench.moment());
    CHECK(std::holds_alternative<RestUntil>(bench.next()));
    bench.session.take_batch(second.number, batch_with(41, 2), bench.moment());
    bench.next_is<SendRequest>();
}

TEST_CASE("a session that rests is woken by news, one that works is not disturbed") {
    Bench bench;
    bench.give(nothing);
    CHECK(bench.rests_for() == 5s);
    bench.session.poke();
    bench.give(batch_with(41, 1));
    bench.next_is<SendRequest>();
    bench.session.poke();
    CHECK(std::holds_alternative<RestUntil>(bench.next()));
}

TEST_CASE("where figures are to be repeated, all of them are sent as they stand when there is nothing new") {
    ExportOptions repeating = options();
    repeating.repeat_interval = 60s;
    Bench bench(remote_write, repeating);
    bench.give(nothing);
    const AskPresent ask = bench.next_is<AskPresent>();
    bench.session.take_present(ask.number, readings_of_everything(), bench.moment());
    bench.answer(200);
    bench.give(nothing);
    CHECK(bench.rests_for() == 5s);
    bench.now += 60s;
    bench.give(nothing);
    const AskPresent again = bench.next_is<AskPresent>();
    bench.session.take_present(again.number, {}, bench.moment());
    bench.give(nothing);
    CHECK(bench.rests_for() == 5s);
}

TEST_CASE("figures that are refused are not sent again before their time, and acknowledge nothing") {
    ExportOptions repeating = options();
    repeating.repeat_interval = 60s;
    Bench bench(remote_write, repeating);
    bench.give(nothing);
    bench.session.take_present(bench.next_is<AskPresent>().number, readings_of_everything(), bench.moment());
    bench.answer(400);
    bench.give(nothing);
    CHECK(bench.rests_for() == 5s);
}

TEST_CASE("what a session has to say about itself is exported too") {
    Bench bench;
    bench.give(batch_with(41, 3));
    bench.answer(200);
    const auto readings = readings_of(bench.session.status(), "victoria", noon);
    REQUIRE(readings.size() == 4);
    CHECK(readings[0].figure == Figure::export_items);
    CHECK(readings[0].raw == 3);
    CHECK(readings[0].labels == std::vector<Label>{{"exporter", "victoria"}});
    CHECK(readings[3].raw == (noon + 1000s).since_epoch.count());
}
