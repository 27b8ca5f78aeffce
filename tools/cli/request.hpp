// What a command line asks for, and how the program can end.
#pragma once

#include "agent/core/order.hpp"

#include <string>
#include <variant>
#include <vector>

namespace noodstop::cli {

enum class Exit {
    fine = 0,
    refused = 1,      // the agent or the hub refused it, or a file is wrong
    usage = 2,        // the command line is wrong
    unreachable = 3,  // the agent or the hub can't be reached, or does not answer
    attention = 4,    // --check: something needs a person
};

struct StatusRequest {
    bool json = false;
    bool watch = false;
    bool check = false;
};
struct ResourcesRequest {
    bool json = false;
};
struct LimitsRequest {
    bool json = false;
};
struct ExplainRequest {
    core::TenantName tenant;
};
struct OrderRequest {
    core::Order order;  // without the amount
    std::string raise;  // "LIMIT=AMOUNT": the amount's unit depends on the limit; empty: raises nothing
};
struct RehearseRequest {
    core::ZoneName zone;  // empty: all
};
struct JournalRequest {
    core::TenantName tenant;
    core::ZoneName zone;
    std::uint64_t after = 0;
    std::uint32_t most = 100;
    bool follow = false;
    bool json = false;
};
struct HubAccess {
    std::string hub;  // HOST:PORT
    std::string certificate;
    std::string key;
    std::string authorities;
};
struct FleetRequest {
    HubAccess access;
    std::string agent;  // empty: all
    bool json = false;
    bool watch = false;
    bool check = false;
};
struct ConfigCheckRequest {
    std::string file;
};
struct ConfigReferenceRequest {};
struct EnrollRequest {
    std::string folder = "/etc/noodstop/tls";
    std::string config;  // empty: the usual one, if there is one
    std::string id;      // this and the owner: empty: as the configuration says
    std::string owner;
    std::vector<std::string> host_names;  // with no address either: the machine's
    std::vector<std::string> addresses;
    bool renew = false;
    std::string certificate;  // set: it is put in, and nothing is made
    std::string authorities;  // empty: those that are in place
};

struct Request {
    std::string socket_path;
    std::variant<StatusRequest, ResourcesRequest, LimitsRequest, ExplainRequest, OrderRequest, RehearseRequest,
                 JournalRequest, FleetRequest, ConfigCheckRequest, ConfigReferenceRequest, EnrollRequest>
        command;
};

}  // namespace noodstop::cli
