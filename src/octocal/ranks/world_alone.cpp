// SPDX-License-Identifier: Apache-2.0
// Stands for world_mpi.cpp in builds without MPI.
#include "octocal/base/log.hpp"
#include "octocal/ranks/ranks.hpp"

namespace octocal::ranks {

Ranks& world() {
  if (launched_rank() > 0)
    log_warning_once(
        "this octocal was built without MPI, so each process that mpirun starts does all of the work; build it with "
        "-DOCTOCAL_MPI=ON");
  return alone();
}

Session::Session() = default;
Session::~Session() = default;

}  // namespace octocal::ranks
