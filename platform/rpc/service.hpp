// What a service is to the server: a table from path to method, and handlers that get and give bytes. One table serves
// every protocol. Knows nothing of protobuf.
#pragma once

#include "platform/http/http.hpp"
#include "platform/net/peer.hpp"
#include "platform/rpc/code.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace noodstop::platform {

// The answer to one call. Calls after its end, or after the client has gone, do nothing.
class RpcResponder {
public:
    virtual ~RpcResponder() = default;
    virtual void add_metadata(std::string name, std::string value) = 0;  // before the first message
    virtual void add_trailer(std::string name, std::string value) = 0;   // before the end
    virtual void answer(std::string message) = 0;                        // of a unary call: ends it
    virtual bool send(std::string message) = 0;  // of a stream; false: the client lags, the message was not taken
    virtual void finish() = 0;                   // of a stream
    virtual void fail(RpcError error) = 0;       // ends any
    virtual bool is_open() const = 0;
    virtual void when_gone(std::function<void()> gone) = 0;
};

struct RpcCall {
    std::string message;
    Peer peer;
    int socket = -1;       // of the client's connection, valid during the call of the handler: duplicate it
    HttpHeaders metadata;  // names in lower case; the values of names that end in -bin are bytes
};

enum class RpcShape : std::uint8_t {
    unary,          // one message, one answer
    server_stream,  // one message, any number of answers
    two_way,        // handled once for each message; the call ends when the client has ended its side. HTTP/2 only
};

struct RpcMethod {
    RpcShape shape = RpcShape::unary;
    bool has_no_side_effects = false;  // as the .proto marks it: may be asked with GET
    std::function<void(RpcCall call, std::shared_ptr<RpcResponder> responder)> handle;
};

using ServiceTable = std::map<std::string, RpcMethod>;  // by "/package.Service/Method"

// What is asked before a call is read: an error refuses it.
struct RpcRequestFacts {
    const Peer& peer;
    const std::string& path;
    const RpcMethod& method;
};
using RpcAuthorizer = std::function<std::optional<RpcError>(const RpcRequestFacts& facts)>;

enum class RpcRefusalKind : std::uint8_t {
    unauthorized,  // the authorizer said no
    unknown,       // no such method
    malformed,     // against the rules of its protocol, or of one that is not spoken here
    over_limit,    // too large, too many, too late
};

struct RpcRefusal {
    RpcRefusalKind kind = RpcRefusalKind::malformed;
    Peer peer;
    std::string path;
    RpcError error;
};

struct RpcHooks {
    RpcAuthorizer authorize;                                 // empty: everybody may do everything
    std::function<void(const RpcRefusal& refusal)> refused;  // told of every call that was not handed to its handler
};

}  // namespace noodstop::platform
