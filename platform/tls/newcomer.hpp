// One connection from its accept until it is open: waits until its hello is there, then shakes hands, within a
// deadline. For listener.cpp only.
#pragma once

#include "platform/tls/admission.hpp"
#include "platform/tls/stream.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>

namespace noodstop::platform::tls {

// A visitor's place, given back when the connection is gone.
class Place {
public:
    Place(std::function<void(Admission::Visitor)> leave, Admission::Visitor visitor)
        : leave_(std::move(leave)), visitor_(visitor) {}
    ~Place() { leave_(visitor_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    Admission::Visitor visitor() const { return visitor_; }

private:
    std::function<void(Admission::Visitor)> leave_;
    Admission::Visitor visitor_;
};

// What a newcomer asks of the listener, and tells it. Either of the last two is called once.
class NewcomerHost {
public:
    virtual ~NewcomerHost() = default;
    virtual std::shared_ptr<const Context> context() const = 0;
    virtual Admission& admission() = 0;
    virtual void has_opened(Admission::Visitor visitor, std::unique_ptr<Stream> stream) = 0;
    virtual void was_refused(Admission::Visitor visitor, Refusal refusal, const std::string& why) = 0;
};

class Newcomer : public std::enable_shared_from_this<Newcomer> {
public:
    using ErrorCode = boost::system::error_code;
    using Socket = boost::asio::ip::tcp::socket;

    Newcomer(Socket socket, std::shared_ptr<Place> place, std::weak_ptr<NewcomerHost> host)
        : socket_(std::move(socket)),
          timer_(socket_.get_executor()),
          place_(std::move(place)),
          host_(std::move(host)) {}

    void start(std::chrono::milliseconds deadline);
    void refuse(Refusal refusal, const std::string& why);

private:
    void refuse(Refusal refusal) { refuse(refusal, name_of(refusal)); }
    void wait_for(std::size_t size);
    void look();
    bool has_ended();
    void shake_hands();
    void was_shaken(const ErrorCode& error);
    void end();

    Socket socket_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<Place> place_;
    std::weak_ptr<NewcomerHost> host_;
    std::unique_ptr<Stream> stream_;
    TimePoint give_up_at_{};
    bool is_over_ = false;
};

}  // namespace noodstop::platform::tls
