// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>

#include "octocal/physics/number.hpp"
#include "octocal/physics/projection_mse.hpp"
#include "octocal/physics/sample_sums.hpp"

namespace octocal::physics {

/// By how much a number of a sample differs from the same number of a base that was made from the same latents.
struct Change {
  Number difference;      ///< sample - base; its error is that of pairs, in which fluctuations cancel
  double base_error = 0;  ///< statistical error of the base's own number, from its showers alone

  /// difference / base_error: within 1 the two cannot be told apart by as many showers. NaN without an error.
  double in_errors() const noexcept { return difference.value / base_error; }
};

/// Tables 3 and 4 of the paper, of two samples of the same latents.
struct PairedChange {
  std::array<Change, 6> table3;  ///< mean and width of x, y, z, in cells
  std::array<Change, 4> table4;  ///< MSE against the reference of xy, xz, yz and their sum, GeV^2
  Table4 apart;                  ///< MSE of the two samples' projections; no floors
};

/// The reference is taken as it is: its own fluctuations, which both share, are not in the errors. Preconditions: the
/// same frame; the same energies shower by shower.
PairedChange paired_change(const SampleSums& sample, const SampleSums& base, const SampleSums& reference);

}  // namespace octocal::physics
