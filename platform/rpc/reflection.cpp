#include "platform/rpc/reflection.hpp"

#include "platform/rpc/descriptor_index.hpp"
#include "platform/rpc/proto_wire.hpp"

#include <set>

namespace noodstop::platform {
namespace {

// Field numbers of reflection.proto.
constexpr std::uint32_t request_host = 1, request_file = 3, request_symbol = 4, request_extension = 5,
                        request_extension_numbers = 6, request_services = 7;
constexpr std::uint32_t response_host = 1, response_request = 2, response_files = 4, response_extension_numbers = 5,
                        response_services = 6, response_error = 7;

struct Answer {
    std::uint32_t number = response_error;
    std::string message;
};

Answer error_answer(RpcCode code, std::string_view why) {
    return {response_error, ProtoWriter().number(1, grpc_status_of(code)).bytes(2, why).take()};
}

Answer files_answer(const DescriptorIndex::Files& files, const std::string& asked) {
    if (files.empty())
        return error_answer(RpcCode::not_found, "nothing here defines " + asked);
    ProtoWriter answer;
    for (const std::string_view file : files)
        answer.bytes(1, file);
    return {response_files, answer.take()};
}

class Reflection {
public:
    Reflection(std::string_view descriptor_set, std::set<std::string> services)
        : index_(descriptor_set), services_(std::move(services)) {}

    void take(const RpcCall& call, RpcResponder& responder) const {
        std::string host;
        Answer answer = error_answer(RpcCode::invalid_argument, "the request asks nothing");
        ProtoReader reader(call.message);
        while (const auto field = reader.next()) {
            if (field->number == request_host && field->is_bytes)
                host = field->bytes;
            else if (field->number >= request_file && field->number <= request_services && field->is_bytes)
                answer = answer_to(field->number, field->bytes);
        }
        if (reader.is_broken())
            return responder.fail({RpcCode::invalid_argument, "the message is no ServerReflectionRequest"});
        responder.send(ProtoWriter()
                           .bytes(response_host, host)
                           .bytes(response_request, call.message)
                           .bytes(answer.number, answer.message)
                           .take());
    }

private:
    Answer answer_to(std::uint32_t question, std::string_view content) const {
        const std::string asked(content);
        if (question == request_file)
            return files_answer(index_.by_name(asked), asked);
        if (question == request_symbol)
            return files_answer(index_.by_symbol(asked), asked);
        if (question == request_extension)
            return extension_answer(content);
        if (question == request_extension_numbers)
            return extension_numbers_answer(asked);
        return services_answer();
    }

    Answer extension_answer(std::string_view request) const {
        std::string type;
        std::uint64_t number = 0;
        ProtoReader reader(request);
        while (const auto field = reader.next()) {
            if (field->number == 1 && field->is_bytes)
                type = field->bytes;
            else if (field->number == 2 && !field->is_bytes)
                number = field->value;
        }
        return files_answer(index_.by_extension(type, static_cast<std::uint32_t>(number)), "that extension of " + type);
    }

    Answer extension_numbers_answer(const std::string& type) const {
        if (!index_.has_message(type))
            return error_answer(RpcCode::not_found, "nothing here defines " + type);
        ProtoWriter answer;
        answer.bytes(1, type);
        for (const std::uint32_t number : index_.extension_numbers_of(type))
            answer.number(2, number);
        return {response_extension_numbers, answer.take()};
    }

    Answer services_answer() const {
        ProtoWriter answer;
        for (const std::string& service : services_)
            answer.bytes(1, ProtoWriter().bytes(1, service).take());
        return {response_services, answer.take()};
    }

    DescriptorIndex index_;
    std::set<std::string> services_;
};

std::string service_of(const std::string& path) {
    const std::size_t end = path.rfind('/');
    return end == std::string::npos || end == 0 ? std::string() : path.substr(1, end - 1);
}

}  // namespace

void add_reflection(ServiceTable& table, std::string_view descriptor_set) {
    std::set<std::string> services;
    for (const auto& [path, method] : table)
        services.insert(service_of(path));
    const char* const paths[] = {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                                 "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"};
    for (const char* path : paths)
        services.insert(service_of(path));
    const auto reflection = std::make_shared<const Reflection>(descriptor_set, std::move(services));
    for (const char* path : paths)
        table[path] = {RpcShape::two_way, false,
                       [reflection](RpcCall call, auto responder) { reflection->take(call, *responder); }};
}

}  // namespace noodstop::platform
