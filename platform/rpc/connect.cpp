#include "platform/rpc/connect.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>

namespace noodstop::platform {
namespace {

struct CodeRow {
    RpcCode code;
    const char* name;
    unsigned status;
};

constexpr CodeRow code_rows[] = {
    {RpcCode::canceled, "canceled", 499},
    {RpcCode::unknown, "unknown", 500},
    {RpcCode::invalid_argument, "invalid_argument", 400},
    {RpcCode::deadline_exceeded, "deadline_exceeded", 504},
    {RpcCode::not_found, "not_found", 404},
    {RpcCode::already_exists, "already_exists", 409},
    {RpcCode::permission_denied, "permission_denied", 403},
    {RpcCode::resource_exhausted, "resource_exhausted", 429},
    {RpcCode::failed_precondition, "failed_precondition", 400},
    {RpcCode::aborted, "aborted", 409},
    {RpcCode::out_of_range, "out_of_range", 400},
    {RpcCode::unimplemented, "unimplemented", 501},
    {RpcCode::internal, "internal", 500},
    {RpcCode::unavailable, "unavailable", 503},
    {RpcCode::data_loss, "data_loss", 500},
    {RpcCode::unauthenticated, "unauthenticated", 401},
};

const CodeRow& row_of(RpcCode code) {
    return code_rows[static_cast<std::size_t>(code)];
}

std::optional<boost::json::value> parsed(std::string_view json) {
    boost::system::error_code error;
    auto value = boost::json::parse({json.data(), json.size()}, error);
    if (error)
        return std::nullopt;
    return value;
}

// A message may quote any bytes of a request, and JSON is UTF-8: one that is not is told in ASCII.
std::string utf8_of(const std::string& message) {
    if (parsed(boost::json::serialize(boost::json::value(message))))
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

boost::json::object object_of(const RpcError& error) {
    return {{"code", to_text(error.code)}, {"message", utf8_of(error.message)}};
}

RpcError error_of(const boost::json::value& value) {
    RpcError error;
    const auto* object = value.if_object();
    const auto* code = object != nullptr ? object->if_contains("code") : nullptr;
    const auto* message = object != nullptr ? object->if_contains("message") : nullptr;
    if (code != nullptr && code->is_string())
        error.code = rpc_code_from_name(std::string_view(code->as_string())).value_or(RpcCode::unknown);
    if (message != nullptr && message->is_string())
        error.message = std::string(message->as_string());
    return error;
}

}  // namespace

const char* to_text(RpcCode code) {
    return row_of(code).name;
}

std::optional<RpcCode> rpc_code_from_name(std::string_view name) {
    for (const CodeRow& row : code_rows)
        if (name == row.name)
            return row.code;
    return std::nullopt;
}

unsigned http_status_of(RpcCode code) {
    return row_of(code).status;
}

RpcCode rpc_code_of_http(unsigned status) {
    switch (status) {
        case 400:
            return RpcCode::internal;
        case 401:
            return RpcCode::unauthenticated;
        case 403:
            return RpcCode::permission_denied;
        case 404:
            return RpcCode::unimplemented;
        case 429:
        case 502:
        case 503:
        case 504:
            return RpcCode::unavailable;
        default:
            return RpcCode::unknown;
    }
}

namespace connect {

std::string error_json(const RpcError& error) {
    return boost::json::serialize(object_of(error));
}

std::string end_json(const RpcError* error) {
    boost::json::object end;
    if (error != nullptr)
        end["error"] = object_of(*error);
    return boost::json::serialize(end);
}

std::optional<RpcError> error_in_json(std::string_view json) {
    const auto value = parsed(json);
    if (!value || !value->is_object() || !value->as_object().contains("code"))
        return std::nullopt;
    return error_of(*value);
}

std::optional<RpcError> error_in_end_json(std::string_view json) {
    const auto value = parsed(json);
    if (!value || !value->is_object())
        return RpcError{RpcCode::internal, "the end of the stream is broken"};
    const auto* error = value->as_object().if_contains("error");
    if (error == nullptr)
        return std::nullopt;
    return error_of(*error);
}

std::string envelope(std::uint8_t flags, std::string_view message) {
    const auto size = static_cast<std::uint32_t>(message.size());
    std::string bytes;
    bytes.reserve(envelope_header_size + message.size());
    bytes.push_back(static_cast<char>(flags));
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<char>((size >> shift) & 0xFF));
    return bytes.append(message);
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

std::variant<std::string, RpcError> only_message(std::string_view body) {
    EnvelopeReader reader(body.size());
    reader.put(body);
    auto first = reader.take();
    if (!first || body.size() != envelope_header_size + first->message.size())
        return RpcError{RpcCode::invalid_argument, "the request must hold exactly one whole message"};
    if ((first->flags & compressed_flag) != 0)
        return RpcError{RpcCode::unimplemented, "compressed messages are not supported"};
    if (first->flags != 0)
        return RpcError{RpcCode::invalid_argument, "the request's message has flags that are not known"};
    return std::move(first->message);
}

std::optional<EnvelopeReader::Envelope> EnvelopeReader::take() {
    if (bytes_.size() < envelope_header_size || is_broken_)
        return std::nullopt;
    std::size_t size = 0;
    for (std::size_t index = 1; index < envelope_header_size; ++index)
        size = (size << 8) | static_cast<unsigned char>(bytes_[index]);
    is_broken_ = size > message_size_max_;
    if (is_broken_ || bytes_.size() - envelope_header_size < size)
        return std::nullopt;
    Envelope envelope{static_cast<std::uint8_t>(bytes_[0]), bytes_.substr(envelope_header_size, size)};
    bytes_.erase(0, envelope_header_size + size);
    return envelope;
}

}  // namespace connect
}  // namespace noodstop::platform
