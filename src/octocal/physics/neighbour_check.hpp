// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "octocal/physics/nearest_showers.hpp"
#include "octocal/physics/number.hpp"

namespace octocal::physics {

/// Showers of a sample that look for their neighbours at most: the check takes all pairs.
inline constexpr std::size_t kMostNeighbours = 2000;

/// Distances from showers to their nearest neighbour: number of showers, smallest, quantile 0.01, median.
struct NeighbourDistances {
  std::uint64_t showers = 0;     ///< that have a neighbour
  double smallest = kUndefined;  ///< distance
  double low = kUndefined;       ///< quantile 0.01
  Number median;                 ///< error: quantile_covariance() in response.hpp
};

/// Does a generator repeat showers that it was trained on?
///
/// | number       | what it is                                                                                      |
/// |--------------|-------------------------------------------------------------------------------------------------|
/// | to_set       | from the sample's showers to the nearest of the set (for the reference: = held_out)              |
/// | held_out     | from Geant4 showers that are not in the set to the nearest of the set                            |
/// | within       | from the sample's showers to the nearest other one of the sample: small if it repeats itself     |
/// | closer       | share of the sample's showers nearer to the set than the 1 % quantile of held_out; 0.01 expected |
/// | copies       | showers nearer to the set than half the smallest held-out distance                               |
/// | in_training  | share of showers whose nearest of training and reference together is a training shower           |
///
/// Only in_training tells a generator that copies from one whose showers are all too average (an average shower is near
/// to every other): without copying each of the n_t + n_r showers has the same chance to be the nearest, so it is
/// p = n_t/(n_t + n_r). Showers with the same nearest neighbour are one draw (n_c of the n showers have neighbour c):
/// error^2 = p (1 - p) sum_c n_c^2 / n^2.
struct NeighbourResult {
  std::string set;                ///< "training", or "reference" where no training showers were given
  std::uint64_t set_showers = 0;  ///< in the set
  unsigned orientations = 1;      ///< in which each pair was compared: 8, or 4 where nx and ny differ
  NeighbourDistances to_set, held_out, within;
  NeighbourDistances geant4_within;  ///< from reference showers to the nearest other one of the reference
  Number closer;
  std::uint64_t copies = 0;
  std::optional<Number> in_training;
  double in_training_expected = kUndefined;  ///< p above
  std::uint64_t overlap = 0;                 ///< reference showers that are in the training set: they are not held out
  bool repeats = false;                      ///< copies, or in_training above its expectation by more than three errors
  std::string sentence;                      ///< for people: what was found
};

/// Distances from each sample to one set: the training showers, or else the reference itself (then a shower is never
/// its own neighbour, and in_training is left out). Holds reference and training. Thread-safe after construction.
class NeighbourCheck {
 public:
  /// Precondition: the same geometry; the reference is not empty.
  NeighbourCheck(ShowerPoints reference, std::optional<ShowerPoints> training);

  NeighbourResult of_reference() const;  ///< of the reference itself: held_out and within
  /// Of a sample. Precondition: the same geometry.
  NeighbourResult of_sample(const ShowerPoints& sample) const;

 private:
  const ShowerPoints& set() const noexcept { return training_ ? *training_ : reference_; }
  NeighbourResult start() const;

  ShowerPoints reference_;
  std::optional<ShowerPoints> training_;
  std::vector<Neighbour> held_out_;
  NeighbourDistances within_reference_;
};

/// Summary of distances, infinite ones (no neighbour) left out.
NeighbourDistances summarise(const std::vector<Neighbour>& neighbours);

}  // namespace octocal::physics
