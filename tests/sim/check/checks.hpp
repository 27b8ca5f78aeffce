// The checkers, each with its file and its oracle.
#pragma once

#include "tests/sim/world.hpp"

#include <memory>

namespace noodstop::sim {

std::unique_ptr<Checker> make_latch_checker();
std::unique_ptr<Checker> make_durability_checker();
std::unique_ptr<Checker> make_order_checker();
std::unique_ptr<Checker> make_orders_checker();
std::unique_ptr<Checker> make_ledger_checker();
std::unique_ptr<Checker> make_timing_checker();
std::unique_ptr<Checker> make_hold_checker();
std::unique_ptr<Checker> make_stopping_checker();
std::unique_ptr<Checker> make_authority_checker();
std::unique_ptr<Checker> make_justice_checker();
std::unique_ptr<Checker> make_selectors_checker();
std::unique_ptr<Checker> make_safe_state_checker();
std::unique_ptr<Checker> make_loosening_checker();
std::unique_ptr<Checker> make_convergence_checker();
std::unique_ptr<Checker> make_bill_checker();
std::unique_ptr<Checker> make_windows_checker();
std::unique_ptr<Checker> make_answers_checker();

}  // namespace noodstop::sim
