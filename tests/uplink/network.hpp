// What lies between agent and hub. Messages take time, get lost, arrive twice, or come when their connection is long
// gone; connections break, with or without a sign.
#pragma once

#include "tests/sim/clockwork.hpp"
#include "tests/sim/random.hpp"

#include <functional>
#include <optional>
#include <string>

namespace noodstop::sim {

struct Weather {
    bool reachable = true;
    bool silent = false;           // what is lost is lost without a sign
    unsigned loss_per_mille = 0;   // of requests, and of answers
    unsigned twice_per_mille = 0;  // a request arrives again at once
    unsigned late_per_mille = 0;   // a copy of a request arrives again, minutes later
    unsigned break_per_mille = 0;  // the connection breaks after a request arrived
    Duration delay_max = std::chrono::milliseconds(80);
};

class Network {
public:
    // The hub's side: takes a request and answers by the function, at some time; an empty answer: it hangs up.
    using Answer = std::function<void(std::string)>;
    using Serve = std::function<void(std::string request, Answer answer)>;
    struct Client {
        std::function<void()> connected;
        std::function<void()> broken;  // or not connected at all
        std::function<void(std::string)> answered;
    };

    Network(Clockwork& clockwork, Random& random, Serve serve)
        : clockwork_(clockwork), random_(random), serve_(std::move(serve)) {}

    void dial(Client client);  // ends the connection before it
    void hang_up();
    void send(std::string request);
    void cut();  // the present connection
    Weather weather;

private:
    Duration delay() {
        return Duration{
            1 + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(weather.delay_max.count())))};
    }
    void arrive(std::uint64_t connection, const std::string& request);
    void come_back(std::uint64_t connection, std::string answer);
    void break_off(std::uint64_t connection);

    Clockwork& clockwork_;
    Random& random_;
    Serve serve_;
    std::uint64_t connection_ = 0;  // the present one's number
    std::optional<Client> client_;
};

}  // namespace noodstop::sim
