// Puts platform/file on the mounted disk: file_seam.cpp defines every function of platform/file/file.hpp, and the
// linker takes those in the place of the real ones wherever this is called. Disk::mount does.
#pragma once

namespace noodstop::sim {

void use_simulated_files();

}  // namespace noodstop::sim
