#include "agent/doors/keyring_keeper.hpp"

namespace noodstop::doors {

using platform::tls::Keyring;

KeyringKeeper::KeyringKeeper(boost::asio::io_context& io, core::TlsFiles files, platform::tls::ContextOptions options,
                             KeyringNews news, std::chrono::milliseconds interval)
    : files_{std::move(files.certificate), std::move(files.key), std::move(files.authorities)},
      options_(std::move(options)),
      news_(std::move(news)),
      interval_(interval),
      timer_(io) {}

void KeyringKeeper::start() {
    look();
    timer_.expires_after(interval_);
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error)
            start();
    });
}

void KeyringKeeper::look() {
    if (keyring_)
        reload();
    else
        load();
}

void KeyringKeeper::load() {
    auto loaded = Keyring::load(files_, options_);
    if (!loaded)
        return tell(loaded.error().message);
    told_.clear();
    keyring_ = std::move(*loaded);
    news_.loaded();
}

void KeyringKeeper::reload() {
    const auto reloaded = keyring_->reload();
    if (!reloaded)
        return tell(reloaded.error().message);
    told_.clear();
    if (*reloaded != platform::tls::Reload::unchanged)
        news_.renewed();
}

void KeyringKeeper::tell(const std::string& problem) {
    if (told_ == problem)
        return;
    told_ = problem;
    news_.failed(problem);
}

}  // namespace noodstop::doors
