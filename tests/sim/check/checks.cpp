#include "tests/sim/check/checks.hpp"

namespace noodstop::sim {

Checkers all_checkers() {
    Checkers checkers;
    checkers.push_back(make_latch_checker());
    checkers.push_back(make_durability_checker());
    checkers.push_back(make_order_checker());
    checkers.push_back(make_orders_checker());
    checkers.push_back(make_ledger_checker());
    checkers.push_back(make_timing_checker());
    checkers.push_back(make_hold_checker());
    checkers.push_back(make_stopping_checker());
    checkers.push_back(make_authority_checker());
    checkers.push_back(make_justice_checker());
    checkers.push_back(make_selectors_checker());
    checkers.push_back(make_safe_state_checker());
    checkers.push_back(make_loosening_checker());
    checkers.push_back(make_convergence_checker());
    checkers.push_back(make_bill_checker());
    checkers.push_back(make_windows_checker());
    checkers.push_back(make_answers_checker());
    return checkers;
}

}  // namespace noodstop::sim
