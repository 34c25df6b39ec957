// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

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

inline constexpr std::int64_t kGlobals = 10;

/// Which column of a shower's features is what, for images of nx x ny x nz cells.
struct FeatureLayout {
  std::int64_t nx = 25, ny = 25, nz = 25;

  std::int64_t columns() const { return kGlobals + nx + ny + 3 * nz; }
  /// globals, z, x, y, hits, radius.
  std::vector<FeatureGroup> groups() const;
};
/// Of showers (n, x, y, z).
FeatureLayout feature_layout(const at::Tensor& cells);

/// Differentiable numbers that describe a shower: what a physicist plots.
///
/// | group   | columns    | what                                                                                       |
/// |---------|------------|--------------------------------------------------------------------------------------------|
/// | globals | 10         | ECAL/Ep, centre of gravity and width along z, x, y, hits above 1e-3, 1e-4, 1e-5 GeV (soft) |
/// | z, x, y | nz, nx, ny | square root of the share of energy in each layer, row, column                              |
/// | hits    | nz         | cells above 1e-4 GeV in each layer (soft)                                                  |
/// | radius  | nz         | root mean square distance from the axis in each layer                                      |
///
/// cells: (n, nx, ny, nz) in GeV, energy: (n) in GeV; result (n, FeatureLayout::columns()).
at::Tensor loss_features(const at::Tensor& cells, const at::Tensor& energy);

/// The features of the showers turned by one of the eight transverse symmetries (training_data.hpp), from their
/// features. Swapping x and y needs as many cells along both.
at::Tensor transform_features(const at::Tensor& features, const FeatureLayout& layout, int symmetry);

/// Takes the dependence on Ep and the natural spread out of features: (f - mean(Ep)) / spread, both fitted to Geant4
/// showers, the mean as a parabola in Ep.
class FeatureScale {
 public:
  FeatureScale(const at::Tensor& features, const at::Tensor& energy, const FeatureLayout& layout);

  at::Tensor standardise(const at::Tensor& features, const at::Tensor& energy) const;

  /// (n, 3): 1, e, (3 e^2 - 1)/2 with e in [-1, 1] over the sample's energies.
  at::Tensor energy_terms(const at::Tensor& energy) const;

 private:
  double centre_ = 0, half_range_ = 1;
  at::Tensor coefficients_;  // (3, features)
  at::Tensor spread_;        // (features)
};

}  // namespace octocal::train
