// The socket pair between the doors process and the path, from both sides: a doors process that an attacker has taken
// over sends the path whatever he likes, with any descriptor; and the doors process survives whatever a path sends.
#include "agent/doors/path_client.hpp"
#include "agent/doors/path_link.hpp"
#include "platform/rpc/connect.hpp"
#include "tests/doors/samples.hpp"
#include "tests/fuzz/sockets.hpp"

#include <array>
#include <unistd.h>

using namespace noodstop;
using namespace noodstop::doors;
using fuzz::claim;
using platform::FileDescriptor;

namespace {

constexpr std::size_t pieces_max = 10;  // that either side is sent

std::string frame(std::string_view message, bool with_descriptor) {
    const auto size = static_cast<std::uint32_t>(message.size());
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<char>((size >> shift) & 0xFF));
    bytes.push_back(with_descriptor ? '\1' : '\0');
    return bytes.append(message);
}

// Descriptors that an attacker in the doors process can come by; only the first is a client's connection.
class Descriptors {
public:
    Descriptors() : client_(fuzz::Meeting::only().connect()), accepted_(fuzz::Meeting::only().accept()) {
        pair_ = fuzz::socket_ends();
    }
    int accepted() const { return accepted_.number(); }
    int pick(std::size_t kind) const {
        const std::array<int, 5> all{accepted_.number(), pair_.left.number(), fuzz::Meeting::only().listening(),
                                     client_.number(), STDIN_FILENO};
        return all[kind % all.size()];
    }
    static Descriptors& only() {
        static Descriptors descriptors;
        return descriptors;
    }

private:
    FileDescriptor client_;
    FileDescriptor accepted_;
    fuzz::Ends pair_;
};

core::Order order_of(fuzz::Input& input) {
    core::Order order;
    order.kind = static_cast<core::OrderKind>(input.below(9));
    order.zone.text = input.text(12);
    order.reason = input.text(40);
    if (input.yes())
        order.raise_to = core::Money{input.number()};
    return order;
}

std::optional<core::HubAnswer> hub_answer_of(fuzz::Input& input) {
    if (!input.yes())
        return std::nullopt;
    return core::HubAnswer{{input.yes(), core::Position{input.byte(), input.byte()}}, {input.yes(), std::nullopt}};
}

codec::LinkRequest request_of(fuzz::Input& input) {
    const std::uint64_t number = input.byte();
    switch (input.below(7)) {
        case 0:
            return {number, order_of(input)};
        case 1:
            return {number, core::ZoneName{std::string(input.text(12))}};
        case 2:
            return {
                number,
                codec::FactQuery{
                    {"acme"}, {std::string(input.text(8))}, input.byte(), static_cast<std::uint32_t>(input.number())}};
        case 3:
            return {number, codec::BatchQuery{std::string(input.text(8)), static_cast<std::uint32_t>(input.number()),
                                              static_cast<std::uint32_t>(input.number()), ~0U}};
        case 4:
            return {number, codec::BatchAnswer{std::string(input.text(8)), input.byte(), hub_answer_of(input)}};
        case 5:
            return {number, codec::Notice{static_cast<core::FactKind>(
                                              input.below(static_cast<std::size_t>(core::last_fact_kind) + 1)),
                                          {{"caller", std::string(input.text(20))}}}};
        default:
            return {number, codec::ResourceQuery{}};
    }
}

// The path with a pretended doors process at the other end.
class PathSide {
public:
    PathSide() : ends_(fuzz::socket_ends()), link_(fuzz::only_io(), ends_.left.release(), handlers()) {}

    void run(fuzz::Input& input) {
        for (std::size_t pieces = 0; pieces < pieces_max && !input.empty() && closed_count_ == 0; ++pieces) {
            feed(input);
            fuzz::settle();
            read_answers();
        }
        ends_.right.close();
        fuzz::settle();
        claim(closed_count_ == 1, "the end of a link is told once");
        claim(orders_ <= clients_sent_, "each order came with a client's own connection");
    }

private:
    void feed(fuzz::Input& input) {
        const std::size_t how = input.below(8);
        const int descriptor = how >= 5 ? Descriptors::only().pick(input.below(5)) : -1;
        clients_sent_ += descriptor == Descriptors::only().accepted() ? 1 : 0;
        if (how == 0)
            return send(input.text(), -1);
        const std::string message =
            how == 1 ? std::string(input.text()) : codec::encode_link_request(request_of(input));
        send(frame(message, descriptor >= 0), descriptor);
    }

    void send(std::string_view bytes, int descriptor) { (void)fuzz::send(ends_.right, bytes, descriptor); }

