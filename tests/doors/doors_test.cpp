// The whole doors process, as a process of its own, between a real path's link and real clients.
#include "agent/doors/doors.hpp"

#include "agent/doors/path_link.hpp"
#include "platform/rpc/client.hpp"
#include "platform/unix_socket/unix_socket.hpp"
#include "proto/codec/service_codec.hpp"
#include "tests/doors/samples.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <unistd.h>

using namespace noodstop;
using namespace noodstop::doors;
using namespace std::chrono_literals;
using platform::RpcClient;
using platform::RpcCode;
using platform::RpcError;

namespace {

// The path answers what it is asked; everything of it happens on its thread.
class Agent {
public:
    Agent() {
        auto ends = platform::socket_pair();
        REQUIRE(ends.ok());
        policy_.socket_path = folder_ + "/noodstop.sock";
        policy_.socket_group = ::geteuid() == 0 ? "65534" : "";
        child_ = ::fork();
        if (child_ == 0) {
            ends->first.close();
            ::_exit(run_doors(policy_, ends->second.release()));
        }
        ends->second.close();
        link_ = std::make_unique<PathLink>(io_, ends->first.release(), handlers());
        thread_ = std::thread([this] { io_.run(); });
        REQUIRE(soon([&] { return platform::connect_unix(policy_.socket_path, 100ms).ok(); }));
    }

    ~Agent() {
        ::kill(child_, SIGTERM);
        ::waitpid(child_, nullptr, 0);
        boost::asio::post(io_, [this] {
            link_.reset();
            guard_.reset();
        });
        thread_.join();
        std::filesystem::remove_all(folder_);
    }

    template <class Work>
    void on_path(Work work) {
        boost::asio::post(io_, [this, work] { work(*link_); });
    }

    void publish(const core::Snapshot& snapshot) {
        on_path([snapshot](PathLink& link) { link.publish(snapshot); });
    }
    void publish(const std::vector<core::RecordedFact>& facts) {
        on_path([facts](PathLink& link) { link.publish(facts); });
    }

    RpcClient client(std::chrono::milliseconds deadline = 5s) const {
        return RpcClient({.socket_path = policy_.socket_path, .deadline = deadline});
    }

    std::variant<std::string, RpcError> ask(const char* path, const std::string& message = {}) const {
        return client().call(path, message);
    }

    template <class Condition>
    static bool soon(Condition condition) {
        for (int round = 0; round < 500 && !condition(); ++round)
            std::this_thread::sleep_for(10ms);
        return condition();
    }

    pid_t doors_process() const { return child_; }
    const std::string& socket_path() const { return policy_.socket_path; }
    std::atomic<int> order_count{0};
    std::atomic<int> notice_count{0};
    std::atomic<bool> is_closed{false};
    std::atomic<bool> answers_orders{true};

private:
    PathHandlers handlers() {
        PathHandlers handlers;
        handlers.order = [this](std::uint64_t number, core::Order order) {
            ++order_count;
            if (answers_orders)
                link_->answer(number, core::OrderAnswer{order.zone.text == "dev", order.given_by[0].text});
        };
        handlers.rehearse = [this](std::uint64_t number, core::ZoneName) {
            link_->answer(number, core::OrderAnswer{true, "all ready"});
        };
        handlers.journal = [this](std::uint64_t number, JournalQuery query) {
            const bool fails = query.tenant.text == "broken";
            link_->answer(number, JournalAnswer{{sample_fact(query.after + 1)}, fails ? "the store is dead" : ""});
        };
        handlers.resources = [this](std::uint64_t number) {
            link_->answer(number, std::vector{sample_resource("a"), sample_resource("b")});
        };
        handlers.batch = [this](std::uint64_t number, core::BatchQuery query) {
            link_->answer(number, core::BatchFound{{}, {}, query.consumer + " does not follow the spool"});
        };
        handlers.batch_answer = [this](std::uint64_t number, const core::BatchAnswer&) {
            link_->answer(number, core::BatchTaken{});
        };
        handlers.notice = [this](core::FactKind, std::vector<core::FactField>) { ++notice_count; };
        handlers.closed = [this](std::string) { is_closed = true; };
        return handlers;
    }

