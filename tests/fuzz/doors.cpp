// The agent's socket as its clients see it: HTTP, Connect, the services, and behind them the link to a path that
// answers. Clients send anything, in any pieces; what comes back is HTTP, orders reach the path only in requests that
// are answered, and nothing of a client that has gone is left.
#include "agent/doors/path_client.hpp"
#include "agent/doors/path_link.hpp"
#include "agent/doors/services.hpp"
#include "platform/rpc/server.hpp"
#include "tests/doors/samples.hpp"
#include "tests/fuzz/sockets.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <sys/socket.h>

#include <array>

using namespace noodstop;
using namespace noodstop::doors;
using fuzz::claim;
using platform::FileDescriptor;

namespace {

namespace http = boost::beast::http;

constexpr std::array<const char*, 9> procedures{
    codec::path::get_status,   codec::path::list_resources, codec::path::list_facts,
    codec::path::watch_facts,  codec::path::watch_status,   codec::path::trip,
    codec::path::submit_order, codec::path::rehearse,       "/noodstop.v1.StatusService/Nothing"};

bool is_stream(std::size_t procedure) {
    return procedure == 3 || procedure == 4;
}

// A body that fits the procedure, most often.
std::string body_for(fuzz::Input& input, std::size_t procedure) {
    core::Order order;
    order.zone.text = input.text(8);
    order.reason = input.text(16);
    order.kind = static_cast<core::OrderKind>(input.below(9));
    const codec::FactQuery query{{}, order.zone, input.byte(), input.byte()};
    const std::array<std::string, 9> bodies{"",
                                            "",
                                            codec::encode_fact_query(query),
                                            codec::encode_watch_query(query),
                                            "",
                                            codec::encode_trip(order),
                                            codec::encode_order(order),
                                            codec::encode_rehearse(order.zone),
                                            ""};
    const std::string body = input.below(8) == 0 ? std::string(input.text()) : bodies[procedure];
    const auto flags = static_cast<std::uint8_t>(input.below(16) == 0 ? input.byte() : 0);
    return is_stream(procedure) ? platform::envelope(flags, body) : body;
}

std::string in_chunks(std::string_view body, std::size_t size) {
    std::string chunks;
    for (; !body.empty(); body.remove_prefix(std::min(size, body.size()))) {
        const std::string_view chunk = body.substr(0, size);
        char length[20];
        std::snprintf(length, sizeof length, "%zx\r\n", chunk.size());
        chunks.append(length).append(chunk).append("\r\n");
    }
    return chunks + "0\r\n\r\n";
}

std::string request_of(fuzz::Input& input) {
    const std::size_t procedure = input.below(procedures.size());
    const std::string body = body_for(input, procedure);
    const char* type = is_stream(procedure) ? platform::connect::stream_type : platform::connect::unary_type;
    std::string text = (input.below(16) == 0 ? "GET " : "POST ") + std::string(procedures[procedure]);
    text += " HTTP/1.1\r\nHost: x\r\nContent-Type: " + std::string(type) + "\r\n";
    const std::size_t extra = input.below(8);
    if (extra == 1)
        text += "Connect-Timeout-Ms: " + std::string(input.text(12)) + "\r\n";
    if (extra == 2)
        text += std::string(input.text(40)) + "\r\n";
    if (extra == 3)
        return text + "Transfer-Encoding: chunked\r\n\r\n" + in_chunks(body, 1 + input.below(32));
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Everything of the agent behind the socket, in one thread.
class Agent {
public:
    Agent() : path_ends_(fuzz::socket_ends()), link_(fuzz::only_io(), path_ends_.left.release(), handlers()) {
        server_.listen(fuzz::twin_of(fuzz::Meeting::only().listening()));
    }

    FileDescriptor connect() {
        FileDescriptor client = fuzz::Meeting::only().connect();
        fuzz::settle();
        return client;
    }
    void settle() { fuzz::settle(); }
    void report(std::uint64_t sequence) {
        static const core::Snapshot snapshot = sample_snapshot();
        link_.publish(snapshot);
        link_.publish(std::vector{sample_fact(sequence)});
        settle();
    }
    std::size_t connection_count() const { return server_.connection_count(); }
    std::size_t stream_count() const { return server_.stream_count(); }
    std::size_t orders() const { return orders_; }

private:
    PathHandlers handlers() {
        PathHandlers handlers;
        handlers.order = [this](std::uint64_t number, const core::Order& order) {
            ++orders_;
            link_.answer(number, core::OrderAnswer{true, order.reason});
        };
        handlers.rehearse = [this](std::uint64_t number, const core::ZoneName& zone) {
            ++orders_;
            link_.answer(number, core::OrderAnswer{true, zone.text});
        };
        handlers.journal = [this](std::uint64_t number, const JournalQuery& query) {
            link_.answer(number, JournalAnswer{{sample_fact(query.after + 1)}, query.zone.text == "x" ? "dead" : ""});
        };
        handlers.resources = [this](std::uint64_t number) { link_.answer(number, std::vector{sample_resource("a")}); };
        handlers.notice = [](core::FactKind, const std::vector<core::FactField>&) {};
        handlers.closed = [](const std::string&) { claim(false, "no client breaks the link to the path"); };
        return handlers;
    }

    PathReports reports() {
        return {[this](core::Snapshot snapshot) { services_.snapshot_came(std::move(snapshot)); },
                [this](const std::vector<core::RecordedFact>& facts) { services_.facts_came(facts); },
                [](const std::string&) { claim(false, "no client breaks the link to the path"); }};
    }

    fuzz::Ends path_ends_;
    std::size_t orders_ = 0;
    PathLink link_;
    PathClient path_{fuzz::only_io(), std::move(path_ends_.right), reports()};
    Services services_{path_};
    platform::RpcServer server_{fuzz::only_io(), {.services = services_.table()}};
};

// How many answers the bytes hold that an order may get: a good one, or that its deadline has passed meanwhile.
// Each must be HTTP; only the last may be incomplete.
std::size_t count_answers(std::string_view bytes) {
    std::size_t count = 0;
    while (!bytes.empty()) {
        http::response_parser<http::string_body> parser;
        parser.body_limit(boost::none);
        parser.eager(true);
        boost::system::error_code error;
        const std::size_t used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
        claim(!error || error == http::error::need_more, "what the server sends is HTTP");
        const unsigned status = parser.is_header_done() ? parser.get().result_int() : 0;
        count += status == 200 || status == 504 ? 1 : 0;
        if (!parser.is_done())
            break;
        bytes.remove_prefix(used);
    }
    return count;
}

void talk(Agent& agent, fuzz::Input& input, const FileDescriptor& client, std::string& received) {
    const std::size_t what = input.below(8);
    if (what == 7)
        return agent.report(input.byte());
    const std::string bytes = what == 0 ? std::string(input.text()) : request_of(input);
    const std::size_t first = what == 1 ? input.below(bytes.size() + 1) : bytes.size();
    for (const std::string_view piece :
         {std::string_view(bytes).substr(0, first), std::string_view(bytes).substr(first)}) {
        if (!piece.empty())
            (void)fuzz::send(client, piece);
        agent.settle();
    }
    received += fuzz::receive(client);
}

void come_and_go(Agent& agent, fuzz::Input& input) {
    constexpr std::size_t pieces_max = 5;
    const std::size_t size = input.rest().size();
    FileDescriptor client = agent.connect();
    std::string received;
    for (std::size_t pieces = 0; pieces < pieces_max && !input.empty(); ++pieces)
        talk(agent, input, client, received);
    ::shutdown(client.number(), SHUT_WR);
    agent.settle();
    received += fuzz::receive(client);
    claim(agent.orders() <= count_answers(received), "no order without an answer");
    claim(received.size() <= 64 * 1024 + 64 * size, "answers are in proportion to what was asked");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    {
        Agent agent;
        come_and_go(agent, input);
        agent.settle();
        if (agent.stream_count() > 0) {
            agent.report(1'000);  // finds that nobody is there any more
            agent.report(1'001);  // forgets them
        }
        claim(agent.connection_count() == 0 && agent.stream_count() == 0, "nothing of a client that has gone is left");
    }
    fuzz::settle();
    fuzz::claim_no_descriptor_leaks();
    return 0;
}
