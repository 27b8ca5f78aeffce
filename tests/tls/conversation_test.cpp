#include "platform/tls/conversation.hpp"

#include "tests/tls/certificates.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace noodstop::platform::tls;
using namespace noodstop::testing;
using ErrorCode = boost::system::error_code;

namespace {

constexpr std::size_t script_steps_max = 10'000;

// One end with a script of operations, each started when the one before it is complete.
struct End {
    End(Engine engine, std::vector<Operation> given_script)
        : talk(std::move(engine)), script(std::move(given_script)) {}

    void start_next() {
        if (at == script.size() || is_gone)
            return;
        const Operation operation = script[at++];
        if (operation == Operation::read)
            CHECK(talk.start_read(bytes, sizeof bytes));
        else if (operation == Operation::write)
            CHECK(talk.start_write("a message"));
        else
            CHECK(talk.start(operation));
    }

    bool is_finished() const { return is_gone || (at == script.size() && last_complete == at); }

    Conversation talk;
    std::vector<Operation> script;
    std::size_t at = 0;
    std::size_t last_complete = 0;
    char bytes[100] = {};
    std::string inbox;
    bool inbox_ended = false;
    bool is_receiving = false;
    bool is_gone = false;  // gave up and closed its socket
    std::vector<Action> completed;
    std::size_t io = 0;                  // receives and sends so far
    std::optional<std::size_t> fail_at;  // the so manieth of them fails
    ErrorCode failure;
};

// Carries out what an end's conversation asks for; true if anything happened.
class Shell {
public:
    Shell(End& self, End& other) : self_(self), other_(other) {}

    bool turn() {
        if (self_.is_gone)
            return false;
        if (self_.is_receiving && (!self_.inbox.empty() || self_.inbox_ended || must_fail()))
            return receive();
        const Action action = self_.talk.next();
        switch (action.kind) {
            case Action::Kind::none:
                return false;
            case Action::Kind::receive:
                CHECK(!self_.is_receiving);
                self_.is_receiving = true;
                ++self_.io;
                return true;
            case Action::Kind::send:
                send();
                return true;
            case Action::Kind::complete:
                complete(action);
                return true;
        }
        return false;
    }

private:
    bool must_fail() const { return self_.fail_at == self_.io; }

    bool receive() {
        self_.is_receiving = false;
        if (must_fail()) {
            self_.fail_at.reset();
            self_.talk.received(self_.failure, {});
        } else if (self_.inbox.empty()) {
            self_.talk.received(boost::asio::error::eof, {});
        } else {
            self_.talk.received({}, std::exchange(self_.inbox, {}));
        }
        return true;
    }

    void send() {
        ++self_.io;
        if (must_fail()) {
            self_.fail_at.reset();
            return self_.talk.sent(self_.failure, 0);
        }
        const std::string sent(self_.talk.output().substr(0, 700));  // a socket takes what it likes
        other_.inbox += other_.is_gone ? "" : sent;
        self_.talk.sent({}, sent.size());
    }

    void complete(const Action& action) {
        self_.completed.push_back(action);
        self_.last_complete = self_.at;
        const bool is_end = action.error == boost::asio::error::eof;
        if (action.error == boost::asio::error::operation_aborted && action.operation == Operation::read)
            --self_.at;  // once more
        else if (action.error && !is_end) {
            self_.is_gone = true;
            other_.inbox_ended = true;
        }
        self_.start_next();
    }

    End& self_;
    End& other_;
};

using Script = std::vector<Operation>;
const Script asks = {Operation::handshake, Operation::write, Operation::read, Operation::shutdown, Operation::read};
const Script answers = {Operation::handshake, Operation::read, Operation::write, Operation::read, Operation::shutdown};

struct Life {
    Life(const Keyring& server_keys, const Keyring& client_keys)
        : client(Engine(client_keys.context(), Target{"localhost", 1}), asks),
          server(Engine(server_keys.context()), answers) {}

    // False: it never came to an end.
    bool run() {
        client.start_next();
        server.start_next();
        for (std::size_t step = 0; step < script_steps_max; ++step) {
            const bool one = Shell(client, server).turn();
            const bool other = Shell(server, client).turn();
            if (client.is_finished())
                server.inbox_ended = true;
            if (server.is_finished())
                client.inbox_ended = true;
            if (!one && !other)
                return client.is_finished() && server.is_finished();
        }
        return false;
    }

