#pragma once
#include <ATen/ATen.h>

#include <array>
#include <string>
#include <vector>

namespace octocal::train {

/// What a sample of showers looks like, in the numbers that choose the epoch. Cells below 1e-6 GeV count as zero.
struct PhysicsSummary {
  double y_mean = 0, y_width = 0;  ///< of the sample's mean profile, in cells (design section 5)
  double z_mean = 0, z_width = 0;
  double shower_y_width = 0, shower_z_width = 0;   ///< mean over showers of each shower's width
  double z_centre_spread = 0;                      ///< standard deviation over showers of the centre of gravity
  double z_width_spread = 0, y_width_spread = 0;   ///< standard deviations over showers
  double hits = 0, hits_spread = 0;                ///< cells above 1e-4 GeV: mean; spread of hits/Ep^0.5
  double low_tail = 0;                             ///< share of showers below 0.85 of the median ECAL/Ep
  std::array<double, 4> response{}, resolution{};  ///< mean ECAL/Ep; half the 16-84 % range over the median
};

/// Gathers showers chunk by chunk.
class PhysicsAccumulator {
 public:
  /// Quarters of the energy range for response and resolution.
  PhysicsAccumulator(double energy_min_gev, double energy_max_gev) : low_(energy_min_gev), high_(energy_max_gev) {}

  /// cells (n, x, y, z) in GeV, energy (n) in GeV.
  void add(const at::Tensor& cells, const at::Tensor& energy);
  PhysicsSummary summary() const;

  /// ECAL/Ep and Ep of every shower so far.
  const std::vector<double>& responses() const { return response_; }
  const std::vector<double>& energies() const { return energy_; }

 private:
  double low_, high_;
  at::Tensor y_profile_, z_profile_;
  std::vector<double> energy_, response_, z_centre_, z_width_, y_width_, hits_;
};

/// Distance of two summaries: the mean of |difference| over the limits that we want to reach (issue-independent: means
/// of y and z 0.2 %, widths 1 %, response 0.3 %, resolution, spreads 8 %, hits 1.5 %), each capped at 20. Smaller is
/// better.
double physics_score(const PhysicsSummary& generated, const PhysicsSummary& geant4);

/// A JSON object of the summary's numbers.
std::string to_json(const PhysicsSummary& summary);

}  // namespace octocal::train
