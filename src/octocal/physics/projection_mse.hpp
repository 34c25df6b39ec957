// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>

#include "octocal/physics/number.hpp"
#include "octocal/physics/sample_sums.hpp"

namespace octocal::physics {

/// Mean squared difference of mean projections (table 4 of the paper). For plane p with pixels i and the mean
/// projections A of the sample, R of the reference (third axis summed):
///
///     mse_p = 1/pixels sum_i (A_p[i] - R_p[i])^2,   mse = sum_p mse_p                       GeV^2
///     relative_p = mse_p / (1/pixels sum_i R_p[i]^2),   relative = mse / sum_p(1/pixels sum_i R_p[i]^2)
///
/// The floor is the mean of the same number between the halves of the reference. It has half the showers on either
/// side: a perfect sample as large as the reference has an expected mse of half the floor.
struct PlaneMse {
  Number mse_gev2;      ///< mse_p
  Number relative_mse;  ///< relative_p
};
/// Table 4 of the paper: the same summed over the planes, and plane by plane.
struct Table4 {
  Number mse_gev2;                 ///< mse
  Number relative_mse;             ///< relative
  std::array<PlaneMse, 3> planes;  ///< xy, xz, yz
};

/// Table 4 of a sample against the reference. Precondition: same frame.
Table4 projection_mse(const SampleSums& sample, const SampleSums& reference);

}  // namespace octocal::physics
