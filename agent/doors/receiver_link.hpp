// The way to one receiver: requests over a connection that is kept as long as the receiver keeps it, with the bearer
// token that lies in its file when the connection is made.
#pragma once

#include "agent/doors/connector.hpp"
#include "platform/http/client_connection.hpp"

namespace noodstop::doors {

struct ReceiverLinkOptions {
    ConnectorOptions connection;
    std::string token_file;  // empty: none
};

class ReceiverLink {
public:
    using Answered = std::function<void(platform::Result<platform::HttpResponse> response)>;

    ReceiverLink(boost::asio::io_context& io, ReceiverLinkOptions options);
    ~ReceiverLink();
    ReceiverLink(const ReceiverLink&) = delete;
    ReceiverLink& operator=(const ReceiverLink&) = delete;

    // Answers once, perhaps within this call where the token can't be read. One at a time: a request before that is
    // given up and not answered.
    void send(platform::HttpRequest request, core::Duration deadline, Answered answered);
    void hang_up();  // the next request gets a new connection, and the token of then
    void reload() { connector_.reload(); }
    std::string authority() const { return connector_.authority(); }

private:
    using Clock = std::chrono::steady_clock;

    void connect();
    void send_now(bool is_first);
    void answer(platform::Result<platform::HttpResponse> response);

    ReceiverLinkOptions options_;
    Connector connector_;
    std::unique_ptr<platform::HttpClientConnection> connection_;
    std::string token_;
    platform::HttpRequest request_;
    Clock::time_point give_up_at_;
    Answered answered_;
};

}  // namespace noodstop::doors
