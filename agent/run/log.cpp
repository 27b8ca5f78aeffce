#include "agent/run/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <exception>
#include <memory>

namespace noodstop::run {

void start_log(const std::string& process) try {
    spdlog::init_thread_pool(log_lines_max, 1);
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    auto logger = std::make_shared<spdlog::async_logger>(process, std::move(sink), spdlog::thread_pool(),
                                                         spdlog::async_overflow_policy::overrun_oldest);
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %n %l: %v");
    spdlog::set_default_logger(std::move(logger));
} catch (const std::exception&) {
    // Without a log the path goes on all the same.
}

void log_alert(const core::RecordedFact& fact) {
    if (core::is_alert(fact.fact.kind))
        spdlog::warn("#{} {}", fact.sequence, core::to_text(fact.fact));
}

void log_warning(const std::string& line) {
    spdlog::warn("{}", line);
}

}  // namespace noodstop::run
