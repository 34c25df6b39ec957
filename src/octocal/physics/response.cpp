// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/response.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "octocal/base/statistics.hpp"
#include "octocal/data/response_shape.hpp"

namespace octocal::physics {
namespace {

struct BlockedValue {
  double response;
  std::uint8_t block;
};

double sparsity(std::span<const double> sorted, double p) noexcept {
  const double step = std::sqrt(p * (1 - p) / static_cast<double>(sorted.size()));
  const double low = std::max(0.0, p - step), high = std::min(1.0, p + step);
  return (quantile(sorted, high) - quantile(sorted, low)) / (high - low);
}

/// Fills the bin's numbers but for the floors.
void describe(std::span<const double> sorted, ResponseBin& bin) {
  bin.showers = sorted.size();
  if (sorted.empty()) return;
  const auto n = static_cast<double>(sorted.size());
  const auto shape = data::response_shape(sorted);
  const double mean = shape.mean, median = shape.median;
  const double std = shape.std * mean, width = 2 * median * shape.core_resolution;
  bin.mean.value = mean;
  bin.median.value = median;
  bin.std.value = shape.std;
  bin.core_resolution.value = shape.core_resolution;
  bin.tail_share.value = shape.tail_share;
  if (sorted.size() < kFewestShowers) return;

  bin.mean.error = std / std::sqrt(n);
  bin.median.error = std::sqrt(quantile_covariance(sorted, 0.5, 0.5));
  double m4 = 0;
  for (const double r : sorted) m4 += std::pow(r - mean, 4) / n;
  bin.std.error = std > 0 ? std::sqrt(std::max(0.0, m4 - std::pow(std, 4)) / n) / (2 * std) / mean : 0;
  // Laplace's share, not the one seen: where no shower is in the tail, that is known to one shower only.
  const double likely = (shape.tail_share * n + 1) / (n + 2);
  bin.tail_share.error = std::sqrt(likely * (1 - likely) / n);
  constexpr std::array<double, 3> kP{0.16, 0.5, 0.84};
  const std::array<double, 3> derivative{-1 / (2 * median), -width / (2 * median * median), 1 / (2 * median)};
  double variance = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t k = 0; k < 3; ++k) {
      variance +=
          derivative[i] * derivative[k] * quantile_covariance(sorted, std::min(kP[i], kP[k]), std::max(kP[i], kP[k]));
    }
  }
  bin.core_resolution.error = std::sqrt(std::max(0.0, variance));
}

constexpr Number ResponseBin::*kNumbers[] = {&ResponseBin::mean, &ResponseBin::median, &ResponseBin::std,
                                             &ResponseBin::core_resolution, &ResponseBin::tail_share};

void set_floors(std::span<const BlockedValue> sorted, ResponseBin& bin) {
  std::array<double, std::size(kNumbers)> squares{};
  int halvings = 0;
  std::array<std::vector<double>, 2> half;
  for (std::size_t h = 0; h < kHalvings; ++h) {
    for (auto& values : half) values.clear();
    for (const auto& value : sorted) half[in_second_half(h, value.block) ? 1 : 0].push_back(value.response);
    if (half[0].empty() || half[1].empty()) continue;
    ++halvings;
    ResponseBin first, second;
    describe(half[0], first);
    describe(half[1], second);
    for (std::size_t i = 0; i < squares.size(); ++i) {
      const double difference = (first.*kNumbers[i]).value - (second.*kNumbers[i]).value;
      squares[i] += difference * difference;
    }
  }
  if (halvings == 0) return;
  for (std::size_t i = 0; i < squares.size(); ++i) (bin.*kNumbers[i]).floor = std::sqrt(squares[i] / halvings);
}

}  // namespace

double quantile_covariance(std::span<const double> sorted, double p, double r) noexcept {
  return p * (1 - r) * sparsity(sorted, p) * sparsity(sorted, r) / static_cast<double>(sorted.size());
}

std::vector<ResponseBin> response_bins(const SampleSums& sample, std::size_t bins, bool with_floors) {
  const EnergyRange& range = sample.frame().energies;
  std::vector<std::vector<BlockedValue>> values(bins);
  for (std::size_t i = 0; i < sample.showers(); ++i) {
    const auto energy = static_cast<double>(sample.energies_gev()[i]);
    if (const auto bin = range.bin(energy, bins)) {
      values[*bin].push_back({static_cast<double>(sample.ecal_gev()[i]) / energy, sample.blocks()[i]});
    }
  }
  std::vector<ResponseBin> result(bins);
  std::vector<double> sorted;
  for (std::size_t b = 0; b < bins; ++b) {
    std::sort(values[b].begin(), values[b].end(),
              [](const BlockedValue& a, const BlockedValue& c) { return a.response < c.response; });
    sorted.clear();
    for (const auto& value : values[b]) sorted.push_back(value.response);
    result[b].energy_low_gev = range.edge_gev(b, bins);
    result[b].energy_high_gev = range.edge_gev(b + 1, bins);
    describe(sorted, result[b]);
    if (with_floors) set_floors(values[b], result[b]);
  }
  return result;
}

}  // namespace octocal::physics
