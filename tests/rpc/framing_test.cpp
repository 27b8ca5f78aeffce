// Forms of messages and headers in the protocols, as functions: base64, gzip, timeouts, statuses, questions in a GET.
#include "platform/gzip/gzip.hpp"
#include "platform/rpc/base64.hpp"
#include "platform/rpc/connect.hpp"
#include "platform/rpc/grpc.hpp"
#include "platform/rpc/message_reader.hpp"
#include "platform/rpc/proto_wire.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <limits>

using namespace noodstop::platform;
using namespace std::chrono_literals;

namespace {

std::string all_bytes() {
    std::string bytes;
    for (int value = 0; value < 256; ++value)
        bytes.push_back(static_cast<char>(value));
    return bytes;
}

MessageReaderOptions reader_options(BodyForm form, bool is_compressed = false) {
    return {form, is_compressed, 1000};
}

// What is read of a whole body: "message" for each, then "error: code" where it ended badly.
std::string read(const MessageReaderOptions& options, const std::string& body) {
    MessageReader reader(options);
    reader.put(body);
    reader.finish();
    std::string seen;
    for (auto taken = reader.take(); taken.index() != 0; taken = reader.take()) {
        if (const auto* error = std::get_if<RpcError>(&taken))
            return seen + "error: " + to_text(error->code);
        seen += std::get<std::string>(taken) + ";";
    }
    return seen;
}

}  // namespace

TEST_CASE("base64 comes back as it went in, padded or not, in either alphabet") {
    const std::string bytes = all_bytes();
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const std::string part = bytes.substr(bytes.size() - size);
        CHECK(base64_of(part).size() % 4 == 0);
        CHECK(bytes_of_base64(base64_of(part)) == part);
        CHECK(bytes_of_base64(unpadded_base64_of(part)) == part);
    }
    CHECK(base64_of("any carnal pleas") == "YW55IGNhcm5hbCBwbGVhcw==");
    CHECK(bytes_of_base64("-_-_") == bytes_of_base64("+/+/"));
    for (const char* wrong : {"a", "ab=", "abc==", "a=bc", "ab c", "abcde"})
        CHECK(!bytes_of_base64(wrong).has_value());
}

TEST_CASE("a stream of base64 is read wherever it is cut and however it is padded in between") {
    const std::string text = base64_of("one") + base64_of("four") + base64_of("seven77");
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Base64StreamReader reader;
        const std::string first = reader.put(text.substr(0, cut));
        CHECK(first + reader.put(text.substr(cut)) == "onefourseven77");
        CHECK(reader.is_empty());
        CHECK(!reader.is_broken());
    }
    Base64StreamReader broken;
    (void)broken.put("ab!=");
    CHECK(broken.is_broken());
}

