// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/shower_features.hpp"

#include <algorithm>
#include <cmath>

#include "octocal/base/expect.hpp"
#include "octocal/physics/number.hpp"

namespace octocal::physics {
namespace {

constexpr std::array<FeatureInfo, kFeatures> kInfo{{
    {"ecal_over_energy", "ECAL / Ep", "1"},
    {"hits", "cells above 1e-4 GeV", "cells"},
    {"cells", "cells above zero", "cells"},
    {"x_centre", "centre of gravity in x", "cells"},
    {"y_centre", "centre of gravity in y", "cells"},
    {"z_centre", "centre of gravity in z", "cells"},
    {"x_width", "width in x", "cells"},
    {"y_width", "width in y", "cells"},
    {"z_width", "width in z", "cells"},
}};

/// Centre and width of the index weighted by a profile.
std::array<double, 2> moments(std::span<const double> profile) noexcept {
  double sum = 0, first = 0;
  for (std::size_t i = 0; i < profile.size(); ++i) {
    sum += profile[i];
    first += static_cast<double>(i) * profile[i];
  }
  if (!(sum > 0)) return {kUndefined, kUndefined};
  const double centre = first / sum;
  double second = 0;
  for (std::size_t i = 0; i < profile.size(); ++i) {
    const double distance = static_cast<double>(i) - centre;
    second += distance * distance * profile[i];
  }
  return {centre, std::sqrt(second / sum)};
}

}  // namespace

const FeatureInfo& feature_info(Feature feature) noexcept { return kInfo[static_cast<std::size_t>(feature)]; }

ShapeLayout::ShapeLayout(const data::Geometry& g) noexcept
    : profile{0, g.nx, g.nx + g.ny}, length{g.nx, g.ny, g.nz}, area{g.nx * g.ny, g.nx * g.nz, g.ny * g.nz} {
  const std::size_t profiles = g.nx + g.ny + g.nz;
  projection = {profiles, profiles + area[0], profiles + area[0] + area[1]};
  width = projection[2] + area[2];
}

ShowerView::ShowerView(const data::Geometry& geometry) : geometry_(geometry), shapes_(ShapeLayout(geometry).width) {}

std::span<const double> ShowerView::layers_gev() const noexcept {
  return std::span(shapes_).subspan(geometry_.nx + geometry_.ny, geometry_.nz);
}

void ShowerView::look(float energy_gev, std::span<const float> cells_gev) noexcept {
  OCTOCAL_EXPECT(cells_gev.size() == geometry_.cells());
  const ShapeLayout layout(geometry_);
  const std::size_t nz = geometry_.nz;
  std::fill(shapes_.begin(), shapes_.end(), 0.0);
  double* const profile[3] = {&shapes_[layout.profile[0]], &shapes_[layout.profile[1]], &shapes_[layout.profile[2]]};
  double* const xy = &shapes_[layout.projection[0]];
  std::size_t hits = 0, cells = 0;
  for (std::size_t x = 0; x < geometry_.nx; ++x) {
    double* const xz = &shapes_[layout.projection[1] + x * nz];
    for (std::size_t y = 0; y < geometry_.ny; ++y) {
      double* const yz = &shapes_[layout.projection[2] + y * nz];
      const float* const column = cells_gev.data() + (x * geometry_.ny + y) * nz;
      double sum = 0;
      for (std::size_t z = 0; z < nz; ++z) {
        const bool seen = column[z] >= data::kCellThresholdGev;
        const double cell = seen ? static_cast<double>(column[z]) : 0.0;
        cells += seen ? 1 : 0;
        hits += column[z] > data::kHitThresholdGev ? 1 : 0;
        xz[z] += cell;
        yz[z] += cell;
        sum += cell;
      }
      xy[x * geometry_.ny + y] = sum;
      profile[0][x] += sum;
      profile[1][y] += sum;
    }
    for (std::size_t z = 0; z < nz; ++z) profile[2][z] += xz[z];
  }

  energy_gev_ = static_cast<double>(energy_gev);
  ecal_gev_ = 0;
  for (std::size_t x = 0; x < geometry_.nx; ++x) ecal_gev_ += profile[0][x];
  auto set = [this](Feature feature, double value) { features_[static_cast<std::size_t>(feature)] = value; };
  set(Feature::kEcalOverEnergy, ecal_gev_ / energy_gev_);
  set(Feature::kHits, static_cast<double>(hits));
  set(Feature::kCells, static_cast<double>(cells));
  constexpr Feature kCentres[] = {Feature::kXCentre, Feature::kYCentre, Feature::kZCentre};
  constexpr Feature kWidths[] = {Feature::kXWidth, Feature::kYWidth, Feature::kZWidth};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto [centre, width] = moments(std::span(profile[axis], layout.length[axis]));
    set(kCentres[axis], centre);
    set(kWidths[axis], width);
  }
}

}  // namespace octocal::physics
