#pragma once
#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#include "octocal/data/energy_response.hpp"

namespace octocal::train {

/// Showers held in memory as tensors: energy (n) in GeV, cells (n, x, y, z) float16 in units of kStoredUnitGev.
///
/// float16 halves the memory; relative error 5e-4, and deposits from 1e-6 GeV to 60 GeV keep it (with the unit below).
struct ShowerSample {
  at::Tensor energy;
  at::Tensor cells;

  std::int64_t size() const { return energy.defined() ? energy.size(0) : 0; }
  /// Cells of the given showers in GeV, float32.
  at::Tensor cells_gev(const at::Tensor& indices) const;
};
inline constexpr double kStoredUnitGev = 1e-3;

/// Training showers and the held-out ones that choose the epoch.
struct TrainingData {
  ShowerSample training;
  ShowerSample validation;
  std::vector<std::string> files;
  std::string hash;  ///< of the files' contents
  double energy_min_gev = 0;
  double energy_max_gev = 0;
  data::EnergyResponse response;  ///< mean ECAL of the training showers
};

/// Reads all showers of the files. A shower belongs to validation if a hash of its contents says so (about
/// `validation_share` of them): it stays there whatever the order or number of files. Errors: bad_input.
TrainingData load_training_data(const std::vector<std::string>& files, double validation_share);

/// One of the eight symmetries of the square in x and y, 0..7: bit 0 flips x, bit 1 flips y, bit 2 swaps them.
/// images: (n, x, y, ...).
at::Tensor transform_transverse(const at::Tensor& images, int symmetry);

}  // namespace octocal::train
