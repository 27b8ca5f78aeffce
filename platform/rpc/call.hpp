// The course of one call, the same in every protocol: its message is read, the handler has it, the answer goes out, and
// a deadline or the client's going ends it at any time.
#pragma once

#include "platform/http/exchange.hpp"
#include "platform/rpc/call_count.hpp"
#include "platform/rpc/service.hpp"
#include "platform/rpc/wire_format.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace noodstop::platform {

// What all calls of a server share; outlives it as long as one of them lives.
struct CallShared {
    RpcHooks hooks;
    std::size_t message_size_max = 0;
    CallCount unary = {};  // those that are not over, or that their handler still holds
    CallCount streams = {};
};

struct CallOptions {
    const WireFormat* format = nullptr;
    RpcMethod method;
    std::string path;
    RequestHead head;
    std::chrono::milliseconds timeout = std::chrono::milliseconds::max();
};

// The body as far as it came with the request.
struct FirstPiece {
    std::string bytes;
    bool is_whole = false;
};

void start_call(boost::asio::io_context& io, const std::shared_ptr<CallShared>& shared, CallOptions options,
                std::shared_ptr<HttpExchange> exchange, FirstPiece first);

}  // namespace noodstop::platform
