#include "agent/doors/receiver_link.hpp"

#include "platform/tls/checked_file.hpp"

#include <algorithm>
#include <cerrno>

namespace noodstop::doors {
namespace {

using platform::Error;
using platform::HttpResponse;
using platform::Result;

constexpr std::size_t token_size_max = 8 * 1024;

bool is_visible(char character) {
    return character > ' ' && character < '\x7f';
}

// The one word in the file. Nothing else may get into a header.
Result<std::string> read_token(const std::string& path) {
    const Result<std::string> text =
        platform::tls::read_checked_file(path, platform::tls::Secrecy::secret, token_size_max);
    if (!text)
        return text.error();
    const auto begin = std::find_if(text->begin(), text->end(), is_visible);
    const auto end = std::find_if_not(begin, text->end(), is_visible);
    const bool is_one_word = begin != end && std::none_of(end, text->end(), is_visible) &&
                             std::all_of(end, text->end(), [](char rest) { return rest == '\n' || rest == '\r'; });
    if (!is_one_word)
        return Error{EINVAL, path + " does not hold a token: write it there as one word on one line"};
    return std::string(begin, end);
}

}  // namespace

ReceiverLink::ReceiverLink(boost::asio::io_context& io, ReceiverLinkOptions options)
    : options_(std::move(options)), connector_(io, options_.connection) {}

ReceiverLink::~ReceiverLink() = default;

void ReceiverLink::send(platform::HttpRequest request, core::Duration deadline, Answered answered) {
    connector_.cancel();
    request_ = std::move(request);
    give_up_at_ = Clock::now() + deadline;
    answered_ = std::move(answered);
    if (connection_ && connection_->is_usable())
        return send_now(false);
    connect();
}

void ReceiverLink::hang_up() {
    connection_.reset();
}

void ReceiverLink::connect() {
    connection_.reset();
    token_.clear();
    if (!options_.token_file.empty()) {
        Result<std::string> token = read_token(options_.token_file);
        if (!token)
            return answer(token.error());
        token_ = std::move(*token);
    }
    connector_.connect([this](Result<std::unique_ptr<platform::ByteStream>> stream) {
        if (!stream)
            return answer(stream.error());
        platform::HttpClientConnectionOptions options;
        options.host = connector_.authority();
        connection_ = std::make_unique<platform::HttpClientConnection>(std::move(*stream), options);
        send_now(true);
    });
}

// A receiver may have closed what it kept while nothing was sent: that is no failure.
void ReceiverLink::send_now(bool is_first) {
    platform::HttpRequest request = request_;
    if (!token_.empty())
        request.headers.push_back({"Authorization", "Bearer " + token_});
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(give_up_at_ - Clock::now());
    connection_->send(request, std::max(left, std::chrono::milliseconds(1)),
                      [this, is_first](Result<HttpResponse> response) {
                          if (!response && response.error().number == ECONNRESET && !is_first)
                              return connect();
                          answer(std::move(response));
                      });
}

void ReceiverLink::answer(Result<HttpResponse> response) {
    if (!response)
        connection_.reset();
    if (const auto answered = std::exchange(answered_, {}))
        answered(std::move(response));
}

}  // namespace noodstop::doors
