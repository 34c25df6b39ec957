// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "octocal/physics/boosted_trees.hpp"
#include "octocal/physics/number.hpp"

namespace octocal::physics {

/// How far two samples are apart as clouds of points, a point a shower: FPD and KPD of Kansal et al. (Phys. Rev. D 107,
/// 076017), which the package JetNet and CaloChallenge have, on numbers of showers.
///
/// Every number is divided by its largest magnitude in the reference (JetNet's normalisation). With the samples' means
/// m1, m2 and covariances C1, C2 (over n - 1), d numbers a shower, and the kernel k(x, y) = (x y/d + 1)^4:
///
///     frechet = |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))        of Gaussians with these means and covariances
///     kernel  = mean k(x_i, x_j) + mean k(y_i, y_j) - 2 mean k(x_i, y_j)     of all pairs from different blocks
///
/// Of n showers the first is too large by about c/n, even where nothing differs. As in JetNet it is extrapolated along 1/n to
/// infinitely many showers; JetNet draws a line through ten sizes of samples drawn with replacement from some 100,000
/// showers, where drawing again adds the noise that the line takes off. A thousand showers drawn again keep their own
/// c/n, so here the line goes through all n showers and the mean over B = 64 samples that lack one block of
/// both (energy_blocks.hpp) each, which is the jackknife's correction; with many showers both agree:
///
///     value = f - (B - 1) (mean_b f_b - f),     error^2 = (B - 1)/B sum_b (f_b - mean_b f_b)^2
///
/// The second needs no extrapolation; JetNet's median over ten batches of 5,000 is here the one value of all pairs, whose
/// error is the jackknife's and, squares added, that of the mean over pairs of blocks: where nothing differs the distance
/// is quadratic in what chance has moved, the jackknife knows its slope only, and gives almost nothing where that is 0. Pairs within a block are left out, in all three means alike: showers are made at the
/// reference's energies, and x_i and y_i are nearer to each other than x_i and x_j. Both may be below zero by chance.
struct FeatureDistances {
  Number frechet;             ///< FPD: value and error, floor: of halves of the reference
  Number kernel;              ///< KPD: the same
  std::uint64_t showers = 0;  ///< of either sample: those whose numbers are all finite
  std::size_t numbers = 0;    ///< a shower
};

/// Distances of a sample from the reference; row i of a table is of block blocks[i]. Undefined for fewer than 10 showers
/// of either; frechet also for fewer than two for each number. Pure; O(n d^2 + B d^3 + n^2 d),
/// with pairs of the first 2,000 showers of either.
/// Precondition: tables of as many columns, a block for each row.
FeatureDistances feature_distances(const FeatureTable& sample, std::span<const std::uint8_t> sample_blocks,
                                   const FeatureTable& reference, std::span<const std::uint8_t> reference_blocks);

/// The same between halves of the reference, the mean over two balanced halvings of its blocks: zero, but for chance.
FeatureDistances half_distances(const FeatureTable& reference, std::span<const std::uint8_t> blocks);

}  // namespace octocal::physics
