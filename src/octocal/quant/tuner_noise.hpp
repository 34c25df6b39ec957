// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <vector>

#include "octocal/quant/tuner.hpp"

namespace octocal::quant {

/// How much each layer adds to each quantity, rung by rung, as its trials say. Rounding errors of different layers have
/// little to do with each other, so their powers add up:
///
///     value^2 = sum over layers of power[layer][rung]        (value itself for a quadratic quantity)
///
/// with power 0 in float32. Every trial is an equation in those powers; they are solved for in least squares of relative
/// differences, powers not below 0 and not growing towards finer rungs, by coordinate descent. What no trial tells apart
/// stays near what the trials of whole plans leave for each layer.
class NoiseModel {
 public:
  /// Fits the trials. Precondition: there is one.
  NoiseModel(const TuningProblem& problem, const std::vector<Trial>& trials);

  /// Number of quantities.
  std::size_t quantities() const noexcept { return limits_.size(); }
  /// Of quantity q, layer number l and rung number r of the problem.
  double power(std::size_t q, std::size_t l, std::size_t r) const noexcept { return powers_[q][l * rungs_ + r]; }
  /// The limit of quantity q as a power; negative if nothing meets it, infinite if there is none.
  double limit(std::size_t q) const noexcept { return limits_[q]; }

 private:
  std::size_t rungs_;
  std::vector<std::vector<double>> powers_;
  std::vector<double> limits_;
};

/// A value as a power.
double power_of(const Quantity& quantity, double value) noexcept;

/// The cheapest plan whose predicted powers are within all limits, that costs less than `below`, and that is neither
/// coarser than, nor the same as, a trial that failed. Empty if there is none. Depth-first with bounds, exact up to a
/// million steps, then the best seen; ties go to the lower predicted excess.
model::PrecisionPlan cheapest_within(const TuningProblem& problem, const NoiseModel& noise,
                                     const std::vector<Trial>& trials, double below);

}  // namespace octocal::quant
