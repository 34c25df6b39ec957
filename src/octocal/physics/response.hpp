// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "octocal/physics/energy_range.hpp"
#include "octocal/physics/number.hpp"
#include "octocal/physics/sample_sums.hpp"

namespace octocal::physics {

/// The distribution of the response R = ECAL/Ep of the showers in a bin of energies (data/response_shape.hpp) with its
/// errors. NaN where it is empty.
///
/// | number          | value                                | error                                            |
/// |-----------------|--------------------------------------|--------------------------------------------------|
/// | mean            | mean of R                            | std/sqrt(n)                                      |
/// | median          | Q(0.5)                               | order statistics, see quantile_covariance        |
/// | std             | standard deviation of R over mean    | sqrt((m4 - std^4)/n) / (2 std), over mean        |
/// | core_resolution | (Q(0.84) - Q(0.16)) / 2 / Q(0.5)     | propagated from the covariance of the quantiles  |
/// | tail_share      | share of showers with R < 0.85 Q(0.5)| sqrt(p (1 - p)/n), p = (number + 1)/(n + 2)      |
///
/// Errors hold at about fixed energy: the response hardly depends on Ep within a bin. There are none from fewer than
/// kFewestShowers showers. Floors: root mean square difference between the halves of the balanced halvings.
struct ResponseBin {
  double energy_low_gev = 0;
  double energy_high_gev = 0;
  std::uint64_t showers = 0;
  Number mean, median, std, core_resolution, tail_share;
};

/// `bins` bins over the frame's energy range; with_floors takes 63 times as long.
std::vector<ResponseBin> response_bins(const SampleSums& sample, std::size_t bins, bool with_floors);

/// Covariance of two sample quantiles, p <= r:  p (1 - r) s(p) s(r) / n, with the sparsity s = dQ/dp measured as the
/// slope of Q over one standard deviation of the rank to either side.
double quantile_covariance(std::span<const double> sorted, double p, double r) noexcept;

}  // namespace octocal::physics
