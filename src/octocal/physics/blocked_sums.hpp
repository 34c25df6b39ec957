// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "octocal/physics/energy_blocks.hpp"
#include "octocal/physics/number.hpp"

namespace octocal::physics {

/// Sums over showers of `width` numbers each, kept apart in kBlocks blocks, in double. Memory does not depend on the
/// number of showers. Copyable; one thread at a time; merge sums of several threads at the end.
class BlockedSums {
 public:
  /// Sums of `width` numbers, all 0.
  explicit BlockedSums(std::size_t width);

  /// Counts one more shower in the block and returns the block's sums, to which the caller adds that shower's numbers.
  std::span<double> add_shower(std::size_t block) noexcept;

  /// Adds the other's sums. Precondition: same width.
  void merge(const BlockedSums& other) noexcept;

  std::size_t width() const noexcept { return width_; }  ///< numbers a shower
  std::uint64_t showers() const noexcept;                ///< that were counted
  /// Those of one block.
  std::uint64_t showers(std::size_t block) const noexcept { return counts_[block]; }

  /// Sums divided by the number of showers: all of them, all but one block, one half (side 0 or 1) of a halving.
  /// NaN where there are no showers.
  std::vector<double> mean() const;
  std::vector<double> mean_without(std::size_t block) const;
  std::vector<double> mean_of_half(std::size_t halving, int side) const;

 private:
  template <typename Keep>
  std::vector<double> mean_where(Keep keep) const;

  std::size_t width_;
  std::vector<double> sums_;  ///< (kBlocks, width)
  std::array<std::uint64_t, kBlocks> counts_{};
};

/// Some numbers that follow from the means of one sample, or from those of two.
using Functional = std::function<std::vector<double>(std::span<const double> mean)>;
using PairFunctional = std::function<std::vector<double>(std::span<const double> a, std::span<const double> b)>;

/// value = f(means); error by the delete-one-block jackknife, with B blocks that hold showers:
///
///     error^2 = (B - 1)/B * sum_b (f_b - mean_b f_b)^2,     f_b = f(means without block b)
///
/// The jackknife and not propagation, because means and widths are functions of sums that are strongly correlated (all
/// pixels of a profile move together when a shower starts late) and because it serves every functional alike. It is the
/// error at the given energies (energy_blocks.hpp). NaN for fewer than two blocks.
std::vector<Number> estimate(const BlockedSums& sums, const Functional& f);

/// f of two samples. Paired samples have the same energies shower by shower: then the same block is left out of both at
/// once, and what they share cancels. Otherwise the errors of either sample add in quadrature. Where f is a squared
/// difference that is compatible with zero the jackknife is too large, by up to sqrt(2).
std::vector<Number> estimate(const BlockedSums& a, const BlockedSums& b, bool paired, const PairFunctional& f);

/// Floors: between the two halves of one sample, over the balanced halvings (those with showers in both halves),
/// the root mean square of f(first half) - f(second half), or the mean of f(first half, second half).
std::vector<double> halving_rms(const BlockedSums& sums, const Functional& f);
std::vector<double> halving_mean(const BlockedSums& sums, const PairFunctional& f);

}  // namespace octocal::physics
