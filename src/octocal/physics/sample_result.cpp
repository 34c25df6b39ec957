// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/sample_result.hpp"

#include <cmath>

#include "octocal/base/expect.hpp"
#include "octocal/physics/cell_results.hpp"
#include "octocal/physics/comparisons.hpp"
#include "octocal/physics/shape_functionals.hpp"

namespace octocal::physics {
namespace {

constexpr const char* kTable3Names[] = {"x_mean", "x_width", "y_mean", "y_width", "z_mean", "z_width"};
constexpr const char* kTable3Labels[] = {"mean of x",  "width of x", "mean of y",
                                         "width of y", "mean of z",  "width of z"};

std::vector<double> copy(std::span<const double> values) { return {values.begin(), values.end()}; }

Curve curve(const std::vector<Number>& pixels, const std::vector<double>& floors, std::size_t first,
            std::size_t count) {
  Curve result;
  for (std::size_t i = first; i < first + count; ++i) {
    result.mean.push_back(pixels[i].value);
    result.error.push_back(pixels[i].error);
    if (!floors.empty()) result.floor.push_back(floors[i]);
  }
  return result;
}

void describe_shapes(const SampleSums& sample, bool with_floors, SampleResult& result) {
  const ShapeLayout layout(sample.frame().geometry);
  const auto pixels = estimate(sample.shapes(), copy);
  const auto floors = with_floors ? halving_rms(sample.shapes(), copy) : std::vector<double>();
  for (std::size_t i = 0; i < 3; ++i) {
    result.profiles[i] = curve(pixels, floors, layout.profile[i], layout.length[i]);
    result.projections[i] = curve(pixels, floors, layout.projection[i], layout.area[i]);
  }
  const Functional table3 = [&](std::span<const double> mean) { return table3_numbers(layout, mean); };
  const auto numbers = estimate(sample.shapes(), table3);
  const auto number_floors = with_floors ? halving_rms(sample.shapes(), table3) : std::vector<double>(6, kUndefined);
  for (std::size_t i = 0; i < 6; ++i) {
    result.table3[i] = {kTable3Names[i], kTable3Labels[i], numbers[i], std::nullopt};
    result.table3[i].number.floor = number_floors[i];
  }
}

std::vector<double> observable_numbers(std::span<const double> moments) {
  std::vector<double> result;
  for (std::size_t f = 0; f < kFeatures; ++f) {
    const auto feature = static_cast<Feature>(f);
    result.push_back(ObservableSums::mean(moments, feature));
    result.push_back(ObservableSums::standard_deviation(moments, feature));
    result.push_back(ObservableSums::spread(moments, feature));
  }
  return result;
}

void describe_observables(const SampleSums& sample, bool with_floors, SampleResult& result) {
  const BlockedSums& moments = sample.observables().moments();
  auto numbers = estimate(moments, observable_numbers);
  if (with_floors) {
    const auto floors = halving_rms(moments, observable_numbers);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i].floor = floors[i];
  }
  for (std::size_t f = 0; f < kFeatures; ++f) {
    const auto feature = static_cast<Feature>(f);
    result.observables.push_back(
        {feature, numbers[3 * f], numbers[3 * f + 1], numbers[3 * f + 2], sample.observables().histogram(feature)});
  }
}

SampleResult describe(const SampleSums& sample, bool with_floors) {
  SampleResult result;
  result.showers = sample.showers();
  describe_shapes(sample, with_floors, result);
  describe_observables(sample, with_floors, result);
  result.response = response_bins(sample, 1, with_floors).front();
  result.response_bins = response_bins(sample, kResponseBins, with_floors);
  result.resolution_bins = response_bins(sample, kResolutionBins, with_floors);
  result.layer_correlation = layer_correlations(sample.frame().geometry.nz, sample.layers().mean());
  describe_texture(sample, with_floors, result);
  return result;
}

void take_floors(const ResponseBin& reference, ResponseBin& bin) {
  bin.mean.floor = reference.mean.floor;
  bin.median.floor = reference.median.floor;
  bin.std.floor = reference.std.floor;
  bin.core_resolution.floor = reference.core_resolution.floor;
  bin.tail_share.floor = reference.tail_share.floor;
}

Number correlation_difference(const SampleSums& sample, const SampleSums& reference) {
  const std::size_t nz = sample.frame().geometry.nz;
  const PairFunctional f = [nz](std::span<const double> a, std::span<const double> b) {
    return std::vector<double>{rms_difference(nz, layer_correlations(nz, a), layer_correlations(nz, b))};
  };
  Number number = estimate(sample.layers(), reference.layers(), sample.paired_with(reference), f).front();
  number.floor = halving_mean(reference.layers(), f).front();
  return number;
}

/// The pair of layers whose correlation is furthest from the reference's.
void find_largest_correlation_difference(const SampleSums& sample, const SampleSums& reference, SampleResult& result) {
  const std::size_t nz = sample.frame().geometry.nz;
  const auto pairs = estimate(sample.layers(), reference.layers(), sample.paired_with(reference),
                              [nz](std::span<const double> a, std::span<const double> b) {
                                auto rho = layer_correlations(nz, a);
                                const auto of_reference = layer_correlations(nz, b);
                                for (std::size_t i = 0; i < rho.size(); ++i) rho[i] -= of_reference[i];
                                return rho;
                              });
  Number largest;
  for (std::size_t k = 0; k < nz; ++k) {
    for (std::size_t l = k + 1; l < nz; ++l) {
      const Number& pair = pairs[k * nz + l];
      if (!std::isfinite(pair.value) || std::abs(pair.value) <= std::abs(largest.value)) continue;
      largest = pair;
      result.layer_correlation_largest_at = {k, l};
    }
  }
  largest.floor =
      halving_mean(reference.layers(), [nz](std::span<const double> a, std::span<const double> b) {
        return std::vector<double>{largest_difference(nz, layer_correlations(nz, a), layer_correlations(nz, b))};
      }).front();
  result.layer_correlation_largest = largest;
}

}  // namespace

