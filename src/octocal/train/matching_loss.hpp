// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

#include "octocal/train/loss_features.hpp"
#include "octocal/train/tensor_map.hpp"

namespace octocal::train {

/// Compares the mean image of generated showers with Geant4's, cell by cell, at the same energies.
///
/// Three images: v = cell/Ep, sqrt(v) and whether the cell is hit (soft, 1e-4 GeV); Geant4's means are straight lines
/// in Ep, residuals are divided by Geant4's spread from shower to shower. The squared distance is estimated without
/// bias (the terms i = j of the double sum over showers are left out): the plain square of a batch mean holds the
/// showers' own spread / n, and minimising it kills that spread.
class MeanImageLoss {
 public:
  /// Adds showers of the sample: call for all, chunk by chunk, then finish(). cells: (n, x, y, z) in GeV.
  void add(const at::Tensor& cells, const at::Tensor& energy);
  void finish();

  /// Unbiased squared distance per cell, in units of Geant4's spread squared.
  at::Tensor operator()(const at::Tensor& cells, const at::Tensor& energy) const;

 private:
  at::Tensor energy_sums_, sums_, squares_;   // while adding
  at::Tensor coefficients_, inverse_spread_;  // (2, images * cells), (images * cells)
};

}  // namespace octocal::train
