// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace octocal::train {

/// What a sample of showers looks like, in the numbers that choose the epoch. Cells below 1e-6 GeV count as zero.
struct PhysicsSummary {
  double y_mean = 0, y_width = 0;  ///< of the sample's mean profile, in cells (docs/physics.md)
  double z_mean = 0, z_width = 0;
  double shower_y_width = 0, shower_z_width = 0;   ///< mean over showers of each shower's width
  double z_centre_spread = 0;                      ///< standard deviation over showers of the centre of gravity
  double z_width_spread = 0, y_width_spread = 0;   ///< standard deviations over showers
  double hits = 0, hits_spread = 0;                ///< cells above 1e-4 GeV: mean; spread of hits/Ep^0.5
  double low_tail = 0;                             ///< share of showers below data::kTailFraction of the median ECAL/Ep
  std::array<double, 4> response{}, resolution{};  ///< mean ECAL/Ep; half the 16-84 % range over the median
};

/// One number of a summary: its name in metrics.jsonl, and by how much of itself it may be off (0: shown, not scored).
struct PhysicsQuantity {
  std::string name;
  double value = 0;
  double limit = 0;
};
/// All of them, always in the same order.
std::vector<PhysicsQuantity> physics_quantities(const PhysicsSummary& summary);

/// Gathers showers chunk by chunk, in groups so that errors can be told.
class PhysicsAccumulator {
 public:
  static constexpr std::int64_t kGroups = 16;  ///< of the jackknife; shower i belongs to group i % kGroups

  /// Quarters of the energy range for response and resolution.
  PhysicsAccumulator(double energy_min_gev, double energy_max_gev) : low_(energy_min_gev), high_(energy_max_gev) {}

  /// cells (n, x, y, z) in GeV, energy (n) in GeV; on any device.
  void add(const at::Tensor& cells, const at::Tensor& energy);
  /// Of all showers, or of all but one group.
  PhysicsSummary summary(std::int64_t without_group = -1) const;
  /// Groups that have showers: as many as there are showers, kGroups at most.
  std::int64_t groups() const { return std::min(kGroups, static_cast<std::int64_t>(energy_.size())); }
  /// Statistical error of each of physics_quantities(summary()): jackknife over the groups.
  std::vector<double> errors() const;

  /// ECAL/Ep and Ep of every shower so far.
  const std::vector<double>& responses() const { return response_; }
  const std::vector<double>& energies() const { return energy_; }

 private:
  double low_, high_;
  at::Tensor y_profiles_, z_profiles_;  // (kGroups, n) sums
  std::vector<double> energy_, response_, z_centre_, z_width_, y_width_, hits_;
};

/// Distance of two summaries: the mean of |difference| over the limits that we want to reach (means of y and z
/// 0.2 %, widths 1 %, response 0.3 %, resolution, spreads 8 %, hits 1.5 %), each capped at 20. Smaller is better.
double physics_score(const PhysicsSummary& generated, const PhysicsSummary& geant4);

/// The score with its statistical error: jackknife over both samples.
struct PhysicsScore {
  double value = 0;
  double error = 0;
};
PhysicsScore physics_score(const PhysicsAccumulator& generated, const PhysicsAccumulator& geant4);

/// How much showers differ from one another, Geant4 being 1: geometric mean of the ratios of the four spreads
/// (z centre, z width, y width, hits). 0: all alike.
double diversity(const PhysicsSummary& generated, const PhysicsSummary& geant4);

/// A JSON object of the summary's numbers.
std::string to_json(const PhysicsSummary& summary);
/// The same names with the errors.
std::string errors_to_json(const PhysicsSummary& summary, const std::vector<double>& errors);

}  // namespace octocal::train
