#include "tools/hub/alerts/webhook_session.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::alerts;
using namespace std::chrono_literals;

namespace {

struct Bench {
    Bench() {
        SendOptions options;
        options.target = "/hook";
        options.headers = {{"Authorization", "Bearer x"}};
        session = WebhookSession(options);
    }
    SendMoment moment() const { return {{now}, {now}, {0}}; }
    template <class Step>
    Step next_is() {
        const auto step = session.next(moment());
        REQUIRE(std::holds_alternative<Step>(step));
        return std::get<Step>(step);
    }
    SendRequest answers(unsigned status, std::vector<platform::HttpHeader> headers = {}) {
        const SendRequest sent = next_is<SendRequest>();
        session.take_response(sent.number, {status, std::move(headers), ""}, moment());
        return sent;
    }
    core::Duration rests_for() { return next_is<RestUntil>().at->since_origin - now; }

    WebhookSession session{SendOptions()};
    core::Duration now = 100s;
};

}  // namespace

TEST_CASE("events are sent one by one, in order, and reported when they are delivered") {
    Bench bench;
    CHECK(!bench.next_is<RestUntil>().at.has_value());
    bench.session.offer({"a", "{1}"});
    bench.session.offer({"b", "{2}"});
    const SendRequest sent = bench.answers(204);
    CHECK(sent.request.method == "POST");
    CHECK(sent.request.target == "/hook");
    CHECK(sent.request.body == "{1}");
    CHECK(platform::find_header(sent.request.headers, "Content-Type") == "application/cloudevents+json; charset=utf-8");
    CHECK(platform::find_header(sent.request.headers, "Authorization") == "Bearer x");
    const EventDone done = bench.next_is<EventDone>();
    CHECK(done.id == "a");
    CHECK(done.delivered);
    CHECK(bench.answers(200).request.body == "{2}");
    CHECK(bench.next_is<EventDone>().id == "b");
    CHECK(bench.session.waiting_count() == 0);
    CHECK(!bench.next_is<RestUntil>().at.has_value());
}

TEST_CASE("an event that did not get through is sent again, and those behind it wait") {
    Bench bench;
    bench.session.offer({"a", "{1}"});
    bench.session.offer({"b", "{2}"});
    bench.answers(500);
    CHECK(bench.rests_for() == 500ms);
    bench.now += 500ms;
    const SendRequest again = bench.next_is<SendRequest>();
    CHECK(again.request.body == "{1}");
    bench.session.take_failure(again.number, "connection refused", bench.moment());
    CHECK(bench.rests_for() == 1s);
    bench.now += 1s;
    CHECK(bench.answers(200).request.body == "{1}");
    CHECK(bench.next_is<EventDone>().id == "a");
    CHECK(bench.session.status().failed_requests == 2);
}

TEST_CASE("a receiver that says when gets its time, and one that wants nothing any more gets a day") {
    for (const unsigned status : {429U, 503U}) {
        Bench bench;
        bench.session.offer({"a", ""});
        bench.answers(status, {{"Retry-After", "90"}});
        CHECK(bench.rests_for() == 90s);
    }
    Bench bench;
    bench.session.offer({"a", ""});
    bench.answers(410);
    CHECK(bench.rests_for() == 24h);
}

TEST_CASE("what is refused for good makes room for the next and is reported as refused") {
    Bench bench;
    bench.session.offer({"a", "{1}"});
    bench.session.offer({"b", "{2}"});
    bench.answers(415);
    const EventDone done = bench.next_is<EventDone>();
    CHECK(done.id == "a");
    CHECK(!done.delivered);
    CHECK(bench.session.status().problem == "HTTP 415");
    CHECK(bench.answers(200).request.body == "{2}");
    CHECK(bench.session.status().refused == 1);
}

TEST_CASE("an answer that never comes is given up, and a late one is not taken for another's") {
    Bench bench;
    bench.session.offer({"a", "{1}"});
    const SendRequest first = bench.next_is<SendRequest>();
    bench.now += 40s;
    CHECK(bench.rests_for() == 500ms);
    bench.now += 500ms;
    bench.next_is<SendRequest>();
    bench.session.take_response(first.number, {200, {}, ""}, bench.moment());
    CHECK(std::holds_alternative<RestUntil>(bench.session.next(bench.moment())));
}

TEST_CASE("the queue has an end, and says so") {
    Bench bench;
    for (std::size_t number = 0; number < events_waiting_max; ++number)
        CHECK(bench.session.offer({std::to_string(number), ""}));
    CHECK(!bench.session.offer({"more", ""}));
    bench.answers(200);
    bench.next_is<EventDone>();
    CHECK(bench.session.offer({"more", ""}));
}
