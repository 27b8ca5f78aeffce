// The path's end of the link, over a real pair of sockets and with real credentials.
#include "agent/doors/path_link.hpp"

#include "noodstop/v1/link.pb.h"
#include "platform/unix_socket/frame_channel.hpp"
#include "platform/unix_socket/unix_socket.hpp"
#include "proto/codec/link_codec.hpp"
#include "tests/doors/samples.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <filesystem>
#include <random>
#include <unistd.h>

using namespace noodstop;
using namespace noodstop::doors;
using platform::FileDescriptor;

namespace {

// The path with its link, and at the other end whatever the test makes of a doors process.
struct Link {
    Link() {
        auto ends = platform::socket_pair();
        REQUIRE(ends.ok());
        doors_end = std::move(ends->second);
        PathHandlers handlers;
        handlers.order = [this](std::uint64_t number, core::Order order) {
            order_numbers.push_back(number);
            orders.push_back(std::move(order));
        };
        handlers.rehearse = [this](std::uint64_t, core::ZoneName zone) { rehearsals.push_back(zone.text); };
        handlers.journal = [this](std::uint64_t number, JournalQuery query) {
            journal_numbers.push_back(number);
            journal_queries.push_back(std::move(query));
        };
        handlers.resources = [this](std::uint64_t number) { resource_numbers.push_back(number); };
        handlers.batch = [this](std::uint64_t number, core::BatchQuery query) {
            batch_queries.emplace_back(number, std::move(query));
        };
        handlers.batch_answer = [this](std::uint64_t number, core::BatchAnswer answer) {
            batch_answers.emplace_back(number, std::move(answer));
        };
        handlers.notice = [this](core::FactKind kind, std::vector<core::FactField> fields) {
            notices.emplace_back(kind, std::move(fields));
        };
        handlers.closed = [this](std::string text) { why = std::move(text); };
        link = std::make_unique<PathLink>(io, ends->first.release(), std::move(handlers));
    }

    // Speaks through a channel; without it the test writes raw bytes to doors_end.
    void connect_channel() {
        channel = std::make_unique<platform::FrameChannel>(
            io, std::move(doors_end), platform::FrameLimits{64 * 1024 * 1024, 64 * 1024 * 1024},
            platform::FrameHandlers{[this](std::string message, FileDescriptor) {
                                        auto report = codec::decode_link_report(message);
                                        REQUIRE(report);
                                        reports.push_back(std::move(*report));
                                    },
                                    [this](std::string) { doors_saw_end = true; }});
    }

    // Until nothing is left to do. What one end sent the other can read at once, so that no time needs to be waited.
    void run() {
        for (int quiet = 0; quiet < 3; ++quiet) {
            io.restart();
            if (io.poll() > 0)
                quiet = 0;
        }
    }

    void write(std::string_view bytes) {
        REQUIRE(platform::send_now(doors_end.number(), bytes, -1).ok());
        run();
    }

    // As no codec of ours would write it.
    void write_notice_fields(std::size_t count, const std::string& value) {
        v1::LinkRequest request;
        request.mutable_notice()->set_kind(v1::FACT_KIND_CALL_REFUSED);
        while (static_cast<std::size_t>(request.notice().fields_size()) < count) {
            request.mutable_notice()->add_fields()->set_name("caller");
            request.mutable_notice()->mutable_fields()->rbegin()->set_value(value);
        }
        channel->send(request.SerializeAsString());
        run();
    }

    const codec::Refusal& refusal() {
        REQUIRE(reports.size() == 1);
        return std::get<codec::Refusal>(std::get<codec::LinkAnswer>(reports[0]).content);
    }

    boost::asio::io_context io;
    FileDescriptor doors_end;
    std::unique_ptr<PathLink> link;
    std::unique_ptr<platform::FrameChannel> channel;
    std::vector<core::Order> orders;
    std::vector<std::uint64_t> order_numbers, journal_numbers, resource_numbers;
    std::vector<JournalQuery> journal_queries;
    std::vector<std::pair<std::uint64_t, core::BatchQuery>> batch_queries;
    std::vector<std::pair<std::uint64_t, core::BatchAnswer>> batch_answers;
    std::vector<std::pair<core::FactKind, std::vector<core::FactField>>> notices;
    std::vector<std::string> rehearsals;
    std::vector<codec::LinkReport> reports;
    std::string why;
    bool doors_saw_end = false;
};

core::Order trip_order() {
    core::Order order;
    order.zone = {"dev"};
    order.reason = "it burns";
    return order;
}

struct Listener {
    Listener() {
        auto listening = platform::listen_unix({.path = path, .mode = 0666});
        REQUIRE(listening.ok());
        socket = std::move(*listening);
    }
    ~Listener() { std::filesystem::remove_all(folder); }