TEST_CASE("gzip expands to what it was, and not beyond what is allowed") {
    for (const std::string& bytes : {std::string(), all_bytes(), std::string(1'000'000, 'x')}) {
        const std::string packed = gzip(bytes);
        auto expanded = gunzip(packed, bytes.size());
        REQUIRE(expanded.ok());
        CHECK(*expanded == bytes);
    }
    CHECK(gunzip(gzip(std::string(1'000'000, 'x')), 999'999).error().number == EFBIG);
    const std::string packed = gzip(all_bytes());
    for (std::size_t cut = 0; cut < packed.size(); ++cut)
        CHECK(gunzip(packed.substr(0, cut), 1000).error().number == EINVAL);
    CHECK(gunzip(packed + "x", 1000).error().number == EINVAL);
    std::string damaged = packed;
    damaged[packed.size() - 6] ^= 1;  // of the checksum
    CHECK(gunzip(damaged, 1000).error().number == EINVAL);
    CHECK(gunzip("plain text", 1000).error().number == EINVAL);
}

TEST_CASE("a timeout of gRPC has one to eight digits and a unit") {
    CHECK(grpc::timeout_in("5S") == 5s);
    CHECK(grpc::timeout_in("0m") == 0ms);
    CHECK(grpc::timeout_in("1H") == 1h);
    CHECK(grpc::timeout_in("2M") == 2min);
    CHECK(grpc::timeout_in("1u") == 1ms);  // rounded up: a deadline of nothing would have passed already
    CHECK(grpc::timeout_in("1500000n") == 2ms);
    CHECK(grpc::timeout_in("99999999H") == 99'999'999h);
    for (const char* wrong : {"", "S", "5", "123456789S", "-1S", "1 S", "1s", "1.5S", "+1S"})
        CHECK(!grpc::timeout_in(wrong).has_value());
    for (const auto timeout : {0ms, 1ms, 99'999'999ms})
        CHECK(grpc::timeout_in(grpc::timeout_text(timeout)) == timeout);
    CHECK(grpc::timeout_in(grpc::timeout_text(std::chrono::hours(24 * 365))) == std::chrono::hours(24 * 365));
}

TEST_CASE("a message of gRPC is printable on its way and comes back as it was") {
    CHECK(grpc::percent_encoded("a b%\n\xc3\xbc") == "a b%25%0A%C3%BC");
    CHECK(grpc::percent_decoded(grpc::percent_encoded(all_bytes())) == all_bytes());
    CHECK(grpc::percent_decoded("100 %, %zz, %4") == "100 %, %zz, %4");
}

TEST_CASE("trailers hold the status, its message and its details") {
    CHECK(!grpc::error_in_trailers(grpc::trailers_for(nullptr, {})).has_value());
    const RpcError error{RpcCode::unavailable, "wait\na bit", {{"google.rpc.RetryInfo", all_bytes()}}};
    const auto got = grpc::error_in_trailers(grpc::trailers_for(&error, {{"x-other", "y"}}));
    REQUIRE(got.has_value());
    CHECK(got->code == error.code);
    CHECK(got->message == error.message);
    CHECK(got->details == error.details);
    CHECK(grpc::error_in_trailers({})->code == RpcCode::unknown);
    CHECK(grpc::error_in_trailers({{"grpc-status", "x"}})->code == RpcCode::unknown);
    CHECK(grpc::trailers_text({{"Grpc-Status", "0"}, {"x", "y"}}) == "grpc-status: 0\r\nx: y\r\n");
}

TEST_CASE("metadata is what is left of the headers, and binary where its name says so") {
    const auto metadata = grpc::metadata_in({{"Content-Type", "application/grpc"},
                                             {"grpc-timeout", "1S"},
                                             {"Connect-Protocol-Version", "1"},
                                             {"X-Word", "a word"},
                                             {"x-bytes-bin", "AP8, AQ=="}});
    const HttpHeaders expected{
        {"x-word", "a word"}, {"x-bytes-bin", std::string("\0\xff", 2)}, {"x-bytes-bin", "\x01"}};
    CHECK(std::get<HttpHeaders>(metadata) == expected);
    CHECK(std::get<RpcError>(grpc::metadata_in({{"x-bin", "!"}})).code == RpcCode::invalid_argument);
}

TEST_CASE("the details of an error survive its JSON") {
    const RpcError error{RpcCode::aborted, "no", {{"a.Detail", all_bytes()}, {"a.Other", ""}}};
    CHECK(connect::error_in_json(connect::error_json(error))->details == error.details);
    CHECK(connect::error_in_end_json(connect::end_json(&error))->details == error.details);
    CHECK(connect::end_json(nullptr, {{"x", "1"}, {"x", "2"}}) == R"({"metadata":{"x":["1","2"]}})");
    CHECK(connect::error_in_json(R"({"code":"aborted","details":[1,{"type":2},{"type":"a","value":"!"}]})")
              ->details.empty());
}

TEST_CASE("a question in a GET is read whatever the order, and refused where it is none") {
    const auto question = [](const char* query) { return connect::question_in(query); };
    const auto asked = std::get<connect::Question>(question("message=a%20b+c%2B&encoding=proto&connect=v1"));
    CHECK(asked.message == "a b c+");
    CHECK(asked.encoding == "proto");
    CHECK(std::get<connect::Question>(question("base64=1&message=-_8&encoding=proto&compression=gzip")).message ==
          "\xfb\xff");
    CHECK(std::get<connect::Question>(question("message=&encoding=json")).encoding == "json");
    for (const char* wrong : {"", "encoding=proto", "message=%4&encoding=proto", "message=%zz",
                              "connect=v2&message=", "base64=1&message=!"})
        CHECK(std::get<RpcError>(question(wrong)).code == RpcCode::invalid_argument);
}

TEST_CASE("a body gives its messages in each form, and says what is wrong with it") {
    const std::string two = envelope(0, "one") + envelope(0, "two");
    CHECK(read(reader_options(BodyForm::bare), "whole") == "whole;");
    CHECK(read(reader_options(BodyForm::bare), "") == ";");
    CHECK(read(reader_options(BodyForm::envelopes), two) == "one;two;");
    CHECK(read(reader_options(BodyForm::base64), base64_of(envelope(0, "one")) + base64_of(envelope(0, "two"))) ==
          "one;two;");
    CHECK(read(reader_options(BodyForm::envelopes, true), envelope(1, gzip("one")) + envelope(0, "two")) == "one;two;");
    CHECK(read(reader_options(BodyForm::bare, true), gzip("one")) == "one;");
    CHECK(read(reader_options(BodyForm::bare, true), "") == ";");

    CHECK(read(reader_options(BodyForm::bare), std::string(1001, 'x')) == "error: resource_exhausted");
    CHECK(read(reader_options(BodyForm::envelopes), envelope(0, std::string(1001, 'x'))) ==
          "error: resource_exhausted");
    CHECK(read(reader_options(BodyForm::envelopes, true), envelope(1, gzip(std::string(1001, 'x')))) ==
          "error: resource_exhausted");
    CHECK(read(reader_options(BodyForm::envelopes), envelope(1, gzip("one"))) == "error: internal");
    CHECK(read(reader_options(BodyForm::envelopes, true), envelope(1, "no gzip")) == "error: invalid_argument");
    CHECK(read(reader_options(BodyForm::envelopes), envelope(2, "{}")) == "error: invalid_argument");
    CHECK(read(reader_options(BodyForm::envelopes), two.substr(0, 10)) == "one;error: invalid_argument");
    CHECK(read(reader_options(BodyForm::base64), "!!!!") == "error: invalid_argument");
    CHECK(read(reader_options(BodyForm::base64), "AAA") == "error: invalid_argument");
}

TEST_CASE("protobuf fields come back as they were written, and a broken message says so") {
    const std::string message = ProtoWriter()
                                    .number(1, std::numeric_limits<std::uint64_t>::max())
                                    .number(2, 0)
                                    .bytes(3, "text")
                                    .number(300, 1)
                                    .take();
    ProtoReader reader(message);
    const auto first = reader.next();
    REQUIRE(first.has_value());
    CHECK(first->value == std::numeric_limits<std::uint64_t>::max());
    const auto second = reader.next();
    REQUIRE(second.has_value());
    CHECK(second->number == 3);
    CHECK(second->bytes == "text");
    CHECK(reader.next()->number == 300);
    CHECK(!reader.next().has_value());
    CHECK(!reader.is_broken());
    std::size_t broken = 0;
    for (std::size_t cut = 0; cut <= message.size(); ++cut) {
        ProtoReader part(std::string_view(message).substr(0, cut));
        while (part.next()) {
        }
        broken += part.is_broken() ? 1 : 0;
    }
    CHECK(broken == message.size() + 1 - 4);  // whole at the beginning and after each of three fields
    for (const char* wrong : {"\x00", "\x0b", "\x0c", "\x0e"}) {  // no field 0, no groups, no such wire type
        ProtoReader part(std::string_view(wrong, 1));
        CHECK(!part.next().has_value());
        CHECK(part.is_broken());
    }
}