    End client;
    End server;
};

const Action* completion_of(const End& end, Operation operation) {
    for (const Action& action : end.completed)
        if (action.operation == operation)
            return &action;
    return nullptr;
}

}  // namespace

TEST_CASE("a question, an answer and an orderly end") {
    Life life(server_keyring(), client_keyring());
    REQUIRE(life.run());
    REQUIRE(life.client.completed.size() == asks.size());
    REQUIRE(life.server.completed.size() == answers.size());
    for (std::size_t index = 0; index + 1 < asks.size(); ++index)
        CHECK_MESSAGE(!life.client.completed[index].error, life.client.completed[index].error.message());
    CHECK(life.client.completed[1].size == 9);
    CHECK(life.server.completed[1].size == 9);
    CHECK(life.server.completed[3].error == boost::asio::error::eof);
    CHECK(life.client.completed[4].error == boost::asio::error::eof);
}

TEST_CASE("whatever receive or send fails, every operation completes once, and nothing is believed that did not come") {
    const Keyring server = server_keyring();
    const Keyring client = client_keyring();
    for (const bool at_client : {true, false}) {
        for (std::size_t fail_at = 1;; ++fail_at) {
            CAPTURE(at_client);
            CAPTURE(fail_at);
            Life life(server, client);
            End& failing = at_client ? life.client : life.server;
            End& other = at_client ? life.server : life.client;
            failing.fail_at = fail_at;
            failing.failure = boost::asio::error::connection_reset;
            REQUIRE(life.run());
            if (failing.fail_at)
                break;  // there are not so many
            REQUIRE(!failing.completed.empty());
            CHECK(failing.completed.back().error == boost::asio::error::connection_reset);
            CHECK(failing.completed.size() == failing.last_complete);
            const ErrorCode end = other.completed.back().error;
            CHECK((end == TlsError::truncated || end == boost::asio::error::eof || !end));
            // The other end's handshake is only good if all of it came.
            const Action* handshake = completion_of(other, Operation::handshake);
            REQUIRE(handshake != nullptr);
            CHECK((handshake->error == TlsError::truncated || !handshake->error));
        }
    }
}

TEST_CASE("a receive that is aborted ends its read and nothing else") {
    const Keyring server = server_keyring();
    const Keyring client = client_keyring();
    std::size_t aborted_reads = 0;
    for (std::size_t fail_at = 1;; ++fail_at) {
        CAPTURE(fail_at);
        Life life(server, client);
        life.client.fail_at = fail_at;
        life.client.failure = boost::asio::error::operation_aborted;
        REQUIRE(life.run());
        if (life.client.fail_at)
            break;
        const bool read_was_aborted =
            std::any_of(life.client.completed.begin(), life.client.completed.end(), [](const Action& action) {
                return action.operation == Operation::read && action.error == boost::asio::error::operation_aborted;
            });
        if (!read_was_aborted)
            continue;
        ++aborted_reads;
        CHECK(life.client.completed.back().error == boost::asio::error::eof);
        CHECK(life.server.completed.size() == answers.size());
    }
    CHECK(aborted_reads >= 1);
}

TEST_CASE("two operations of a kind are not taken at once") {
    Conversation talk(Engine(client_keyring().context(), Target{"localhost", 1}));
    CHECK(talk.start(Operation::handshake));
    CHECK(!talk.start(Operation::handshake));
}

TEST_CASE("after its end a conversation asks for nothing and completes what is pending and what is started") {
    Conversation talk(Engine(client_keyring().context(), Target{"localhost", 1}));
    CHECK(talk.start(Operation::handshake));
    CHECK(talk.next().kind == Action::Kind::send);
    talk.end(boost::asio::error::timed_out);
    Action action = talk.next();
    CHECK(action.kind == Action::Kind::complete);
    CHECK(action.error == boost::asio::error::timed_out);
    CHECK(talk.next().kind == Action::Kind::none);
    char bytes[10];
    CHECK(talk.start_read(bytes, sizeof bytes));
    action = talk.next();
    CHECK(action.kind == Action::Kind::complete);
    CHECK(action.error == boost::asio::error::timed_out);
    CHECK(talk.next().kind == Action::Kind::none);
}
