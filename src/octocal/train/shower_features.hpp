#pragma once
#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

namespace octocal::train {

/// A range of feature columns that are compared together.
struct FeatureGroup {
  std::string name;
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Differentiable numbers that describe a shower: what a physicist plots.
///
/// | group   | columns | what |
/// |---------|---------|-----------------------------------------------------------------------------------------------|
/// | globals | 10      | ECAL/Ep, centre of gravity and width along z, x, y, hits above 1e-3, 1e-4, 1e-5 GeV (soft) |
/// | z, x, y | 25 each | square root of the share of energy in each layer, row, column | | hits    | 25      | cells
/// above 1e-4 GeV in each layer (soft)                                                     | | radius  | 25      | root
/// mean square distance from the axis in each layer                                         |
///
/// cells: (n, 25, 25, 25) = (n, x, y, z) in GeV, energy: (n) in GeV; result (n, kFeatures).
at::Tensor shower_features(const at::Tensor& cells, const at::Tensor& energy);

const std::vector<FeatureGroup>& feature_groups();
inline constexpr std::int64_t kGlobals = 10;
inline constexpr std::int64_t kFeatures = kGlobals + 5 * 25;

/// The features of the showers turned by one of the eight transverse symmetries (training_data.hpp), from their
/// features.
at::Tensor transform_features(const at::Tensor& features, int symmetry);

/// Takes the dependence on Ep and the natural spread out of features: (f - mean(Ep)) / spread, both fitted to Geant4
/// showers, the mean as a parabola in Ep.
class FeatureScale {
 public:
  FeatureScale(const at::Tensor& features, const at::Tensor& energy);

  at::Tensor standardise(const at::Tensor& features, const at::Tensor& energy) const;

  /// (n, 3): 1, e, (3 e^2 - 1)/2 with e in [-1, 1] over the sample's energies.
  at::Tensor energy_terms(const at::Tensor& energy) const;

 private:
  double centre_ = 0, half_range_ = 1;
  at::Tensor coefficients_;  // (3, features)
  at::Tensor spread_;        // (features)
};

}  // namespace octocal::train
