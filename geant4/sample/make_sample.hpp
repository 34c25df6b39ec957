// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sample/settings.hpp"

namespace octocal::geant4 {

/// What was made.
struct SampleResult {
  std::uint64_t showers = 0;       ///< in this run
  std::uint64_t found = 0;         ///< in files that were there
  std::uint64_t fast_showers = 0;  ///< of them by the generator
  double ecal_over_energy = 0;     ///< mean of ECAL/Ep of those made in this run
  double processor_seconds = 0;    ///< of all threads, of the events alone
  double lost_energy_gev = 0;      ///< of generated showers, that lay in no sensitive volume
};

/// Makes the files of the sample that are not there yet. Each is complete or absent. Can be called once a process:
/// Geant4 has one run manager. Errors: bad_input for settings that cannot be, and a file that is there and was made
/// with others; run_failed if Geant4 lost events; kInterrupted.
SampleResult make_sample(const SampleSettings& settings);

}  // namespace octocal::geant4
