#include "platform/rpc/grpc.hpp"

#include "platform/rpc/base64.hpp"
#include "platform/rpc/proto_wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace noodstop::platform::grpc {
namespace {

constexpr std::string_view binary_suffix = "-bin";
constexpr std::string_view status_name = "grpc-status";
constexpr std::string_view message_name = "grpc-message";
constexpr std::string_view details_name = "grpc-status-details-bin";
constexpr std::string_view type_prefix = "type.googleapis.com/";
constexpr std::size_t message_size_max = 2048;  // clients allow some 8 KiB for all headers together

using std::chrono::nanoseconds;

std::optional<std::int64_t> nanoseconds_of(char unit) {
    switch (unit) {
        case 'H':
            return 3'600'000'000'000;
        case 'M':
            return 60'000'000'000;
        case 'S':
            return 1'000'000'000;
        case 'm':
            return 1'000'000;
        case 'u':
            return 1'000;
        case 'n':
            return 1;
        default:
            return std::nullopt;
    }
}

// google.rpc.Status
std::string status_message(const RpcError& error) {
    ProtoWriter status;
    status.number(1, grpc_status_of(error.code)).bytes(2, error.message);
    for (const RpcErrorDetail& detail : error.details)
        status.bytes(3, ProtoWriter().bytes(1, std::string(type_prefix) + detail.type).bytes(2, detail.value).take());
    return status.take();
}

RpcErrorDetail detail_of(std::string_view any) {
    RpcErrorDetail detail;
    ProtoReader reader(any);
    while (const auto field = reader.next()) {
        if (field->number == 1 && field->is_bytes)
            detail.type = field->bytes.substr(field->bytes.rfind('/') + 1);
        else if (field->number == 2 && field->is_bytes)
            detail.value = field->bytes;
    }
    return detail;
}

std::vector<RpcErrorDetail> details_in(std::string_view status) {
    std::vector<RpcErrorDetail> details;
    ProtoReader reader(status);
    while (const auto field = reader.next())
        if (field->number == 3 && field->is_bytes)
            details.push_back(detail_of(field->bytes));
    return details;
}

bool is_reserved(std::string_view name) {
    static constexpr std::string_view names[] = {
        "accept", "accept-encoding", "connection",        "content-encoding", "content-length", "content-type", "host",
        "te",     "trailer",         "transfer-encoding", "upgrade"};
    static constexpr std::string_view beginnings[] = {":", "grpc-", "connect-", "trailer-"};
    return std::find(std::begin(names), std::end(names), name) != std::end(names) ||
           std::any_of(std::begin(beginnings), std::end(beginnings),
                       [&](std::string_view beginning) { return name.substr(0, beginning.size()) == beginning; });
}

}  // namespace

std::optional<std::chrono::milliseconds> timeout_in(std::string_view header) {
    constexpr std::size_t digits_max = 8;
    if (header.size() < 2 || header.size() > digits_max + 1)
        return std::nullopt;
    const auto unit = nanoseconds_of(header.back());
    const std::string_view digits = header.substr(0, header.size() - 1);
    const bool is_number = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!unit || !is_number)
        return std::nullopt;
    std::int64_t count = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), count);
    constexpr std::int64_t nanoseconds_in_millisecond = 1'000'000;
    if (*unit >= nanoseconds_in_millisecond)  // 10^8 hours are more nanoseconds than 64 bits count
        return std::chrono::milliseconds(count * (*unit / nanoseconds_in_millisecond));
    return std::chrono::ceil<std::chrono::milliseconds>(nanoseconds(count * *unit));
}

std::string timeout_text(std::chrono::milliseconds timeout) {
    constexpr std::int64_t count_max = 99'999'999;
    const std::int64_t milliseconds = std::max<std::int64_t>(timeout.count(), 0);
    if (milliseconds <= count_max)
        return fmt::format("{}m", milliseconds);
    return fmt::format("{}S", std::min(milliseconds / 1000, count_max));
}

std::string percent_encoded(std::string_view message) {
    std::string text;
    for (const char letter : message.substr(0, message_size_max)) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte >= 0x20 && byte < 0x7F && letter != '%')
            text.push_back(letter);
        else
            text += fmt::format("%{:02X}", byte);
    }
    return text;
}

std::string percent_decoded(std::string_view text) {
    std::string message;
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned byte = 0;
        const std::string_view digits = text.substr(at + 1 < text.size() ? at + 1 : text.size(), 2);
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        const bool is_encoded = text[at] == '%' && digits.size() == 2 && read.ptr == digits.data() + digits.size();
        message.push_back(is_encoded ? static_cast<char>(byte) : text[at]);
        at += is_encoded ? 2 : 0;
    }
    return message;
}

HttpHeaders trailers_for(const RpcError* error, const HttpHeaders& rest) {
    HttpHeaders trailers;
    trailers.push_back({std::string(status_name), std::to_string(error != nullptr ? grpc_status_of(error->code) : 0)});
    if (error != nullptr && !error->message.empty())
        trailers.push_back({std::string(message_name), percent_encoded(error->message)});
    if (error != nullptr && !error->details.empty())
        trailers.push_back({std::string(details_name), unpadded_base64_of(status_message(*error))});
    const HttpHeaders encoded = encoded_metadata(rest);
    trailers.insert(trailers.end(), encoded.begin(), encoded.end());
    return trailers;
}

std::optional<RpcError> error_in_trailers(const HttpHeaders& trailers) {
    const auto status = find_header(trailers, status_name);
    if (!status)
        return RpcError{RpcCode::unknown, "the answer ended without a status"};
    const auto code = rpc_code_of_grpc(*status);
    if (!code)
        return std::nullopt;
    RpcError error{*code};
    if (const auto message = find_header(trailers, message_name))
        error.message = percent_decoded(*message);
    if (const auto details = find_header(trailers, details_name))
        if (const auto bytes = bytes_of_base64(*details))
            error.details = details_in(*bytes);
    return error;
}

std::string trailers_text(const HttpHeaders& trailers) {
    std::string text;
    for (const HttpHeader& trailer : trailers)
        text += fmt::format("{}: {}\r\n", in_lower_case(trailer.name), trailer.value);
    return text;
}

bool is_binary(std::string_view name) {
    return name.size() > binary_suffix.size() && name.substr(name.size() - binary_suffix.size()) == binary_suffix;
}

HttpHeaders encoded_metadata(const HttpHeaders& metadata) {
    HttpHeaders encoded = metadata;
    for (HttpHeader& entry : encoded)
        if (is_binary(entry.name))
            entry.value = unpadded_base64_of(entry.value);
    return encoded;
}

// Several values of one name may come joined by commas.
std::variant<HttpHeaders, RpcError> metadata_in(const HttpHeaders& headers) {
    HttpHeaders metadata;
    for (const HttpHeader& header : headers) {
        const std::string name = in_lower_case(header.name);
        if (is_reserved(name))
            continue;
        if (!is_binary(name)) {
            metadata.push_back({name, header.value});
            continue;
        }
        std::string_view values = header.value;
        while (!values.empty()) {
            const std::string_view one = values.substr(0, values.find(','));
            values.remove_prefix(std::min(one.size() + 1, values.size()));
            const auto bytes = bytes_of_base64(one.substr(std::min(one.find_first_not_of(' '), one.size())));
            if (!bytes)
                return RpcError{RpcCode::invalid_argument, "the metadata " + name + " is no base64"};
            metadata.push_back({name, *bytes});
        }
    }
    return metadata;
}

}  // namespace noodstop::platform::grpc
