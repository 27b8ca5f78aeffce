// What supervisor and path tell each other: control messages on a socket that keeps them apart, some with descriptors,
// and the policy that is handed on as a file in memory.
#include "agent/core/archive_policy.hpp"
#include "agent/run/control_message.hpp"
#include "agent/run/policy_file.hpp"
#include "tests/fuzz/sockets.hpp"
#include "tests/support/policy_builder.hpp"

#include <sys/mman.h>

#include <unistd.h>

using namespace noodstop;
using fuzz::claim;
using platform::FileDescriptor;

namespace {

run::SocketPair& pair() {
    static run::SocketPair pair = [] {
        auto made = run::make_control_pair();
        claim(made.ok(), "a control pair can be made");
        return std::move(*made);
    }();
    return pair;
}

void claim_message(const run::ControlReceived& received, std::string_view sent, bool with_file) {
    claim(!received.closed, "a message does not close the socket");
    if (!received.message)
        return;
    claim(sent.substr(1, run::control_text_max) == received.message->text, "a text arrives as it was, if need be cut");
    claim(received.message->file.valid() == with_file, "a file arrives with its message");
}

void send_raw(fuzz::Input& input) {
    const bool with_file = input.yes();
    const std::size_t repeats = 1 + input.below(16);
    std::string bytes(1, static_cast<char>(input.byte()));
    const std::string_view text = input.text();
    for (std::size_t times = 0; times < repeats; ++times)
        bytes += text;
    const auto sent = platform::send_now(pair().left.number(), bytes, with_file ? STDIN_FILENO : -1);
    claim(sent.ok(), "a message finds room");
    claim_message(run::receive_control(pair().right.number()), bytes, with_file);
    claim(!run::receive_control(pair().right.number()).message, "one message is one message");
}

void send_known(fuzz::Input& input) {
    constexpr run::ControlKind kinds[] = {run::ControlKind::doors_link, run::ControlKind::child_ended,
                                          run::ControlKind::ready, run::ControlKind::alive, run::ControlKind::policy};
    run::ControlMessage message{kinds[input.below(5)], std::string(input.text()), {}};
    if (input.yes())
        message.file = fuzz::twin_of(STDIN_FILENO);
    claim(run::send_control(pair().left.number(), message).ok(), "a message finds room");
    const auto received = run::receive_control(pair().right.number());
    claim(received.message && received.message->kind == message.kind && received.message->text == message.text &&
              received.message->file.valid() == message.file.valid(),
          "a message arrives as it was");
}

FileDescriptor file_of(std::string_view bytes) {
    FileDescriptor file(::memfd_create("fuzz", MFD_CLOEXEC));
    claim(file.valid(), "a file in memory can be made");
    claim(::write(file.number(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
          "it can be written");
    return file;
}

void hand_on(fuzz::Input& input) {
    static const std::string whole = core::to_bytes(tests::small_policy());
    std::string bytes = whole;
    for (std::size_t damages = input.below(4); damages > 0; --damages) {
        const std::size_t at = input.below(bytes.size() + 1);
        bytes = bytes.substr(0, at) + std::string(input.text(8)) +
                bytes.substr(std::min(bytes.size(), at + input.below(8)));
    }
    const FileDescriptor file = file_of(bytes);
    const auto policy = run::read_policy_file(file.number());
    claim(bytes != whole || (policy && *policy == tests::small_policy()), "a policy is handed on whole");
    if (!policy)
        return;
    const auto handed_on = run::make_policy_file(*policy);
    claim(handed_on.ok(), "a policy can be handed on");
    const auto again = run::read_policy_file(handed_on->number());
    claim(again && *again == *policy, "what was handed on can be handed on again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.below(3)) {
        case 0:
            send_raw(input);
            break;
        case 1:
            send_known(input);
            break;
        default:
            hand_on(input);
    }
    fuzz::claim_no_descriptor_leaks();
    return 0;
}
