// Whoever gives an order gets an answer, in whatever flood it came.
#include "tests/sim/check/checks.hpp"

namespace noodstop::sim {
namespace {

class AnswersChecker : public Checker {
public:
    const char* name() const override { return "answers"; }

    void end() override {
        if (world().orders_waiting() != 0)
            fail(std::to_string(world().orders_waiting()) + " orders were never answered");
    }
};

}  // namespace

std::unique_ptr<Checker> make_answers_checker() {
    return std::make_unique<AnswersChecker>();
}

}  // namespace noodstop::sim
