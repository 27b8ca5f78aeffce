// TLS records into the engine, as a client and as a server: bytes of anybody, and two honest ends whose bytes are cut,
// altered, lost, doubled and made up on their way. Whatever happens there, nothing is read that was not written.
#include "platform/tls/engine.hpp"
#include "tests/fuzz/support.hpp"
#include "tests/fuzz/tls_keys.hpp"

#include <sys/stat.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace noodstop;
using namespace noodstop::platform::tls;
using fuzz::claim;

// The linker puts it in the place of time(2): hellos and tickets hold it, and certificates are judged by it.
extern "C" std::time_t __wrap_time(std::time_t* now);
extern "C" std::time_t __wrap_time(std::time_t* now) {
    constexpr std::time_t always = 1'800'000'000;  // 2027-01-15
    if (now != nullptr)
        *now = always;
    return always;
}

namespace {

constexpr std::size_t turns_max = 400;
constexpr std::size_t unsent_max = 300 * 1024;
const Target target{"localhost", 443};

std::uint64_t random_state = 1;

void random_but_the_same(unsigned char* bytes, std::size_t size) {
    for (std::size_t index = 0; index < size; ++index) {
        random_state ^= random_state << 13;
        random_state ^= random_state >> 7;
        random_state ^= random_state << 17;
        bytes[index] = static_cast<unsigned char>(random_state >> 24);
    }
}

Credentials load(const std::string& folder, const char* certificate, const char* key) {
    const auto write = [&](const char* name, const char* text) {
        const std::string path = folder + "/" + name;
        std::ofstream(path, std::ios::trunc) << text;
        ::chmod(path.c_str(), 0600);
        return path;
    };
    const auto credentials =
        Credentials::load({write("certificate", certificate), write("key", key), write("ca", fuzz::authority_pem)});
    claim(credentials.ok(), credentials ? "" : credentials.error().message);
    return *credentials;
}

std::shared_ptr<const Context> context_of(const Credentials& credentials, Role role) {
    ContextOptions options;
    options.role = role;
    options.protocols = {"h2", "http/1.1"};
    options.session_lifetime = std::chrono::hours(24 * 365);
    options.random = random_but_the_same;
    const auto context = Context::make(credentials, options);
    claim(context.ok(), "the contexts can be made");
    return *context;
}

// The server's context and one of clients that resume stay for all inputs.
struct Ends {
    explicit Ends(const std::string& folder)
        : client_credentials(load(folder, fuzz::client_certificate_pem, fuzz::client_key_pem)),
          server(context_of(load(folder, fuzz::server_certificate_pem, fuzz::server_key_pem), Role::server)),
          client(context_of(client_credentials, Role::client)) {}
    Credentials client_credentials;
    std::shared_ptr<const Context> server;
    std::shared_ptr<const Context> client;
};

Ends make_ends() {
    const auto folder = std::filesystem::temp_directory_path() / ("noodstop-fuzz-tls-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    Ends made(folder);
    std::filesystem::remove_all(folder);
    return made;
}

const Ends& ends() {
    static const Ends made = make_ends();
    return made;
}

std::string numbered_text(char begin, std::size_t size) {
    std::string text(1, begin);
    while (text.size() < size)
        text += std::to_string(text.size()) + " ";
    text.resize(size);
    return text;
}

// One end with what it wants to say, and what it has heard.
struct End {
    End(Engine given_engine, std::string given_text) : engine(std::move(given_engine)), text(std::move(given_text)) {}

    void turn() {
        if (!is_shaken) {
            const Step step = engine.handshake();
            claim(step.outcome != Outcome::closed, "a handshake ends with an error or is done");
            is_shaken = step.outcome == Outcome::done;
            claim(is_shaken == engine.is_open(), "what is done is open");
            note(step);
        }
        if (is_shaken) {
            say();
            hear();
        }
        claim(engine.output().size() < unsent_max, "what waits to be sent is bounded");
    }

    void say() {
        Step step{Outcome::done};
        while (said < text.size() && step.outcome == Outcome::done) {
            step = engine.write(std::string_view(text).substr(said));
            if (step.outcome == Outcome::done)
                said += step.size;
        }
        if (said == text.size() && ends_orderly && !has_closed)
            has_closed = engine.close().outcome == Outcome::done;
    }

    void hear() {
        char bytes[3000];
        Step step = engine.read(bytes, sizeof bytes);
        for (; step.outcome == Outcome::done; step = engine.read(bytes, sizeof bytes)) {
            claim(step.size > 0, "a read that is done has read something");
            heard.append(bytes, step.size);
        }
        note(step);
    }

    void note(const Step& step) {
        const bool is_end =
            step.outcome == Outcome::closed || step.outcome == Outcome::truncated || step.outcome == Outcome::failed;
        claim(!end || (is_end && *end == step.outcome), "an end is the end");
        if (is_end)
            end = step.outcome;
        if (step.outcome == Outcome::failed)
            claim(!engine.problem().empty() && !engine.is_open(), "a failure says why");
    }

    Engine engine;
    std::string text;
    bool ends_orderly = true;
    std::size_t said = 0;
    bool is_shaken = false;
    bool has_closed = false;
    std::string heard;
    std::optional<Outcome> end;
};

// What happens to a piece on its way. The first choice: nothing.
class Road {
public:
    explicit Road(fuzz::Input& input) : input_(input) {}

    bool carry(Engine& from, Engine& to) {
        std::string piece(from.output());
        if (piece.empty())
            return false;
        const std::size_t choice = calm_pieces_ > 0 ? 0 : input_.below(9);
        if (choice == 1 || choice == 2)  // the rest comes later
            piece.resize(std::min(piece.size(), 1 + input_.below(choice == 1 ? 64 : piece.size())));
        from.sent(piece.size());
        calm_pieces_ -= calm_pieces_ > 0 ? 1 : 0;
        to.put(choice < 3 ? piece : changed(choice, std::move(piece)));
        return true;
    }

    void stay_calm_for(std::size_t pieces) { calm_pieces_ = pieces; }
    bool was_honest() const { return was_honest_; }

private:
    std::string changed(std::size_t choice, std::string piece) {
        const std::size_t at = input_.below(piece.size() + 1);
        switch (choice) {
            case 3:
                if (at < piece.size())
                    piece[at] = static_cast<char>(piece[at] ^ static_cast<char>(1 + input_.below(255)));
                break;
            case 4:
                piece.resize(at);
                break;
            case 5:
                piece.erase(0, at);
                break;
            case 6:
                piece += piece.substr(at);
                break;
            case 7:
                piece.insert(at, input_.text());
                break;
            default:
                piece = std::string(input_.text()) + piece;
        }
        was_honest_ = false;
        return piece;
    }

    fuzz::Input& input_;
    std::size_t calm_pieces_ = 0;
    bool was_honest_ = true;
};

void claim_heard(const End& hearing, const End& saying) {
    const std::string_view said = std::string_view(saying.text).substr(0, saying.said);
    claim(said.starts_with(hearing.heard), "nothing is heard that was not said");
    if (hearing.end == Outcome::closed)
        claim(saying.has_closed && hearing.heard == said, "an orderly end means that all is there");
}

void claim_known(const End& client, const End& server) {
    if (server.is_shaken)
        claim(server.engine.peer().certificate.uris == std::vector<std::string>{"noodstop:role/operator"},
              "a server knows its client");
    if (client.is_shaken)
        claim(client.engine.peer().certificate.common_name == "server", "a client knows its server");
    if (server.is_shaken && client.is_shaken)
        claim(server.engine.peer().is_resumed == client.engine.peer().is_resumed &&
                  server.engine.peer().protocol == "h2" && client.engine.peer().protocol == "h2",
              "both ends agree on what they have agreed on");
}

// So that there is a session to resume: the first handshake after one that failed is a full one.
void shake_hands_before() {
    random_state = 7;
    fuzz::Input nothing(std::string_view{});
    Road road(nothing);
    Engine server(ends().server);
    Engine client(ends().client, target);
    for (bool moved = true; moved;) {
        client.handshake();
        moved = road.carry(client, server);
        server.handshake();
        moved |= road.carry(server, client);
    }
    random_state = 42;
}

// Two honest ends and the road between them.
void talk(fuzz::Input& input, bool is_resumed) {
    if (is_resumed)
        shake_hands_before();
    const auto context = is_resumed ? ends().client : context_of(ends().client_credentials, Role::client);
    End client(Engine(context, target), numbered_text('c', input.below(40'000)));
    End server(Engine(ends().server), numbered_text('s', input.below(40'000)));
    client.ends_orderly = !input.yes();
    server.ends_orderly = !input.yes();
    Road road(input);
    road.stay_calm_for(input.below(8));  // else hardly anything would happen behind the handshake
    bool moved = true;
    for (std::size_t turn = 0; moved && turn < turns_max; ++turn) {
        client.turn();
        moved = road.carry(client.engine, server.engine);
        server.turn();
        moved |= road.carry(server.engine, client.engine);
    }
    if (!moved && road.was_honest())
        claim(client.is_shaken && server.is_shaken && client.heard == server.text && server.heard == client.text &&
                  (client.end == Outcome::closed) == server.ends_orderly,
              "what is only cut into pieces arrives whole");
    server.engine.put_end();
    client.engine.put_end();
    server.turn();
    client.turn();
    claim_heard(client, server);
    claim_heard(server, client);
    claim_known(client, server);
}

// Somebody who holds no key, in pieces as he likes.
void listen_to(Engine engine, fuzz::Input& input) {
    const std::size_t first = input.byte();
    const std::string_view bytes = input.rest();
    engine.handshake();
    engine.put(bytes.substr(0, bytes.size() * first / 255));
    engine.handshake();
    engine.put(bytes.substr(bytes.size() * first / 255));
    engine.handshake();
    engine.put_end();
    const Step step = engine.handshake();
    claim(step.outcome == Outcome::failed || step.outcome == Outcome::truncated, "nobody gets in without a key");
    claim(!engine.is_open() && !engine.problem().empty(), "who is not in is told why");
    claim(engine.output().size() < unsent_max, "what waits to be sent is bounded");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ends();
    random_state = 42;
    fuzz::Input input(data, size);
    switch (input.below(8)) {
        case 0:
        case 1:
            listen_to(Engine(ends().server), input);
            break;
        case 2:
        case 3:
            listen_to(Engine(ends().client, Target{"localhost", 2}), input);
            break;
        case 4:
            talk(input, false);
            break;
        default:
            talk(input, true);
    }
    return 0;
}
