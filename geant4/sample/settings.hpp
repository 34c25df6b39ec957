// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "calorimeter/calorimeter.hpp"

namespace octocal::geant4 {

/// What is simulated. Same settings (but for threads and per_file): same showers, whatever part of them is asked for.
struct SampleSettings {
  Calorimeter calorimeter;
  std::string particle = "e-";  ///< Geant4's name
  double energy_min_gev = 100;  ///< energies are uniform from here
  double energy_max_gev = 500;  ///< to here
  double polar_deg = 0;         ///< between the particle and the calorimeter's axis
  double azimuth_deg = 0;       ///< from the x axis to the y axis
  std::uint64_t seed = 1;       ///< event n of a seed is the same in every run
  std::uint64_t first_event = 0;
  std::uint64_t events = 1000;
  std::uint64_t per_file = 0;  ///< events in a file, which is begun at multiples of this; 0: all in one
  int threads = 1;
  std::string physics = "opt0";       ///< see make_physics()
  double cut_mm = 0.7;                ///< production cut of gammas, electrons and positrons
  std::vector<std::string> commands;  ///< of Geant4's, before it is initialised
  std::string fast_model;             ///< generator that takes over where it can; "": none
  std::string output;                 ///< HDF5
};

/// One output file.
struct SamplePart {
  std::string file;
  std::uint64_t first_event = 0;
  std::uint64_t events = 0;
};

/// The files of a sample: one of the output's name, or `electrons_007.h5` for event 7 * per_file and its followers.
std::vector<SamplePart> parts_of(const SampleSettings& settings);

/// All that decides the numbers of a part and that the settings say, one `key = value` a line.
std::string recipe_of(const SampleSettings& settings, const SamplePart& part);

}  // namespace octocal::geant4