    FileDescriptor accept_one() { return FileDescriptor(::accept(socket.number(), nullptr, nullptr)); }

    std::string folder =
        (std::filesystem::temp_directory_path() / ("noodstop-link-" + std::to_string(::getpid()))).string();
    std::string path = folder + "/s.sock";
    FileDescriptor socket;
};

// A connection made by a process of user `user`, as a doors process would have accepted it.
FileDescriptor connection_of(Listener& listener, uid_t user) {
    int told[2];
    REQUIRE(::pipe(told) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const bool dropped = user == 0 || ::setuid(user) == 0;
        const auto client = platform::connect_unix(listener.path, std::chrono::seconds(1));
        const char ok = dropped && client.ok() ? 1 : 0;
        (void)!::write(told[1], &ok, 1);
        ::_exit(0);
    }
    char ok = 0;
    REQUIRE(::read(told[0], &ok, 1) == 1);
    REQUIRE(ok == 1);
    ::close(told[0]);
    ::close(told[1]);
    FileDescriptor accepted = listener.accept_one();
    ::waitpid(child, nullptr, 0);
    return accepted;
}

}  // namespace

TEST_CASE("an order from root reaches the path with the identity that the kernel gives") {
    if (::geteuid() != 0)
        return;
    Link link;
    Listener listener;
    link.connect_channel();
    link.channel->send(codec::encode_link_request({5, trip_order()}), connection_of(listener, 0));
    link.run();
    REQUIRE(link.orders.size() == 1);
    CHECK(link.orders[0].given_by == std::vector{core::Identity{"uid:0 (root)"}});
    CHECK(link.orders[0].reason == "it burns");

    link.link->answer(link.order_numbers[0], core::OrderAnswer{true, "tripped"});
    link.run();
    REQUIRE(link.reports.size() == 1);
    const auto& answer = std::get<codec::LinkAnswer>(link.reports[0]);
    CHECK(answer.number == 5);
    CHECK(std::get<core::OrderAnswer>(answer.content).message == "tripped");
}

TEST_CASE("orders and rehearsals of anybody but root are refused on the path's side") {
    if (::geteuid() != 0)
        return;
    Link link;
    Listener listener;
    link.connect_channel();
    SUBCASE("an order") {
        link.channel->send(codec::encode_link_request({5, trip_order()}), connection_of(listener, 65534));
    }
    SUBCASE("a rehearsal") {
        link.channel->send(codec::encode_link_request({5, core::ZoneName{"dev"}}), connection_of(listener, 65534));
    }
    link.run();
    CHECK(link.orders.empty());
    CHECK(link.rehearsals.empty());
    CHECK(link.refusal().kind == codec::RefusalKind::forbidden);
    CHECK(link.refusal().message == "only root may give orders and rehearse, not uid:65534");
    CHECK(link.why.empty());
}