    // Whatever was asked, what comes out are whole reports.
    void read_answers() {
        received_ += fuzz::receive(ends_.right);
        std::size_t at = 0;
        while (received_.size() - at >= 5) {
            std::size_t size = 0;
            for (std::size_t index = 0; index < 4; ++index)
                size = (size << 8) | static_cast<unsigned char>(received_[at + index]);
            if (received_.size() - at - 5 < size)
                break;
            claim(codec::decode_link_report(received_.substr(at + 5, size)).value.has_value(), "an answer is a report");
            at += 5 + size;
        }
        received_.erase(0, at);
    }

    void take_order(const core::Order& order) {
        ++orders_;
        const core::Identity root{"uid:0 (root)"};
        claim(order.given_by == std::vector{root}, "an order is root's, and the kernel said so");
        claim(!order.reason.empty(), "an order has a reason");
    }

    PathHandlers handlers() {
        PathHandlers handlers;
        handlers.order = [this](std::uint64_t number, const core::Order& order) {
            take_order(order);
            link_.answer(number, core::OrderAnswer{true, order.reason});
        };
        handlers.rehearse = [this](std::uint64_t number, const core::ZoneName& zone) {
            ++orders_;
            link_.answer(number, core::OrderAnswer{false, zone.text});
        };
        handlers.journal = [this](std::uint64_t number, const JournalQuery& query) {
            claim(query.most >= 1 && query.most <= codec::facts_asked_max, "a question is bounded");
            link_.answer(number, JournalAnswer{{sample_fact(query.after)}, query.zone.text});
        };
        handlers.resources = [this](std::uint64_t number) { link_.answer(number, std::vector{sample_resource("a")}); };
        handlers.batch = [this](std::uint64_t number, const core::BatchQuery& query) {
            claim(query.facts_max <= batch_facts_max && query.counters_max <= batch_counters_max &&
                      query.bytes_max <= batch_bytes_max,
                  "a batch is bounded");
            link_.answer(number, core::BatchFound{{}, {}, query.consumer});
        };
        handlers.batch_answer = [this](std::uint64_t number, const core::BatchAnswer& answer) {
            link_.answer(number, core::BatchTaken{answer.batch == 1, {}});
        };
        handlers.notice = [](core::FactKind kind, const std::vector<core::FactField>& fields) {
            claim(kind >= core::FactKind::hub_missing, "doors reports of its own affairs only");
            claim(fields.size() <= codec::notice_fields_max, "a notice is bounded");
        };
        handlers.closed = [this](const std::string&) { ++closed_count_; };
        return handlers;
    }

    fuzz::Ends ends_;
    std::string received_;
    std::size_t orders_ = 0;
    std::size_t clients_sent_ = 0;
    std::size_t closed_count_ = 0;
    PathLink link_;
};

// The doors process with a pretended path at the other end.
class DoorsSide {
public:
    DoorsSide() : ends_(fuzz::socket_ends()), client_(fuzz::only_io(), std::move(ends_.left), reports()) {
        for (std::size_t& answers : answers_)
            client_.ask(codec::ResourceQuery{}, {{}, {}}, [&answers](const PathClient::Answer&) { ++answers; });
        fuzz::settle();
    }

    void run(fuzz::Input& input) {
        for (std::size_t pieces = 0; pieces < pieces_max && !input.empty() && closed_count_ == 0; ++pieces) {
            (void)fuzz::send(ends_.right, next(input));
            fuzz::settle();
        }
        ends_.right.close();
        fuzz::settle();
        claim(closed_count_ == 1, "the end of a link is told once");
        for (const std::size_t answers : answers_)
            claim(answers <= 1, "a question is answered once at most");
    }

private:
    static std::string next(fuzz::Input& input) {
        const std::uint64_t number = input.below(4);
        switch (input.below(6)) {
            case 0:
                return std::string(input.text());
            case 1:
                return frame(input.text(), input.yes());
            case 2:
                return frame(codec::encode_link_report(codec::LinkAnswer{number, std::vector{sample_resource("b")}}),
                             false);
            case 3:
                return frame(codec::encode_link_report(codec::LinkAnswer{
                                 number, codec::Refusal{codec::RefusalKind::too_large, std::string(input.text())}}),
                             false);
            case 4:
                return frame(codec::encode_link_report(std::vector{sample_fact(input.byte())}), false);
            default:
                return frame(codec::encode_link_report(sample_snapshot()), false);
        }
    }

    PathReports reports() {
        return {[](const core::Snapshot&) {}, [](const std::vector<core::RecordedFact>&) {},
                [this](const std::string&) { ++closed_count_; }};
    }

    fuzz::Ends ends_;
    std::array<std::size_t, 3> answers_{};
    std::size_t closed_count_ = 0;
    PathClient client_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    (void)Descriptors::only();
    if (input.yes())
        DoorsSide().run(input);
    else
        PathSide().run(input);
    fuzz::settle();
    fuzz::claim_no_descriptor_leaks();
    return 0;
}
