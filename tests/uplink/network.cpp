#include "tests/uplink/network.hpp"

#include <utility>

namespace noodstop::sim {

using std::chrono::minutes;

void Network::dial(Client client) {
    client_ = std::move(client);
    clockwork_.in(delay() * 3, [this, connection = ++connection_] {
        if (connection != connection_ || !client_)
            return;
        if (weather.reachable)
            client_->connected();
        else if (!weather.silent)
            break_off(connection);
    });
}

void Network::hang_up() {
    client_.reset();
    ++connection_;
}

void Network::cut() {
    break_off(connection_);
}

void Network::break_off(std::uint64_t connection) {
    if (connection != connection_ || !client_)
        return;
    const auto broken = std::exchange(client_, std::nullopt)->broken;
    ++connection_;
    if (!weather.silent)
        broken();
}

void Network::send(std::string request) {
    if (!client_)
        return;
    const std::uint64_t connection = connection_;
    if (!weather.reachable || random_.chance(weather.loss_per_mille)) {
        clockwork_.in(delay(), [this, connection] { break_off(connection); });
        return;
    }
    clockwork_.in(delay(), [this, connection, request] { arrive(connection, request); });
    if (random_.chance(weather.twice_per_mille))
        clockwork_.in(delay(), [this, request] { arrive(0, request); });
    if (random_.chance(weather.late_per_mille))
        clockwork_.in(minutes(random_.between(1, 20)), [this, request] { arrive(0, request); });
}

// A copy has no connection on which its answer could come back.
void Network::arrive(std::uint64_t connection, const std::string& request) {
    serve_(request, [this, connection](std::string answer) {
        clockwork_.in(delay(), [this, connection, answer = std::move(answer)]() mutable {
            come_back(connection, std::move(answer));
        });
    });
    if (connection != 0 && random_.chance(weather.break_per_mille))
        break_off(connection);
}

void Network::come_back(std::uint64_t connection, std::string answer) {
    if (connection != connection_ || !client_)
        return;
    if (answer.empty() || !weather.reachable || random_.chance(weather.loss_per_mille))
        return break_off(connection);
    client_->answered(std::move(answer));
}

}  // namespace noodstop::sim
