// SQLite's way to the mounted disk: the VFS "noodstop-sim", registered as the default, and "noodstop-sim-none" beside
// it. It does what SQLite's own VFS for unix does, errors and syncs of folders included, as far as a database asks for
// it that one process holds alone: no locks and no shared memory.
#pragma once

namespace noodstop::sim {

void use_simulated_database_files();

// SQLite's random numbers are one row for the whole process: begun anew from the mounted disk's seed, they are the same
// in every run. Only one thread may then use SQLite.
void begin_random_numbers_of_sqlite();

}  // namespace noodstop::sim
