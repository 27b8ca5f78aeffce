#include "agent/doors/problem_log.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace noodstop::doors {

void ProblemLog::now(const std::string& problem) {
    if (problem == problem_)
        return;
    problem_ = problem;
    fmt::print(stderr, "doors: {}: {}\n", part_, problem.empty() ? "all is well again" : problem);
}

}  // namespace noodstop::doors
