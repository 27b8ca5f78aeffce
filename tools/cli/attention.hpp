// What in a status needs a person.
#pragma once

#include "proto/codec/service_codec.hpp"

#include <string>
#include <vector>

namespace noodstop::cli {

struct Attention {
    bool is_alarm = false;  // false: a warning
    std::string text;       // a sentence
};

// The path reports about once a second; without a report for longer than this it hangs.
inline constexpr core::Duration silence_max = std::chrono::seconds(10);

// Alarms first. Empty: nothing needs anybody.
std::vector<Attention> attention_in(const codec::StatusAnswer& status);

}  // namespace noodstop::cli
