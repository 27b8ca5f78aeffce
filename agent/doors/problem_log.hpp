// Problems of one part of the doors process, for whoever reads its error output: each is said when it begins, and not
// again while it lasts.
#pragma once

#include <string>

namespace noodstop::doors {

class ProblemLog {
public:
    explicit ProblemLog(std::string part) : part_(std::move(part)) {}

    // What the problem is now; empty: there is none.
    void now(const std::string& problem);
    const std::string& problem() const { return problem_; }

private:
    std::string part_;
    std::string problem_;
};

}  // namespace noodstop::doors
