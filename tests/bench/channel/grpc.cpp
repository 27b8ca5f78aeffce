// The same service by libgrpc++, server and client, for the benchmark `channel`: what ours is measured against.
//
// usage: bench_rpc_grpc server FOLDER
//        bench_rpc_grpc client FOLDER PORT CALLS_AT_ONCE SECONDS
#include "noodstop/v1/status_service.grpc.pb.h"
#include "tests/bench/channel/common.hpp"

#include <cstdlib>
#include <fstream>
#include <grpcpp/grpcpp.h>
#include <iterator>
#include <memory>

namespace {

using namespace noodstop;

std::string content_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

class StatusServer final : public v1::StatusService::CallbackService {
public:
    grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context, const v1::GetStatusRequest*,
                                        v1::GetStatusResponse* response) override {
        *response = status_;
        auto* reactor = context->DefaultReactor();
        reactor->Finish(grpc::Status::OK);
        return reactor;
    }

private:
    const v1::GetStatusResponse status_ = bench::status_of_agent();
};

int serve(const std::string& folder) {
    grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = content_of(folder + "/ca.pem");
    options.pem_key_cert_pairs = {{content_of(folder + "/server.key"), content_of(folder + "/server.pem")}};
    StatusServer service;
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port);
    builder.RegisterService(&service);
    const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    if (!server)
        return 1;
    bench::ready_until_input_ends(std::to_string(port));
    server->Shutdown(std::chrono::system_clock::now());
    return 0;
}

struct Call {
    bench::SteadyClock::time_point began;
    grpc::ClientContext context;
    v1::GetStatusResponse response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::GetStatusResponse>> reader;
};

void start(v1::StatusService::Stub& stub, grpc::CompletionQueue& queue) {
    auto* call = new Call;  // comes back from the queue
    call->began = bench::SteadyClock::now();
    call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    call->reader = stub.AsyncGetStatus(&call->context, {}, &queue);
    call->reader->Finish(&call->response, &call->status, call);
}

int ask(const std::string& folder, const std::string& port, int at_once, double seconds) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = content_of(folder + "/ca.pem");
    options.pem_private_key = content_of(folder + "/client.key");
    options.pem_cert_chain = content_of(folder + "/client.pem");
    const auto channel = grpc::CreateChannel("localhost:" + port, grpc::SslCredentials(options));
    if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(30)))
        return 1;
    const auto stub = v1::StatusService::NewStub(channel);
    grpc::CompletionQueue queue;
    bench::Calls calls(seconds);
    const auto began = bench::SteadyClock::now();
    for (int count = 0; count < at_once; ++count)
        start(*stub, queue);
    void* tag = nullptr;
    bool is_fine = false;
    for (int under_way = at_once; under_way > 0 && queue.Next(&tag, &is_fine);) {
        const std::unique_ptr<Call> call(static_cast<Call*>(tag));
        if (call->status.ok() && call->response.snapshot().zones_size() == bench::zone_count)
            calls.took(call->began);
        else
            calls.failed(call->status.error_message());
        if (calls.goes_on())
            start(*stub, queue);
        else
            --under_way;
    }
    return calls.report(began);
}

}  // namespace

int main(int count, char** arguments) {
    const std::string what = count > 2 ? arguments[1] : "";
    if (what == "server" && count == 3)
        return serve(arguments[2]);
    if (what == "client" && count == 6)
        return ask(arguments[2], arguments[3], std::atoi(arguments[4]), std::atof(arguments[5]));
    std::fprintf(stderr, "bench_rpc_grpc: wrong usage\n");
    return 1;
}
