// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "octocal/data/shower_batch.hpp"

namespace octocal::physics {

/// What is measured on each shower; feature_info() says how it is called.
enum class Feature { kEcalOverEnergy, kHits, kCells, kXCentre, kYCentre, kZCentre, kXWidth, kYWidth, kZWidth };
inline constexpr std::size_t kFeatures = 9;  ///< how many they are

/// How a feature is called.
struct FeatureInfo {
  const char* name;   ///< as in the JSON: "z_centre"
  const char* label;  ///< for people: "centre of gravity in z"
  const char* unit;   ///< "cells", "1"
};
/// The names of a feature.
const FeatureInfo& feature_info(Feature feature) noexcept;

/// One shower, summed: profiles and projections in GeV and its features. Cells below data::kCellThresholdGev count as
/// zero, hits are cells above data::kHitThresholdGev. Centre and width of a shower without energy are NaN.
///
///     centre_z = sum_k k E_k / sum_k E_k,  width_z = sqrt(sum_k (k - centre_z)^2 E_k / sum_k E_k),  E_k = layer energy
class ShowerView {
 public:
  /// Of showers of these cells; looks at none yet.
  explicit ShowerView(const data::Geometry& geometry);

  /// Looks at another shower. Does not allocate. Precondition: cells has geometry.cells() values.
  void look(float energy_gev, std::span<const float> cells_gev) noexcept;

  /// Ep, ECAL and a feature of the shower.
  double energy_gev() const noexcept { return energy_gev_; }
  double ecal_gev() const noexcept { return ecal_gev_; }
  double feature(Feature feature) const noexcept { return features_[static_cast<std::size_t>(feature)]; }

  /// Profiles and projections in one row: x, y, z, xy, xz, yz; see ShapeLayout.
  std::span<const double> shapes() const noexcept { return shapes_; }
  /// ECAL of each layer (nz).
  std::span<const double> layers_gev() const noexcept;

 private:
  data::Geometry geometry_;
  double energy_gev_ = 0;
  double ecal_gev_ = 0;
  std::array<double, kFeatures> features_{};
  std::vector<double> shapes_;
};

/// Where the parts of a row of shapes lie: profiles x, y, z, then projections xy, xz, yz in C order.
struct ShapeLayout {
  /// Of showers of these cells.
  explicit ShapeLayout(const data::Geometry& geometry) noexcept;
  std::array<std::size_t, 3> profile;     ///< first index of x, y, z
  std::array<std::size_t, 3> projection;  ///< first index of xy, xz, yz
  std::array<std::size_t, 3> length;      ///< nx, ny, nz
  std::array<std::size_t, 3> area;        ///< pixels of xy, xz, yz
  std::size_t width;                      ///< of the whole row
};

}  // namespace octocal::physics