SampleResult describe_reference(const SampleSums& reference) { return describe(reference, true); }

SampleResult describe_sample(const SampleSums& sample, const SampleSums& reference, const SampleResult& described) {
  OCTOCAL_EXPECT(sample.frame() == reference.frame());
  SampleResult result = describe(sample, false);
  const ShapeLayout layout(sample.frame().geometry);
  const auto differences = estimate(sample.shapes(), reference.shapes(), sample.paired_with(reference),
                                    [&](std::span<const double> a, std::span<const double> b) {
                                      return relative_differences(table3_numbers(layout, a), table3_numbers(layout, b));
                                    });
  for (std::size_t i = 0; i < result.table3.size(); ++i) {
    const Number& of_reference = described.table3[i].number;
    result.table3[i].number.floor = of_reference.floor;
    result.table3[i].relative_difference = differences[i];
    result.table3[i].relative_difference->floor = of_reference.floor / std::abs(of_reference.value);
  }
  for (std::size_t i = 0; i < result.observables.size(); ++i) {
    result.observables[i].mean.floor = described.observables[i].mean.floor;
    result.observables[i].std.floor = described.observables[i].std.floor;
    result.observables[i].spread.floor = described.observables[i].spread.floor;
  }
  take_floors(described.response, result.response);
  for (std::size_t i = 0; i < kResponseBins; ++i) take_floors(described.response_bins[i], result.response_bins[i]);
  for (std::size_t i = 0; i < kResolutionBins; ++i) {
    take_floors(described.resolution_bins[i], result.resolution_bins[i]);
  }
  for (std::size_t axis = 0; axis < 3; ++axis)
    result.neighbour_excess[axis].floor = described.neighbour_excess[axis].floor;
  result.separation = separation_from(sample, reference);
  result.table4 = projection_mse(sample, reference);
  result.layer_correlation_difference = correlation_difference(sample, reference);
  find_largest_correlation_difference(sample, reference, result);
  result.comparisons = compare_with_reference(sample, result, reference, described);
  return result;
}

}  // namespace octocal::physics
