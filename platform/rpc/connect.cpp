#include "platform/rpc/connect.hpp"

#include "platform/rpc/base64.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>

namespace noodstop::platform::connect {
namespace {

namespace json = boost::json;

std::optional<json::value> parsed(std::string_view text) {
    boost::system::error_code error;
    auto value = json::parse({text.data(), text.size()}, error);
    if (error)
        return std::nullopt;
    return value;
}

// A message may quote any bytes of a request, and JSON is UTF-8: one that is not is told in ASCII.
std::string utf8_of(const std::string& message) {
    if (parsed(json::serialize(json::value(message))))
        return message;
    constexpr char digits[] = "0123456789abcdef";
    std::string escaped;
    for (const char letter : message) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte < 0x80)
            escaped.push_back(letter);
        else
            escaped.append({'\\', 'x', digits[byte >> 4], digits[byte & 0xF]});
    }
    return escaped;
}

json::object object_of(const RpcError& error) {
    json::object object{{"code", to_text(error.code)}, {"message", utf8_of(error.message)}};
    if (error.details.empty())
        return object;
    json::array details;
    for (const RpcErrorDetail& detail : error.details)
        details.push_back({{"type", detail.type}, {"value", unpadded_base64_of(detail.value)}});
    object["details"] = std::move(details);
    return object;
}

std::optional<std::string> text_in(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_string())
        return std::nullopt;
    return std::string(value->as_string());
}

std::vector<RpcErrorDetail> details_in(const json::object& object) {
    std::vector<RpcErrorDetail> details;
    const auto* value = object.if_contains("details");
    if (value == nullptr || !value->is_array())
        return details;
    for (const json::value& entry : value->as_array()) {
        if (!entry.is_object())
            continue;
        auto type = text_in(entry.as_object(), "type");
        const auto content = text_in(entry.as_object(), "value");
        auto bytes = content ? bytes_of_base64(*content) : std::nullopt;
        if (type && bytes)
            details.push_back({std::move(*type), std::move(*bytes)});
    }
    return details;
}

RpcError error_of(const json::value& value) {
    RpcError error;
    const auto* object = value.if_object();
    if (object == nullptr)
        return error;
    if (const auto code = text_in(*object, "code"))
        error.code = rpc_code_from_name(*code).value_or(RpcCode::unknown);
    error.message = text_in(*object, "message").value_or(std::string());
    error.details = details_in(*object);
    return error;
}

json::object object_of(const HttpHeaders& trailers) {
    json::object object;
    for (const HttpHeader& trailer : trailers) {
        json::value& values = object[utf8_of(trailer.name)];
        if (!values.is_array())
            values.emplace_array();
        values.as_array().emplace_back(utf8_of(trailer.value));
    }
    return object;
}

std::optional<unsigned char> hexadecimal(std::string_view two) {
    unsigned number = 0;
    const auto read = std::from_chars(two.data(), two.data() + two.size(), number, 16);
    if (two.size() != 2 || read.ptr != two.data() + two.size())
        return std::nullopt;
    return static_cast<unsigned char>(number);
}

// What %41 and + stand for in a query.
std::optional<std::string> unescaped(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%') {
            const auto byte = hexadecimal(text.substr(at + 1, 2));
            if (!byte)
                return std::nullopt;
            result.push_back(static_cast<char>(*byte));
            at += 2;
        } else {
            result.push_back(text[at] == '+' ? ' ' : text[at]);
        }
    }
    return result;
}

RpcError wrong_question(const char* why) {
    return {RpcCode::invalid_argument, why};
}

struct Parameters {
    Question question;
    std::string base64;
    std::string version;
    bool has_message = false;
};

void set(Parameters& parameters, std::string_view name, std::string value) {
    if (name == "encoding")
        parameters.question.encoding = std::move(value);
    else if (name == "compression")
        parameters.question.compression = std::move(value);
    else if (name == "base64")
        parameters.base64 = std::move(value);
    else if (name == "connect")
        parameters.version = std::move(value);
    else if (name == "message") {
        parameters.question.message = std::move(value);
        parameters.has_message = true;
    }
}

std::optional<Parameters> parameters_in(std::string_view query) {
    Parameters parameters;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        auto value = unescaped(pair.substr(std::min(equals + 1, pair.size())));
        if (!value)
            return std::nullopt;
        set(parameters, pair.substr(0, equals), std::move(*value));
    }
    return parameters;
}

}  // namespace

std::string error_json(const RpcError& error) {
    return json::serialize(object_of(error));
}

std::string end_json(const RpcError* error, const HttpHeaders& trailers) {
    json::object end;
    if (error != nullptr)
        end["error"] = object_of(*error);
    if (!trailers.empty())
        end["metadata"] = object_of(trailers);
    return json::serialize(end);
}

std::optional<RpcError> error_in_json(std::string_view text) {
    const auto value = parsed(text);
    if (!value || !value->is_object() || !value->as_object().contains("code"))
        return std::nullopt;
    return error_of(*value);
}

std::optional<RpcError> error_in_end_json(std::string_view text) {
    const auto value = parsed(text);
    if (!value || !value->is_object())
        return RpcError{RpcCode::internal, "the end of the stream is broken"};
    const auto* error = value->as_object().if_contains("error");
    if (error == nullptr)
        return std::nullopt;
    return error_of(*error);
}

std::optional<std::chrono::milliseconds> timeout_in(std::string_view header) {
    constexpr std::size_t digits_max = 10;
    const bool digits = std::all_of(header.begin(), header.end(), [](char c) { return c >= '0' && c <= '9'; });
    std::int64_t value = 0;
    if (header.empty() || header.size() > digits_max || !digits)
        return std::nullopt;
    std::from_chars(header.data(), header.data() + header.size(), value);
    return std::chrono::milliseconds(value);
}

std::variant<Question, RpcError> question_in(std::string_view query) {
    auto parameters = parameters_in(query);
    if (!parameters)
        return wrong_question("the query is not well escaped");
    if (!parameters->version.empty() && parameters->version != "v1")
        return wrong_question("connect must be v1");
    if (!parameters->has_message)
        return wrong_question("the query has no message");
    if (parameters->base64 == "1") {
        auto message = bytes_of_base64(parameters->question.message);
        if (!message)
            return wrong_question("the message is no base64");
        parameters->question.message = std::move(*message);
    }
    return std::move(parameters->question);
}

}  // namespace noodstop::platform::connect
