#include "tools/hub/server/log.hpp"

#include "proto/codec/text.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace noodstop::hub {
namespace {

bool is_read_by_journal() {
    static const bool answer = std::getenv("JOURNAL_STREAM") != nullptr;
    return answer;
}

}  // namespace

void log_line(Priority priority, const std::string& text) {
    const std::string line = codec::printable_text(text);
    // One call, so that lines of two threads don't mix.
    if (is_read_by_journal())
        fmt::print(stderr, "<{}>{}\n", static_cast<int>(priority), line);
    else
        fmt::print(stderr, "noodstop-hub: {}\n", line);
}

void RefusalLog::refused(const std::string& text, core::Instant now) {
    beat(now);
    if (count_++ < lines_per_minute_max)
        log_line(Priority::warning, text);
}

void RefusalLog::beat(core::Instant now) {
    if (now - minute_began_ < std::chrono::minutes(1))
        return;
    if (count_ > lines_per_minute_max)
        log_line(Priority::warning, fmt::format("refused {} more in that minute", count_ - lines_per_minute_max));
    minute_began_ = now;
    count_ = 0;
}

}  // namespace noodstop::hub
