#include "platform/rpc/grpc_client.hpp"

#include "platform/rpc/http2_driver.hpp"

#include <boost/asio/post.hpp>

#include <map>

namespace noodstop::platform {

class GrpcClient::Impl : public Http2Driver {
public:
    Impl(std::unique_ptr<ByteStream> given_stream, const GrpcClientOptions& options, Closed closed)
        : Http2Driver(std::move(given_stream), {options.http2.write_deadline, options.http2.linger_deadline}),
          session_(options, std::chrono::steady_clock::now()),
          closed_(std::move(closed)) {}

    void call(const GrpcRequest& request, Answered answered) {
        auto started = session_.start(request, std::chrono::steady_clock::now());
        if (const auto* error = std::get_if<RpcError>(&started))
            return answer_later(std::move(answered), *error);
        waiting_[std::get<GrpcCallId>(started)] = std::move(answered);
        wake();
    }

    bool takes_calls() const { return !is_closed() && session_.takes_calls(); }

    void shut_down() {
        session_.shut_down();
        wake();
    }

    void forget() {
        closed_ = {};
        waiting_.clear();
        close_now("closed here");
    }

private:
    Http2Session& session() override { return session_; }

    void answer_later(Answered answered, const RpcError& error) {
        boost::asio::post(stream().executor(), [answered = std::move(answered), error] { answered(error); });
    }

    void follow_events() override {
        for (auto answers = session_.take_answers(); !answers.empty(); answers = session_.take_answers())
            for (GrpcAnswer& answer : answers) {
                auto waiting = waiting_.extract(answer.call);
                if (!waiting.empty())
                    waiting.mapped()(std::move(answer.result));
            }
    }

    void was_closed(const std::string& why) override {
        session_.lose(why);
        follow_events();
        if (const auto closed = std::exchange(closed_, {}))
            closed(why);
    }

    GrpcClientSession session_;
    std::map<GrpcCallId, Answered> waiting_;
    Closed closed_;
};

GrpcClient::GrpcClient(std::unique_ptr<ByteStream> stream, const GrpcClientOptions& options, Closed closed)
    : impl_(std::make_shared<Impl>(std::move(stream), options, std::move(closed))) {
    impl_->begin({});
}

GrpcClient::~GrpcClient() {
    impl_->forget();
}

void GrpcClient::call(const GrpcRequest& request, Answered answered) {
    impl_->call(request, std::move(answered));
}

bool GrpcClient::takes_calls() const {
    return impl_->takes_calls();
}

void GrpcClient::shut_down() {
    impl_->shut_down();
}

}  // namespace noodstop::platform