TEST_CASE("no descriptor but an accepted connection proves who asks") {
    Link link;
    Listener listener;
    link.connect_channel();
    FileDescriptor offered;
    SUBCASE("none at all") {}
    SUBCASE("the listening socket, whose credentials are root's") {
        offered = FileDescriptor(::dup(listener.socket.number()));
    }
    SUBCASE("one end of a pair, such as the link itself") {
        offered = std::move(platform::socket_pair()->first);
    }
    SUBCASE("an outgoing connection to a service of root") {
        offered = std::move(*platform::connect_unix(listener.path, std::chrono::seconds(1)));
    }
    SUBCASE("a file") {
        offered = FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    link.channel->send(codec::encode_link_request({5, trip_order()}), std::move(offered));
    link.run();
    CHECK(link.orders.empty());
    CHECK(link.refusal().kind == codec::RefusalKind::forbidden);
}

TEST_CASE("questions about journal and resources need no root and are answered by number") {
    Link link;
    link.connect_channel();
    codec::FactQuery query{{"acme"}, {}, 12, 34};
    link.channel->send(codec::encode_link_request({1, query}));
    link.channel->send(codec::encode_link_request({2, codec::ResourceQuery{}}));
    link.run();
    REQUIRE(link.journal_queries.size() == 1);
    CHECK(link.journal_queries[0].tenant.text == "acme");
    CHECK(link.journal_queries[0].after == 12);
    CHECK(link.journal_queries[0].most == 34);
    REQUIRE(link.resource_numbers.size() == 1);

    link.link->answer(link.resource_numbers[0], std::vector{sample_resource("a")});
    link.link->answer(link.journal_numbers[0], JournalAnswer{{sample_fact(13)}, ""});
    link.link->answer(link.journal_numbers[0], JournalAnswer{{sample_fact(14)}, ""});  // answered twice: ignored
    link.run();
    REQUIRE(link.reports.size() == 2);
    CHECK(std::get<codec::LinkAnswer>(link.reports[0]).number == 2);
    CHECK(std::get<codec::LinkAnswer>(link.reports[1]).number == 1);
}

TEST_CASE("snapshots and facts arrive in order") {
    Link link;
    link.connect_channel();
    link.link->publish(sample_snapshot());
    link.link->publish(std::vector{sample_fact(1), sample_fact(2)});
    link.run();
    REQUIRE(link.reports.size() == 2);
    CHECK(std::get<core::Snapshot>(link.reports[0]).agent == "box");
    CHECK(std::get<1>(link.reports[1]).size() == 2);
}

TEST_CASE("what is no request closes the link and says why") {
    Link link;
    SUBCASE("a frame of another kind") {
        link.write(std::string("\0\0\0\1\2x", 6));
    }
    SUBCASE("a frame that is too large") {
        link.write(std::string("\x7f\0\0\0\0", 5));
    }
    SUBCASE("a message that is none") {
        link.write(std::string("\0\0\0\2\0\xff\xff", 7));
    }
    SUBCASE("an empty message") {
        link.write(std::string("\0\0\0\0\0", 5));
    }
    SUBCASE("a descriptor that was announced and did not come") {
        link.write(std::string("\0\0\0\0\1", 5));
    }
    SUBCASE("the end") {
        link.doors_end.close();
        link.run();
    }
    CHECK(!link.why.empty());
    CHECK(link.orders.empty());
    link.link->publish(sample_snapshot());  // harmless from now on
    link.run();
}

TEST_CASE("random bytes close the link or wait for more, and never reach a handler as an order") {
    std::mt19937 random(7);
    for (int round = 0; round < 100; ++round) {
        Link link;
        std::string noise(1 + random() % 200, '\0');
        for (char& byte : noise)
            byte = static_cast<char>(random());
        REQUIRE(platform::send_now(link.doors_end.number(), noise, -1).ok());
        link.doors_end.close();
        link.run();
        CHECK(link.orders.empty());
        CHECK(!link.why.empty());
    }
}

TEST_CASE("a doors process that never reads costs bounded memory and never blocks") {
    Link link;
    const std::vector facts(1000, sample_fact(1));
    const auto began = std::chrono::steady_clock::now();
    for (int round = 0; round < 200; ++round) {  // 200 x 100 kB if all of it were kept
        link.link->publish(facts);
        link.link->publish(sample_snapshot());
    }
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
    CHECK(link.why.empty());
    link.connect_channel();
    link.run();
    CHECK(link.reports.size() > 10);
    CHECK(link.reports.size() < 200);
    link.reports.clear();
    link.link->publish(sample_snapshot());  // and goes on once it reads again
    link.run();
    CHECK(link.reports.size() == 1);
}

TEST_CASE("a flood of requests closes the link") {
    Link link;
    link.connect_channel();
    for (std::uint64_t number = 0; number < 300; ++number)
        link.channel->send(codec::encode_link_request({number, codec::ResourceQuery{}}));
    link.run();
    CHECK(!link.why.empty());
    CHECK(link.resource_numbers.size() <= 64);
}

TEST_CASE("batches of the spool and what came of them are asked for by number, within the link's limits") {
    Link link;
    link.connect_channel();
    link.channel->send(codec::encode_link_request({1, codec::BatchQuery{"hub", 5, ~0U, ~0U}}));
    link.channel->send(codec::encode_link_request(
        {2, codec::BatchAnswer{"hub", 9, core::HubAnswer{{true, core::Position{7, 8}}, {false, std::nullopt}}}}));
    link.channel->send(codec::encode_link_request({3, codec::BatchAnswer{"exporter/lab", 4, std::nullopt}}));
    link.run();
    REQUIRE(link.batch_queries.size() == 1);
    CHECK(link.batch_queries[0].second.consumer == "hub");
    CHECK(link.batch_queries[0].second.facts_max == 5);
    CHECK(link.batch_queries[0].second.counters_max == batch_counters_max);
    CHECK(link.batch_queries[0].second.bytes_max == batch_bytes_max);
    REQUIRE(link.batch_answers.size() == 2);
    CHECK(link.batch_answers[0].second.batch == 9);
    CHECK(link.batch_answers[0].second.hub == core::HubAnswer{{true, core::Position{7, 8}}, {false, std::nullopt}});
    CHECK(!link.batch_answers[1].second.hub.has_value());

    core::BatchFound found;
    found.batch.number = 9;
    found.batch.facts = {{std::nullopt, 7, 8}, {sample_fact(8)}, {}};
    found.spool.facts_waiting = 3;
    link.link->answer(link.batch_answers[1].first, core::BatchTaken{true, ""});
    link.link->answer(link.batch_queries[0].first, found);
    link.run();
    REQUIRE(link.reports.size() == 2);
    const auto& taken = std::get<codec::LinkAnswer>(link.reports[0]);
    CHECK(taken.number == 3);
    CHECK(std::get<core::BatchTaken>(taken.content).taken);
    const auto& batch = std::get<codec::LinkAnswer>(link.reports[1]);
    CHECK(batch.number == 1);
    CHECK(std::get<core::BatchFound>(batch.content).batch.facts.end() == core::Position{7, 8});
    CHECK(std::get<core::BatchFound>(batch.content).spool.facts_waiting == 3);
}

TEST_CASE("the doors process may report what only it can see, and nothing else") {
    for (int number = 0; number <= static_cast<int>(core::last_fact_kind); ++number) {
        const auto kind = static_cast<core::FactKind>(number);
        Link link;
        link.connect_channel();
        link.channel->send(codec::encode_link_request({4, codec::Notice{kind, {{"caller", "uid:1000"}}}}));
        link.run();
        REQUIRE(link.reports.size() == 1);
        const auto& answer = std::get<codec::LinkAnswer>(link.reports[0]);
        CHECK(answer.number == 4);
        const bool taken = std::holds_alternative<codec::NoticeTaken>(answer.content);
        const bool own = kind == core::FactKind::call_refused || kind == core::FactKind::hub_missing ||
                         kind == core::FactKind::hub_returned || kind == core::FactKind::exporter_failing ||
                         kind == core::FactKind::exporter_recovered || kind == core::FactKind::fault_survived;
        CHECK_MESSAGE(taken == own, core::to_text(kind));
        CHECK(link.notices.size() == (own ? 1U : 0U));
        CHECK(link.why.empty());
    }
}

TEST_CASE("what strangers do does not fill the journal: notices beyond the limit are refused, and the link stays") {
    Link link;
    link.connect_channel();
    const std::size_t sent = notices_per_minute_max + 20;
    for (std::size_t number = 0; number < sent; ++number) {
        link.channel->send(codec::encode_link_request({number, codec::Notice{core::FactKind::call_refused, {}}}));
        link.run();
    }
    CHECK(link.notices.size() == notices_per_minute_max);
    CHECK(link.why.empty());
    REQUIRE(link.reports.size() == sent);
    const auto& last = std::get<codec::LinkAnswer>(link.reports.back());
    CHECK(std::get<codec::Refusal>(last.content).kind == codec::RefusalKind::too_large);
}

TEST_CASE("a notice with text that is no text, or too much of it, closes the link") {
    Link link;
    link.connect_channel();
    SUBCASE("too many fields") {
        link.write_notice_fields(codec::notice_fields_max + 1, "x");
    }
    SUBCASE("too long a value") {
        link.write_notice_fields(1, std::string(codec::notice_value_size_max + 1, 'x'));
    }
    SUBCASE("control characters") {
        link.write_notice_fields(1, "red\x1b[31m");
    }
    CHECK(!link.why.empty());
    CHECK(link.notices.empty());
}

TEST_CASE("a notice of what a stranger called himself arrives as readable text") {
    Link link;
    link.connect_channel();
    const std::string name = "\x1b[2J" + std::string(codec::notice_value_size_max, 'x') + "\xff";
    link.channel->send(
        codec::encode_link_request({1, codec::Notice{core::FactKind::call_refused, {{"caller", name}}}}));
    link.run();
    REQUIRE(link.notices.size() == 1);
    CHECK(link.notices[0].second[0].value.substr(0, 8) == "\\x1b[2Jx");
    CHECK(link.notices[0].second[0].value.size() == codec::notice_value_size_max);
}
