// The path's end of the link, over a real pair of sockets and with real credentials.
#include "agent/doors/path_link.hpp"

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
