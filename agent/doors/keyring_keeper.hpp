// The credentials of a server's end, kept as they are in their files: loaded when they can be, and again whenever they
// change. New ones that are no good are told once and leave the old ones in use.
#pragma once

#include "agent/core/channel_policy.hpp"
#include "platform/tls/keyring.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace noodstop::doors {

struct KeyringNews {
    std::function<void()> loaded;                            // once, when keyring() is there
    std::function<void(const std::string& problem)> failed;  // once for each problem, and again if it comes back
    std::function<void()> renewed;
};

class KeyringKeeper {
public:
    static constexpr auto look_interval = std::chrono::minutes(1);

    KeyringKeeper(boost::asio::io_context& io, core::TlsFiles files, platform::tls::ContextOptions options,
                  KeyringNews news, std::chrono::milliseconds interval = look_interval);

    // Looks now, and from then on by itself. Calls from within this are possible.
    void start();

    // Null until the files could be read. Stays where it is.
    const platform::tls::Keyring* keyring() const { return keyring_ ? &*keyring_ : nullptr; }

private:
    void look();
    void load();
    void reload();
    void tell(const std::string& problem);

    platform::tls::CredentialFiles files_;
    platform::tls::ContextOptions options_;
    KeyringNews news_;
    std::chrono::milliseconds interval_;
    boost::asio::steady_timer timer_;
    std::optional<platform::tls::Keyring> keyring_;
    std::string told_;  // the problem that was told last and still is one
};

}  // namespace noodstop::doors
