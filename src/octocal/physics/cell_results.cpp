// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/cell_results.hpp"

#include <cmath>

namespace octocal::physics {

void describe_texture(const SampleSums& sample, bool with_floors, SampleResult& result) {
  const Functional all = [](std::span<const double> row) { return std::vector<double>(row.begin(), row.end()); };
  const auto& spectrum = sample.texture().spectrum();
  for (const Number& bin : estimate(spectrum, all)) {
    result.cell_spectrum.mean.push_back(bin.value);
    result.cell_spectrum.error.push_back(bin.error);
  }
  if (with_floors) result.cell_spectrum.floor = halving_rms(spectrum, all);

  result.layer_histograms = sample.histograms().of_layers();

  const auto& geometry = sample.frame().geometry;
  const auto& neighbours = sample.texture().neighbours();
  const Functional excess = [&](std::span<const double> row) { return neighbour_excess(geometry, row); };
  const auto numbers = estimate(neighbours, excess);
  const auto floors = with_floors ? halving_rms(neighbours, excess) : std::vector<double>(numbers.size(), kUndefined);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    result.neighbour_excess[axis] = numbers[axis];
    result.neighbour_excess[axis].floor = floors[axis];
    Curve& layers = result.neighbour_layers[axis];
    for (std::size_t z = 0; z < geometry.nz; ++z) {
      const std::size_t i = 3 + axis * geometry.nz + z;
      layers.mean.push_back(numbers[i].value);
      layers.error.push_back(numbers[i].error);
      if (with_floors) layers.floor.push_back(floors[i]);
    }
  }
}

std::vector<Separation> separation_from(const SampleSums& sample, const SampleSums& reference) {
  const std::size_t nz = sample.frame().geometry.nz;
  const bool paired = sample.paired_with(reference);
  const auto with_floors = [&](const BlockedSums& a, const BlockedSums& b, const PairFunctional& f) {
    auto numbers = estimate(a, b, paired, f);
    const auto floors = halving_mean(b, f);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i].floor = floors[i];
    return numbers;
  };
  const auto numbers =
      with_floors(sample.histograms().counts(), reference.histograms().counts(),
                  [nz](std::span<const double> a, std::span<const double> b) { return separation_numbers(nz, a, b); });
  std::vector<Separation> all{{"response", "ECAL/Ep", numbers[0], {}, {}}};
  for (std::size_t kind = 0; kind < kLayerKinds; ++kind) {
    const auto& info = layer_kind_info(kind);
    Separation of_kind{info.name, info.label, numbers[1 + kind], {}, {}};
    for (std::size_t z = 0; z < nz; ++z) {
      const Number& layer = numbers[1 + kLayerKinds + kind * nz + z];
      of_kind.layers.push_back(layer);
      if (!std::isfinite(layer.value) || (of_kind.worst_layer && layer.value <= of_kind.worst_layer->value)) continue;
      of_kind.worst = z;
      of_kind.worst_layer = layer;
    }
    all.push_back(std::move(of_kind));
  }
  const auto spectrum = with_floors(
      sample.texture().spectrum(), reference.texture().spectrum(),
      [](std::span<const double> a, std::span<const double> b) { return std::vector<double>{separation_power(a, b)}; });
  all.push_back({"cell_spectrum", "spectrum of single cells", spectrum[0], {}, {}});
  return all;
}

}  // namespace octocal::physics
