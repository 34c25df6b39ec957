// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/cell_texture.hpp"

#include <algorithm>
#include <cmath>

#include "octocal/base/expect.hpp"

namespace octocal::physics {
namespace {

/// The edges as cells are: float.
const std::array<float, kSpectrumBins + 1>& cell_edges() {
  static const auto edges = [] {
    std::array<float, kSpectrumBins + 1> of_cells{};
    for (std::size_t i = 0; i < of_cells.size(); ++i) of_cells[i] = static_cast<float>(spectrum_edges_gev()[i]);
    return of_cells;
  }();
  return edges;
}

}  // namespace

const std::vector<double>& spectrum_edges_gev() {
  static const auto edges = [] {
    std::vector<double> all;
    const double decades = std::log10(kSpectrumHighGev / kSpectrumLowGev);
    for (std::size_t i = 0; i <= kSpectrumBins; ++i)
      all.push_back(kSpectrumLowGev * std::pow(10.0, decades * static_cast<double>(i) / kSpectrumBins));
    return all;
  }();
  return edges;
}

CellTexture::CellTexture(const data::Geometry& geometry)
    : geometry_(geometry), spectrum_(kSpectrumBins + 1), neighbours_(geometry.cells() + 3 * geometry.nz) {}

void CellTexture::add(std::span<const float> cells_gev, std::size_t block) {
  OCTOCAL_EXPECT(cells_gev.size() == geometry_.cells());
  const auto& edges = cell_edges();
  const std::span<double> spectrum = spectrum_.add_shower(block), row = neighbours_.add_shower(block);
  const auto [nx, ny, nz] = std::array{geometry_.nx, geometry_.ny, geometry_.nz};
  double* const pairs = &row[geometry_.cells()];
  for (std::size_t x = 0, i = 0; x < nx; ++x)
    for (std::size_t y = 0; y < ny; ++y)
      for (std::size_t z = 0; z < nz; ++z, ++i) {
        const float cell = cells_gev[i];
        if (!(cell >= data::kCellThresholdGev)) continue;
        // The first edge is the threshold, so that no cell is below it.
        const auto bin = std::upper_bound(edges.begin() + 1, edges.end(), cell) - edges.begin() - 1;
        spectrum[static_cast<std::size_t>(bin)] += 1;
        const auto hit = [&](std::size_t at) { return cells_gev[at] > data::kHitThresholdGev; };
        if (!hit(i)) continue;
        row[i] += 1;
        if (x + 1 < nx && hit(i + ny * nz)) pairs[z] += 1;
        if (y + 1 < ny && hit(i + nz)) pairs[nz + z] += 1;
        if (z + 1 < nz && hit(i + 1)) pairs[2 * nz + z] += 1;
      }
}

void CellTexture::merge(const CellTexture& other) noexcept {
  spectrum_.merge(other.spectrum_);
  neighbours_.merge(other.neighbours_);
}

std::vector<double> neighbour_excess(const data::Geometry& geometry, std::span<const double> neighbours) {
  const auto [nx, ny, nz] = std::array{geometry.nx, geometry.ny, geometry.nz};
  const auto hits = neighbours.first(geometry.cells()), pairs = neighbours.subspan(geometry.cells());
  std::vector<double> independent(3 * nz, 0.0);
  for (std::size_t x = 0, i = 0; x < nx; ++x)
    for (std::size_t y = 0; y < ny; ++y)
      for (std::size_t z = 0; z < nz; ++z, ++i) {
        if (x + 1 < nx) independent[z] += hits[i] * hits[i + ny * nz];
        if (y + 1 < ny) independent[nz + z] += hits[i] * hits[i + nz];
        if (z + 1 < nz) independent[2 * nz + z] += hits[i] * hits[i + 1];
      }
  const auto ratio = [](double together, double apart) { return apart > 0 ? together / apart : kUndefined; };
  std::vector<double> excess, layers;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    double together = 0, apart = 0;
    for (std::size_t k = axis * nz; k < (axis + 1) * nz; ++k) {
      together += pairs[k];
      apart += independent[k];
      layers.push_back(ratio(pairs[k], independent[k]));
    }
    excess.push_back(ratio(together, apart));
  }
  excess.insert(excess.end(), layers.begin(), layers.end());
  return excess;
}

}  // namespace octocal::physics
