// Tells once that somebody has not answered for a named time, and once that they do again. Pure: times are of a clock
// that never goes back.
#pragma once

#include "agent/core/units.hpp"

namespace noodstop::doors {

class SilenceWatch {
public:
    enum class News { none, missing, returned };

    explicit SilenceWatch(core::Duration missing_after) : missing_after_(missing_after) {}

    // `well_at`: the last time at which all was well.
    News look(core::Duration now, core::Duration well_at) {
        const bool is_silent = now - well_at >= missing_after_;
        if (is_silent == is_missing_)
            return News::none;
        is_missing_ = is_silent;
        return is_silent ? News::missing : News::returned;
    }

private:
    core::Duration missing_after_;
    bool is_missing_ = false;
};

}  // namespace noodstop::doors
