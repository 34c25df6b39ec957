// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/shower_histograms.hpp"

#include <algorithm>
#include <cmath>

#include "octocal/base/expect.hpp"

namespace octocal::physics {
namespace {

constexpr std::array<LayerKindInfo, kLayerKinds> kKindInfo{
    {{"layer_energy", "energies of layers over Ep"},
     {"layer_x_centre", "centres of layers in x"},
     {"layer_y_centre", "centres of layers in y"},
     {"layer_x_width", "widths of layers in x"},
     {"layer_y_width", "widths of layers in y"},
     {"layer_sparsity", "share of a layer's cells with energy"}}};
constexpr std::size_t kRow = kLayerBins + 3, kBelow = kLayerBins, kAbove = kLayerBins + 1, kEmpty = kLayerBins + 2;

/// Sums over a layer's cells.
struct LayerSums {
  double energy = 0, x = 0, xx = 0, y = 0, yy = 0, cells = 0;
};

/// All numbers of a shower in the order of LayerRanges; NaN for a layer without energy.
void look(const data::Geometry& g, float energy_gev, std::span<const float> cells_gev, std::vector<LayerSums>& layers,
          std::vector<double>& values) {
  layers.assign(g.nz, {});
  for (std::size_t x = 0; x < g.nx; ++x)
    for (std::size_t y = 0; y < g.ny; ++y) {
      const float* const column = cells_gev.data() + (x * g.ny + y) * g.nz;
      const auto at_x = static_cast<double>(x), at_y = static_cast<double>(y);
      for (std::size_t z = 0; z < g.nz; ++z) {
        if (!(column[z] >= data::kCellThresholdGev)) continue;
        const auto cell = static_cast<double>(column[z]);
        LayerSums& layer = layers[z];
        layer.energy += cell;
        layer.x += at_x * cell;
        layer.xx += at_x * at_x * cell;
        layer.y += at_y * cell;
        layer.yy += at_y * at_y * cell;
        layer.cells += 1;
      }
    }
  values.assign(1 + kLayerKinds * g.nz, kUndefined);
  double ecal = 0;
  for (std::size_t z = 0; z < g.nz; ++z) {
    const LayerSums& layer = layers[z];
    ecal += layer.energy;
    const auto put = [&](std::size_t kind, double value) { values[1 + kind * g.nz + z] = value; };
    put(5, layer.cells / static_cast<double>(g.nx * g.ny));
    if (!(layer.energy > 0)) continue;
    const double x = layer.x / layer.energy, y = layer.y / layer.energy;
    put(0, std::log10(layer.energy / static_cast<double>(energy_gev)));
    put(1, x);
    put(2, y);
    put(3, std::sqrt(std::max(0.0, layer.xx / layer.energy - x * x)));
    put(4, std::sqrt(std::max(0.0, layer.yy / layer.energy - y * y)));
  }
  values[0] = ecal / static_cast<double>(energy_gev);
}

}  // namespace

const LayerKindInfo& layer_kind_info(std::size_t kind) noexcept { return kKindInfo[kind]; }

LayerRanges layer_ranges(const data::ShowerBatch& batch) {
  std::vector<LayerSums> layers;
  std::vector<double> values;
  LayerRanges ranges(1 + kLayerKinds * batch.geometry.nz, {HUGE_VAL, -HUGE_VAL});
  for (std::size_t i = 0; i < batch.size(); ++i) {
    look(batch.geometry, batch.energy_gev[i], batch.shower(i), layers, values);
    for (std::size_t k = 0; k < ranges.size(); ++k) {
      if (!std::isfinite(values[k])) continue;
      ranges[k].low = std::min(ranges[k].low, values[k]);
      ranges[k].high = std::max(ranges[k].high, values[k]);
    }
  }
  for (auto& range : ranges) {
    if (!(range.low <= range.high)) range = {0, 1};
    // A single value still needs an axis of some length.
    const double spare = std::max(0.1 * (range.high - range.low), 1e-3 * std::abs(range.high) + 1e-9);
    range.low -= spare;
    range.high += spare;
  }
  return ranges;
}

ShowerHistograms::ShowerHistograms(const data::Geometry& geometry, LayerRanges ranges)
    : geometry_(geometry), ranges_(std::move(ranges)), counts_((1 + kLayerKinds * geometry.nz) * kRow) {
  OCTOCAL_EXPECT(ranges_.size() == 1 + kLayerKinds * geometry.nz);
}

void ShowerHistograms::add(float energy_gev, std::span<const float> cells_gev, std::size_t block) {
  OCTOCAL_EXPECT(cells_gev.size() == geometry_.cells());
  std::vector<LayerSums> layers;
  std::vector<double> values;
  look(geometry_, energy_gev, cells_gev, layers, values);
  const std::span<double> row = counts_.add_shower(block);
  for (std::size_t k = 0; k < ranges_.size(); ++k) {
    const double share = (values[k] - ranges_[k].low) / (ranges_[k].high - ranges_[k].low);
    std::size_t bin = kEmpty;
    if (std::isfinite(values[k]))
      bin = share < 0    ? kBelow
            : share >= 1 ? kAbove
                         : static_cast<std::size_t>(share * static_cast<double>(kLayerBins));
    row[k * kRow + bin] += 1;
  }
}

std::vector<LayerHistogram> ShowerHistograms::of_layers() const {
  const auto shares = counts_.mean();
  const auto showers = static_cast<double>(counts_.showers());
  std::vector<LayerHistogram> histograms;
  for (std::size_t k = 1; k < ranges_.size(); ++k) {
    const auto count = [&](std::size_t bin) {
      return showers > 0 ? static_cast<std::uint64_t>(std::llround(shares[k * kRow + bin] * showers)) : 0;
    };
    LayerHistogram histogram{ranges_[k].low, ranges_[k].high, {}, count(kBelow), count(kAbove), count(kEmpty)};
    for (std::size_t bin = 0; bin < kLayerBins; ++bin) histogram.counts.push_back(count(bin));
    histograms.push_back(std::move(histogram));
  }
  return histograms;
}

void ShowerHistograms::merge(const ShowerHistograms& other) noexcept {
  OCTOCAL_EXPECT(other.ranges_ == ranges_);
  counts_.merge(other.counts_);
}

double separation_power(std::span<const double> a, std::span<const double> b) noexcept {
  OCTOCAL_EXPECT(a.size() == b.size());
  double sum_a = 0, sum_b = 0, separation = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum_a += a[i];
    sum_b += b[i];
  }
  if (!(sum_a > 0) || !(sum_b > 0)) return kUndefined;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double p = a[i] / sum_a, q = b[i] / sum_b;
    if (p + q > 0) separation += 0.5 * (p - q) * (p - q) / (p + q);
  }
  return separation;
}

std::vector<double> separation_numbers(std::size_t nz, std::span<const double> a, std::span<const double> b) {
  const auto of = [&](std::size_t histogram) {
    return separation_power(a.subspan(histogram * kRow, kRow), b.subspan(histogram * kRow, kRow));
  };
  std::vector<double> numbers{of(0)};
  std::vector<double> layers;
  for (std::size_t kind = 0; kind < kLayerKinds; ++kind) {
    double sum = 0, count = 0;
    for (std::size_t z = 0; z < nz; ++z) {
      layers.push_back(of(1 + kind * nz + z));
      if (!std::isfinite(layers.back())) continue;
      sum += layers.back();
      count += 1;
    }
    numbers.push_back(count > 0 ? sum / count : kUndefined);
  }
  numbers.insert(numbers.end(), layers.begin(), layers.end());
  return numbers;
}

}  // namespace octocal::physics
