// The command line's client: root reads with it what the doors process says, which an attacker may have taken over.
// Any bytes at all for an answer; and honest answers in every form and cut anywhere, which must be read whole or as
// an error, never as less than was sent.
#include "platform/rpc/client.hpp"

#include "platform/rpc/connect.hpp"
#include "tests/fuzz/sockets.hpp"

#include <sys/socket.h>

#include <csignal>
#include <mutex>
#include <poll.h>
#include <thread>

using namespace noodstop;
using namespace noodstop::platform;
using fuzz::claim;

namespace {

constexpr std::size_t message_size_max = 300;
constexpr std::size_t error_size_max = 128 * 1024;  // a body that is no answer may be quoted whole
constexpr const char* method = "/noodstop.v1.StatusService/GetStatus";

// Gives each client the bytes at hand and ends the connection: what an answer is to a client that blocks.
class Server {
public:
    Server() : thread_([this] { serve(); }) { thread_.detach(); }

    void give(std::string bytes) {
        const std::lock_guard lock(mutex_);
        bytes_ = std::move(bytes);
    }
    static Server& only() {
        static auto* server = new Server;  // its thread outlives main()
        return *server;
    }

private:
    void serve() {
        ::signal(SIGPIPE, SIG_IGN);
        for (;;) {
            pollfd waiting{fuzz::Meeting::only().listening(), POLLIN, 0};
            (void)::poll(&waiting, 1, -1);
            const FileDescriptor client(::accept4(fuzz::Meeting::only().listening(), nullptr, nullptr, SOCK_CLOEXEC));
            if (client.valid())
                answer(client.number());
        }
    }

    // The request is read first: ending a connection with something unread would cost the client its answer.
    void answer(int client) {
        char request[4096];
        (void)::recv(client, request, sizeof request, 0);
        std::string bytes;
        {
            const std::lock_guard lock(mutex_);
            bytes = bytes_;
        }
        (void)::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        ::shutdown(client, SHUT_WR);
        while (::recv(client, request, sizeof request, 0) > 0) {
        }
    }

    std::mutex mutex_;
    std::string bytes_;
    std::thread thread_;
};

RpcClient client() {
    return RpcClient({.socket_path = fuzz::Meeting::only().path(),
                      .deadline = std::chrono::seconds(5),
                      .message_size_max = message_size_max});
}

void claim_error(const RpcError& error) {
    claim(error.message.size() <= error_size_max, "an error is not endless");
}

std::variant<std::string, RpcError> called(std::string bytes) {
    Server::only().give(std::move(bytes));
    auto answer = client().call(method, "question");
    if (const auto* error = std::get_if<RpcError>(&answer))
        claim_error(*error);
    else
        claim(std::get<std::string>(answer).size() <= message_size_max, "no answer is longer than allowed");
    return answer;
}

struct Streamed {
    std::vector<std::string> messages;
    std::optional<RpcError> error;
};

Streamed streamed(std::string bytes) {
    Server::only().give(std::move(bytes));
    Streamed result;
    result.error = client().stream(method, "question", [&](const std::string& message) {
        claim(message.size() <= message_size_max, "no message of a stream is longer than allowed");
        result.messages.push_back(message);
        return true;
    });
    if (result.error)
        claim_error(*result.error);
    return result;
}

std::string hexadecimal(std::size_t size) {
    char text[20];
    std::snprintf(text, sizeof text, "%zx", size);
    return text;
}

// The body with its length before it, in chunks, or until the end of the connection.
std::string answer_of(const char* type, std::string_view body, fuzz::Input& input) {
    std::string head = std::string("HTTP/1.1 200 OK\r\nContent-Type: ") + type + "\r\n";
    if (input.yes())
        return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
    std::string chunks;
    while (!body.empty()) {
        const std::string_view chunk = body.substr(0, 1 + input.byte());
        body.remove_prefix(chunk.size());
        chunks += hexadecimal(chunk.size()) + "\r\n" + std::string(chunk) + "\r\n";
    }
    return head + "Transfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n";
}

void ask_honest_server(fuzz::Input& input) {
    const std::string message(input.text(200));
    const std::string whole = answer_of(connect::unary_type, message, input);
    const std::string cut = whole.substr(0, input.below(whole.size() + 1));
    const auto answer = called(cut);
    const auto* read = std::get_if<std::string>(&answer);
    claim(read == nullptr || *read == message, "what is read is what was sent");
    claim(read != nullptr || cut.size() < whole.size(), "a whole answer is read");
}

void watch_honest_server(fuzz::Input& input) {
    std::vector<std::string> messages;
    std::string body;
    for (std::size_t count = input.below(5); count > 0; --count) {
        messages.emplace_back(input.text(100));
        body += envelope(0, messages.back());
    }
    body += envelope(connect::end_flag, "{}");
    const std::string whole = answer_of(connect::stream_type, body, input);
    const std::string cut = whole.substr(0, input.below(whole.size() + 1));
    const Streamed read = streamed(cut);
    claim(read.messages.size() <= messages.size() &&
              std::equal(read.messages.begin(), read.messages.end(), messages.begin()),
          "what is read of a stream is its beginning");
    claim(read.error || read.messages == messages, "a stream that ended well is whole");
    claim(!read.error || cut.size() < whole.size(), "a whole stream ends well");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.below(4)) {
        case 0:
            ask_honest_server(input);
            break;
        case 1:
            watch_honest_server(input);
            break;
        case 2:
            (void)called(std::string(input.rest()));
            break;
        default:
            (void)streamed(std::string(input.rest()));
    }
    return 0;
}
