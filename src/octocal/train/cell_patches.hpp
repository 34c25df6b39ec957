// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace octocal::train {

/// The cells with energy of some showers, each with the cells around it.
struct CellPatches {
  /// Cells of a patch; numbers a patch; square rings of the image; groups of layers.
  static constexpr std::int64_t kAround = 27, kInputs = kAround + 1, kRings = 5, kGroups = 5;

  /// Of cells (n, nx, ny, nz) in GeV and primary energies (n) in GeV. Pure; errors: those of libtorch.
  static CellPatches of(const at::Tensor& cells_gev, const at::Tensor& energy);

  at::Tensor seen;         ///< (m, kInputs): 0.2 log(1 + cell/1e-5 GeV) of 3x3x3 cells, 10 sqrt(middle cell/Ep)
  at::Tensor ring, group;  ///< (m): shower * kRings + square ring around the middle; shower * kGroups + group of layers
  at::Tensor count;        ///< (n, 1): cells with energy, at least 1
  at::Tensor largest;      ///< (n, 1): root of the largest cell's share of Ep
  at::Tensor log_energy;   ///< (n, 1)
};

}  // namespace octocal::train