    std::string folder_ =
        (std::filesystem::temp_directory_path() / ("noodstop-doors-" + std::to_string(::getpid()))).string();
    core::AgentPolicy policy_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{io_.get_executor()};
    std::unique_ptr<PathLink> link_;
    std::thread thread_;
    pid_t child_ = -1;
};

// As grpc.health.v1 has it.
constexpr const char* health_path = "/grpc.health.v1.Health/Check";
constexpr const char* serving = "\x08\x01";
constexpr const char* not_serving = "\x08\x02";

core::Order order_for(const std::string& zone) {
    core::Order order;
    order.kind = core::OrderKind::reset;
    order.zone = {zone};
    order.reason = "the key was changed";
    return order;
}

// Runs `work` in a process of user `user`; true if it said so.
template <class Work>
bool as_user(uid_t user, Work work) {
    const pid_t child = ::fork();
    if (child == 0) {
        const bool dropped = ::setgid(user) == 0 && ::setuid(user) == 0;
        ::_exit(dropped && work() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("status is unavailable until the path has reported, then it is the last snapshot") {
    Agent agent;
    CHECK(std::get<RpcError>(agent.ask(codec::path::get_status)).code == RpcCode::unavailable);
    CHECK(std::get<std::string>(agent.ask(health_path)) == not_serving);
    agent.publish(sample_snapshot());
    REQUIRE(Agent::soon([&] { return std::holds_alternative<std::string>(agent.ask(codec::path::get_status)); }));
    CHECK(std::get<std::string>(agent.ask(health_path)) == serving);
    auto status = codec::decode_status(std::get<std::string>(agent.ask(codec::path::get_status)));
    REQUIRE(status);
    CHECK(status->snapshot.zones[0].reason == "limit daily reached");
    CHECK(status->age < 5s);
}

TEST_CASE("resources and journal come from the path") {
    Agent agent;
    auto resources = codec::decode_resources(std::get<std::string>(agent.ask(codec::path::list_resources)));
    REQUIRE(resources);
    CHECK(resources->size() == 2);
    const std::string query = codec::encode_fact_query({{"acme"}, {}, 41, 10});
    auto facts = codec::decode_facts(std::get<std::string>(agent.ask(codec::path::list_facts, query)));
    REQUIRE(facts);
    CHECK((*facts)[0].sequence == 42);
    const auto broken = agent.ask(codec::path::list_facts, codec::encode_fact_query({{"broken"}, {}, 0, 10}));
    CHECK(std::get<RpcError>(broken).message == "the store is dead");
}

TEST_CASE("orders of root reach the path and its answer comes back") {
    if (::geteuid() != 0)
        return;
    Agent agent;
    auto accepted = agent.ask(codec::path::submit_order, codec::encode_order(order_for("dev")));
    auto answer = codec::decode_answer(std::get<std::string>(accepted));
    REQUIRE(answer);
    CHECK(answer->accepted);
    CHECK(answer->message == "uid:0 (root)");
    auto refused = agent.ask(codec::path::trip, codec::encode_trip(order_for("prod")));
    CHECK(!codec::decode_answer(std::get<std::string>(refused))->accepted);
    auto rehearsed = agent.ask(codec::path::rehearse, codec::encode_rehearse({"dev"}));
    CHECK(codec::decode_answer(std::get<std::string>(rehearsed))->message == "all ready");
}

TEST_CASE("members of the socket's group may look and give no orders; others may not even connect") {
    if (::geteuid() != 0)
        return;
    Agent agent;
    CHECK(as_user(65534, [&] { return std::holds_alternative<std::string>(agent.ask(codec::path::list_resources)); }));
    CHECK(as_user(65534, [&] {
        const auto answer = agent.ask(codec::path::submit_order, codec::encode_order(order_for("dev")));
        const auto* error = std::get_if<RpcError>(&answer);
        return error != nullptr && error->code == RpcCode::permission_denied;
    }));
    CHECK(Agent::soon([&] { return agent.notice_count == 1; }));  // a fact call_refused
    CHECK(as_user(65533, [&] {
        const auto answer = agent.ask(codec::path::list_resources);
        const auto* error = std::get_if<RpcError>(&answer);
        return error != nullptr && error->code == RpcCode::unavailable;
    }));
    CHECK(agent.order_count == 0);
}

TEST_CASE("requests that mean nothing are told so and never reach the path") {
    Agent agent;
    const std::string garbage = "\xff\xff\xff";
    for (const char* path : {codec::path::get_status, codec::path::list_resources, codec::path::list_facts,
                             codec::path::trip, codec::path::submit_order, codec::path::rehearse})
        CHECK(std::get<RpcError>(agent.ask(path, garbage)).code == RpcCode::invalid_argument);
    core::Order order = order_for("dev");
    order.reason.clear();
    CHECK(std::get<RpcError>(agent.ask(codec::path::submit_order, codec::encode_order(order))).message ==
          "an order needs a reason");
    CHECK(agent.order_count == 0);
}

TEST_CASE("a watcher sees facts as they come and is told what it missed") {
    Agent agent;
    agent.publish(std::vector{sample_fact(5), sample_fact(6)});
    std::vector<std::uint64_t> seen;
    std::uint64_t missed = 0;
    std::thread later([&] {
        std::this_thread::sleep_for(300ms);
        agent.publish(std::vector{sample_fact(9)});
    });
    const auto error = agent.client().stream(codec::path::watch_facts, codec::encode_watch_query({{}, {}, 3, 0}),
                                             [&](const auto& bytes) {
                                                 auto watched = codec::decode_watched(bytes);
                                                 REQUIRE(watched);
                                                 missed += watched->missed_count;
                                                 for (const auto& fact : watched->facts)
                                                     seen.push_back(fact.sequence);
                                                 return seen.size() < 3;
                                             });
    later.join();
    CHECK(!error.has_value());
    CHECK(seen == std::vector<std::uint64_t>{5, 6, 9});
    CHECK(missed == 1 + 2);
}

TEST_CASE("a status watcher gets each snapshot, and the age of the last one when the path falls silent") {
    Agent agent;
    agent.publish(sample_snapshot());
    int count = 0;
    core::Duration age{0};
    const auto error = agent.client(10s).stream(codec::path::watch_status, "", [&](const std::string& bytes) {
        auto status = codec::decode_status(bytes);
        REQUIRE(status);
        ++count;
        age = status->age;
        return age < 3s;
    });
    CHECK(!error.has_value());
    CHECK(count >= 2);
    CHECK(age >= 3s);
}

TEST_CASE("the doors process holds no rights, and its socket has the group's mode") {
    if (::geteuid() != 0)
        return;
    Agent agent;
    struct stat found {};
    REQUIRE(::stat(agent.socket_path().c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0660);
    CHECK(found.st_gid == 65534);
    CHECK(std::system(("grep -q 'NoNewPrivs:.1' /proc/" + std::to_string(agent.doors_process()) + "/status").c_str()) ==
          0);
    CHECK(std::system(
              ("grep -q 'Uid:.65534.65534' /proc/" + std::to_string(agent.doors_process()) + "/status").c_str()) == 0);
}

TEST_CASE("a flood of questions is refused, and root still gets an order through") {
    if (::geteuid() != 0)
        return;
    Agent agent;
    CHECK(as_user(65534, [&] {
        int refused = 0;
        for (int count = 0; count < 120; ++count) {
            const auto answer = agent.ask(codec::path::list_resources);
            const auto* error = std::get_if<RpcError>(&answer);
            refused += error != nullptr && error->code == RpcCode::resource_exhausted ? 1 : 0;
        }
        return refused > 0;
    }));
    CHECK(!agent.is_closed);
    CHECK(std::holds_alternative<std::string>(
        agent.ask(codec::path::submit_order, codec::encode_order(order_for("dev")))));
}

TEST_CASE("the end of the doors process is told to the path") {
    Agent agent;
    ::kill(agent.doors_process(), SIGKILL);
    CHECK(Agent::soon([&] { return agent.is_closed.load(); }));
    agent.publish(sample_snapshot());  // harmless
}
