// Health and reflection as handlers, without a wire.
#include "platform/rpc/descriptor_index.hpp"
#include "platform/rpc/proto_wire.hpp"
#include "platform/rpc/reflection.hpp"
#include "tests/rpc/echo_service.hpp"

#include <doctest/doctest.h>

using namespace noodstop::platform;
using namespace noodstop::test;

namespace {

// Keeps what it is told.
struct Heard : RpcResponder {
    void add_metadata(std::string, std::string) override {}
    void add_trailer(std::string, std::string) override {}
    void answer(std::string message) override {
        messages.push_back(std::move(message));
        open = false;
    }
    bool send(std::string message) override {
        messages.push_back(std::move(message));
        return true;
    }
    void finish() override { open = false; }
    void fail(RpcError failure) override {
        error = std::move(failure);
        open = false;
    }
    bool is_open() const override { return open; }
    void when_gone(std::function<void()>) override {}

    std::vector<std::string> messages;
    std::optional<RpcError> error;
    bool open = true;
};

struct Table {
    std::shared_ptr<Heard> ask(const char* path, const std::string& message) {
        auto heard = std::make_shared<Heard>();
        RpcCall call;
        call.message = message;
        table.at(path).handle(call, heard);
        return heard;
    }

    EchoService service;
    ServiceTable table = service.table();
};

constexpr const char* check_path = "/grpc.health.v1.Health/Check";
constexpr const char* watch_path = "/grpc.health.v1.Health/Watch";
constexpr const char* reflect_path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

const std::string serving = ProtoWriter().number(1, 1).take();
const std::string not_serving = ProtoWriter().number(1, 2).take();
const std::string unknown = ProtoWriter().number(1, 3).take();

std::string of_service(const std::string& service) {
    return ProtoWriter().bytes(1, service).take();
}

std::size_t file_count(const DescriptorIndex::Files& files) {
    return files.size();
}

}  // namespace

TEST_CASE("health tells what is known, and says so where it is not") {
    Table table;
    table.service.health.set("a.Sick", false);
    CHECK(table.ask(check_path, "")->messages == std::vector{serving});
    CHECK(table.ask(check_path, of_service("a.Sick"))->messages == std::vector{not_serving});
    CHECK(table.ask(check_path, of_service("a.Nobody"))->error->code == RpcCode::not_found);
    CHECK(table.ask(check_path, "\x0a\x7f")->error->code == RpcCode::invalid_argument);
    CHECK(table.ask(watch_path, "\x0a\x7f")->error->code == RpcCode::invalid_argument);
}

TEST_CASE("who watches health hears of each change once, also of a service that comes later") {
    Table table;
    const auto server = table.ask(watch_path, "");
    const auto later = table.ask(watch_path, of_service("a.Later"));
    table.service.health.set("", true);
    table.service.health.set("", false);
    table.service.health.set("", false);
    table.service.health.set("a.Later", true);
    CHECK(server->messages == std::vector{serving, not_serving});
    CHECK(later->messages == std::vector{unknown, serving});
    server->open = false;
    table.service.health.set("", true);
    CHECK(server->messages.size() == 2);
}

TEST_CASE("descriptors are found by file, by everything that a file defines, and with all their imports") {
    const DescriptorIndex index(echo_descriptor_set());
    CHECK(file_count(index.by_name("echo/v1/echo.proto")) == 1);
    for (const char* symbol :
         {"echo.v1.EchoService", "echo.v1.EchoService.Count", "echo.v1.CountRequest", "echo.v1.CountRequest.code",
          "grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc.health.v1.HealthCheckResponse.SERVING",
          "grpc.health.v1.HealthListResponse.StatusesEntry",
          "grpc.reflection.v1alpha.ServerReflectionRequest.message_request"})
        CHECK_MESSAGE(file_count(index.by_symbol(symbol)) == 1, std::string(symbol));
    for (const char* symbol : {"", "echo", "echo.v1", "echo.v1.EchoServic", ".echo.v1.EchoService", "EchoService"})
        CHECK_MESSAGE(index.by_symbol(symbol).empty(), std::string(symbol));
    CHECK(index.by_extension("echo.v1.EchoRequest", 1).empty());
    CHECK(index.has_message("echo.v1.EchoRequest"));
    CHECK(!index.has_message("echo.v1.EchoService"));
}

TEST_CASE("imports come with a file, each once, and so do extensions") {
    const auto file = [](const char* name, std::initializer_list<const char*> imports, const std::string& more = {}) {
        ProtoWriter proto;
        proto.bytes(1, name);
        for (const char* import : imports)
            proto.bytes(3, import);
        return proto.take() + more;
    };
    const std::string extension = ProtoWriter().bytes(1, "extra").bytes(2, ".a.Message").number(3, 100).take();
    const std::string set = ProtoWriter()
                                .bytes(1, file("a", {"b", "c"}))
                                .bytes(1, file("b", {"d"}))
                                .bytes(1, file("c", {"d", "missing"}))
                                .bytes(1, file("d", {"a"}))  // in a circle, as no compiler makes them
                                .bytes(1, file("e", {}, ProtoWriter().bytes(7, extension).take()))
                                .take();
    const DescriptorIndex index(set);
    CHECK(file_count(index.by_name("a")) == 4);
    CHECK(index.by_name("a").front() == file("a", {"b", "c"}));
    CHECK(file_count(index.by_name("e")) == 1);
    CHECK(file_count(index.by_extension("a.Message", 100)) == 1);
    CHECK(index.extension_numbers_of("a.Message") == std::vector<std::uint32_t>{100});
    CHECK(index.by_name("missing").empty());
}

TEST_CASE("reflection answers what it can and says what it can't, message by message") {
    Table table;
    const auto field_of_answer = [&](const std::string& request) {
        const auto heard = table.ask(reflect_path, request);
        REQUIRE(heard->messages.size() == 1);
        CHECK(heard->open);
        std::uint32_t last = 0;
        ProtoReader reader(heard->messages[0]);
        while (const auto field = reader.next())
            last = field->number;
        return last;
    };
    CHECK(field_of_answer(ProtoWriter().bytes(7, "*").take()) == 6);
    CHECK(field_of_answer(ProtoWriter().bytes(3, "echo/v1/echo.proto").take()) == 4);
    CHECK(field_of_answer(ProtoWriter().bytes(3, "nothing.proto").take()) == 7);
    CHECK(field_of_answer(ProtoWriter().bytes(6, "echo.v1.EchoRequest").take()) == 5);
    CHECK(field_of_answer("") == 7);
    CHECK(table.ask(reflect_path, "\x0a\x7f")->error->code == RpcCode::invalid_argument);
}
