// The doors process's end of the link: whose questions go through, and that each is answered once.
#include "agent/doors/path_client.hpp"

#include <doctest/doctest.h>

using namespace noodstop;
using namespace noodstop::doors;

namespace {

// A doors process, and at the other end a path that answers only when the test says so.
struct Ends {
    Ends() {
        auto ends = platform::socket_pair();
        REQUIRE(ends.ok());
        client.emplace(io, std::move(ends->first), PathReports{[](core::Snapshot) {}, [](auto) {}, [](std::string) {}});
        path.emplace(io, std::move(ends->second), platform::FrameLimits{1 << 20, 1 << 20},
                     platform::FrameHandlers{[this](std::string message, platform::FileDescriptor) {
                                                 auto request = codec::decode_link_request(message);
                                                 REQUIRE(request);
                                                 requests.push_back(std::move(*request));
                                             },
                                             [](std::string) {}});
    }

    PathClient::AnswerHandler count() {
        return [this](const PathClient::Answer& answer) {
            ++(std::holds_alternative<platform::RpcError>(answer) ? refused : answered);
        };
    }

    void run() {
        for (int quiet = 0; quiet < 3; ++quiet) {
            io.restart();
            if (io.poll() > 0)
                quiet = 0;
        }
    }

    boost::asio::io_context io;
    std::optional<PathClient> client;
    std::optional<platform::FrameChannel> path;
    std::vector<codec::LinkRequest> requests;
    int answered = 0;
    int refused = 0;
};

}  // namespace

TEST_CASE("no client's flood keeps the process itself from asking, and its own none of root's orders") {
    Ends ends;
    for (int count = 0; count < 100; ++count)
        ends.client->ask(codec::ResourceQuery{}, {{.user = 1000}, {}}, ends.count());
    CHECK(ends.refused > 0);
    ends.refused = 0;
    for (int count = 0; count < 100; ++count)
        ends.client->ask(codec::ResourceQuery{}, {{}, {}, true}, ends.count());
    CHECK(ends.refused > 0);
    CHECK(ends.refused < 100);  // no flood inside keeps everybody outside from asking
    ends.refused = 0;
    ends.client->ask_own(codec::BatchQuery{"hub", 1, 1, 1}, ends.count());
    CHECK(ends.refused == 0);
    for (int count = 0; count < 100; ++count)
        ends.client->ask_own(codec::Notice{}, ends.count());
    CHECK(ends.refused > 0);
    ends.refused = 0;
    ends.client->ask(codec::ResourceQuery{}, {{.user = 0}, {}}, ends.count());
    CHECK(ends.refused == 0);
    ends.run();
    // All allowances together are less than what closes the link at the path's end.
    CHECK(ends.requests.size() < 64);
}

TEST_CASE("what the process asks for itself reaches the path and comes back") {
    Ends ends;
    ends.client->ask_own(codec::BatchQuery{"exporter/lab", 1, 2, 3}, ends.count());
    ends.client->ask_own(codec::Notice{core::FactKind::hub_missing, {{"why", "silence"}}}, ends.count());
    ends.run();
    REQUIRE(ends.requests.size() == 2);
    CHECK(std::get<codec::BatchQuery>(ends.requests[0].content).consumer == "exporter/lab");
    CHECK(std::get<codec::Notice>(ends.requests[1].content).kind == core::FactKind::hub_missing);
    CHECK(std::get<codec::Notice>(ends.requests[1].content).fields[0].value == "silence");
    ends.path->send(codec::encode_link_report(codec::LinkAnswer{ends.requests[1].number, codec::NoticeTaken{}}));
    ends.path->send(codec::encode_link_report(codec::LinkAnswer{ends.requests[0].number, codec::BatchFound{}}));
    ends.path->send(codec::encode_link_report(codec::LinkAnswer{ends.requests[0].number, codec::BatchFound{}}));
    ends.run();
    CHECK(ends.answered == 2);
}
