// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/comparisons.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "octocal/physics/limits.hpp"
#include "octocal/physics/shape_functionals.hpp"

namespace octocal::physics {
namespace {

/// Pixels at each end of a profile that are judged apart: little energy, large relative errors.
constexpr std::size_t kEndPixels = 2;

/// Relative difference of two numbers of independent samples.
Number relative(const Number& a, const Number& b) {
  const double difference = (a.value - b.value) / b.value;
  const double error = std::hypot(a.error / b.value, a.value * b.error / (b.value * b.value));
  return {difference, error, b.floor / std::abs(b.value)};
}

/// Gathers the numbers of a quantity that has several, and tells the worst of those that have an error.
class Worst {
 public:
  Worst(std::string quantity, std::string label) : comparison_{std::move(quantity), std::move(label), {}, ""} {}

  void add(const Number& number, const std::string& where) {
    if (!std::isfinite(number.value)) return;
    if (std::isfinite(number.error))
      comparison_.parts.push_back({number, where});
    else
      add_unjudged(number, where);
  }
  /// One that cannot be judged: without an error, or even without a value.
  void add_unjudged(const Number& number, const std::string& where) {
    if (comparison_.unjudged++ > 0) return;
    comparison_.number = number;
    comparison_.where = where;
  }
  /// Nothing, where there is no such part in this calorimeter (four pixels are all ends).
  void move_to(std::vector<Comparison>& list) {
    if (comparison_.parts.empty() && comparison_.unjudged == 0) return;
    if (!comparison_.parts.empty()) {
      const ComparedPart& worst = worst_part(comparison_.parts, allowed_errors(1, comparison_.parts.size()));
      comparison_.number = worst.number;
      comparison_.where = worst.where;
    }
    list.push_back(std::move(comparison_));
  }

 private:
  Comparison comparison_;
};

/// Of a comparison of too few showers: it has no error, in no part.
void forget_errors(Comparison& comparison) {
  comparison.number.error = kUndefined;
  comparison.unjudged += comparison.parts.size();
  comparison.parts.clear();
}

void add_one(std::vector<Comparison>& list, const char* quantity, const char* label, const Number& number) {
  list.push_back({quantity, label, std::isfinite(number.value) ? number : Number{}, ""});
}

void add_bins(std::vector<Comparison>& list, const char* quantity, const char* label,
              const std::vector<ResponseBin>& bins, const std::vector<ResponseBin>& reference,
              Number ResponseBin::*number) {
  Worst worst(quantity, label);
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const auto where = fmt::format("{:.0f}-{:.0f} GeV", bins[i].energy_low_gev, bins[i].energy_high_gev);
    const Number difference = relative(bins[i].*number, reference[i].*number);
    if (reference[i].showers > 0 && !std::isfinite(difference.value))
      worst.add_unjudged({}, where);
    else
      worst.add(difference, where);
  }
  worst.move_to(list);
}

void add_profiles(std::vector<Comparison>& list, const SampleSums& sample, const SampleSums& reference,
                  const SampleResult& described) {
  const ShapeLayout layout(sample.frame().geometry);
  const auto pixels = estimate(sample.shapes(), reference.shapes(), sample.paired_with(reference),
                               [&](std::span<const double> a, std::span<const double> b) {
                                 const std::size_t n = layout.projection[0];
                                 return relative_differences(a.first(n), b.first(n));
                               });
  for (std::size_t axis = 1; axis < 3; ++axis) {
    const std::string name = kAxisNames[axis];
    Worst inner("profile_" + name, "profile in " + name);
    Worst ends("profile_" + name + "_ends", "ends of the profile in " + name);
    const Curve& profile = described.profiles[axis];
    for (std::size_t i = 0; i < layout.length[axis]; ++i) {
      Number number = pixels[layout.profile[axis] + i];
      number.floor = profile.floor[i] / profile.mean[i];
      const bool at_end = i < kEndPixels || i + kEndPixels >= layout.length[axis];
      (at_end ? ends : inner).add(number, fmt::format("{} = {}", name, i));
    }
    inner.move_to(list);
    ends.move_to(list);
  }
}

void add_observables(std::vector<Comparison>& list, const SampleSums& sample, const SampleSums& reference,
                     const SampleResult& described) {
  struct Row {
    const char* quantity;
    const char* label;
    Feature feature;
    bool spread;
  };
  constexpr Row kRows[] = {{"hits_mean", "mean number of hits", Feature::kHits, false},
                           {"z_centre_spread", "spread of the centre of gravity in z", Feature::kZCentre, true},
                           {"z_width_spread", "spread of the width in z", Feature::kZWidth, true},
                           {"y_width_spread", "spread of the width in y", Feature::kYWidth, true},
                           {"hits_spread", "spread of the number of hits", Feature::kHits, true}};
  const auto numbers = [&](std::span<const double> moments) {
    std::vector<double> values;
    for (const Row& row : kRows) {
      values.push_back(row.spread ? ObservableSums::spread(moments, row.feature)
                                  : ObservableSums::mean(moments, row.feature));
    }
    return values;
  };
  const auto differences =
      estimate(sample.observables().moments(), reference.observables().moments(), sample.paired_with(reference),
               [&](std::span<const double> a, std::span<const double> b) {
                 return relative_differences(numbers(a), numbers(b));
               });
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    const Observable& observable = described.observables[static_cast<std::size_t>(kRows[i].feature)];
    const Number& of_reference = kRows[i].spread ? observable.spread : observable.mean;
    Number number = differences[i];
    number.floor = of_reference.floor / std::abs(of_reference.value);
    add_one(list, kRows[i].quantity, kRows[i].label, number);
  }
}

/// The spectrum of cells in twelve bins, and the excess of neighbouring hits.
void add_texture(std::vector<Comparison>& list, const SampleSums& sample, const SampleSums& reference,
                 const SampleResult& described) {
  const auto wide = [](std::span<const double> row) {
    std::vector<double> sums(kSpectrumBins / kSpectrumBinsJudgedTogether, 0.0);
    for (std::size_t i = 0; i < kSpectrumBins; ++i) sums[i / kSpectrumBinsJudgedTogether] += row[i];
    return sums;
  };
  const bool paired = sample.paired_with(reference);
  const PairFunctional differences = [&](std::span<const double> a, std::span<const double> b) {
    return relative_differences(wide(a), wide(b));
  };
  const auto bins = estimate(sample.texture().spectrum(), reference.texture().spectrum(), paired, differences);
  const auto floors = halving_mean(reference.texture().spectrum(), [&](auto a, auto b) {
    auto squares = differences(a, b);
    for (double& value : squares) value *= value;
    return squares;
  });
  Worst spectrum("cell_spectrum", "spectrum of single cells in twelve bins");
  for (std::size_t i = 0; i < bins.size(); ++i) {
    Number number = bins[i];
    number.floor = std::sqrt(floors[i]);
    const auto edge = [&](std::size_t k) { return spectrum_edges_gev()[k * kSpectrumBinsJudgedTogether]; };
    spectrum.add(number, fmt::format("{:.2g} to {:.2g} GeV", edge(i), edge(i + 1)));
  }
  spectrum.move_to(list);

  const auto& geometry = sample.frame().geometry;
  const auto excess = estimate(sample.texture().neighbours(), reference.texture().neighbours(), paired,
                               [&](std::span<const double> a, std::span<const double> b) {
                                 auto of_sample = neighbour_excess(geometry, a);
                                 const auto of_reference = neighbour_excess(geometry, b);
                                 for (std::size_t i = 0; i < 3; ++i) of_sample[i] -= of_reference[i];
                                 of_sample.resize(3);
                                 return of_sample;
                               });
  for (std::size_t axis = 0; axis < 3; ++axis) {
    Number number = excess[axis];
    number.floor = described.neighbour_excess[axis].floor;
    const std::string name = kAxisNames[axis];
    add_one(list, ("neighbours_" + name).c_str(), ("neighbouring hits over independent ones along " + name).c_str(),
            number);
  }
}

}  // namespace

std::vector<Comparison> compare_with_reference(const SampleSums& sample, const SampleResult& result,
                                               const SampleSums& reference, const SampleResult& described) {
  std::vector<Comparison> list;
  for (std::size_t i = 2; i < result.table3.size(); ++i) {
    const Table3Row& row = result.table3[i];
    add_one(list, row.name.c_str(), row.label.c_str(), *row.relative_difference);
  }
  add_profiles(list, sample, reference, described);
  add_one(list, "response", "ECAL response", relative(result.response.mean, described.response.mean));
  add_bins(list, "response_bins", "ECAL response in ten energy bins", result.response_bins, described.response_bins,
           &ResponseBin::mean);
  add_one(list, "core_resolution", "core resolution",
          relative(result.response.core_resolution, described.response.core_resolution));
  add_bins(list, "resolution_bins", "core resolution in four energy bins", result.resolution_bins,
           described.resolution_bins, &ResponseBin::core_resolution);
  add_one(list, "tail_share", "share of showers below 0.85 of the median response",
          relative(result.response.tail_share, described.response.tail_share));
  add_observables(list, sample, reference, described);
  add_texture(list, sample, reference, described);
  const Number& mse = result.table4->mse_gev2;
  add_one(list, "mse_over_floor", "MSE of projections over its floor",
          {mse.value / mse.floor, mse.error / mse.floor, 1});
  add_one(list, "layer_correlation", "correlations between layers (rms difference)",
          *result.layer_correlation_difference);
  if (const Number& largest = *result.layer_correlation_largest; std::isfinite(largest.value)) {
    const LayerPair& at = result.layer_correlation_largest_at;
    list.push_back({"layer_correlation_largest", "correlations between layers (largest difference)", largest,
                    fmt::format("layers {} and {}", at.first, at.second)});
  }
  if (std::min(sample.showers(), reference.showers()) < kFewestShowers) {
    for (Comparison& comparison : list) forget_errors(comparison);
  }
  return list;
}

void add_classifier_comparison(SampleResult& result, const std::string& quantity) {
  struct Entry {
    std::optional<ClassifierResult> SampleResult::*classifier;
    const char* label;
  };
  const Entry entry =
      quantity == "auc_profiles"
          ? Entry{&SampleResult::classifier_profiles, "AUC of a classifier on profiles and moments"}
      : quantity == "auc_cells_summary"
          ? Entry{&SampleResult::classifier_cell_numbers, "AUC of a classifier on simple numbers of cells"}
          : Entry{&SampleResult::classifier_cells, "AUC of a classifier on cells"};
  const auto& classifier = result.*entry.classifier;
  if (classifier) add_one(result.comparisons, quantity.c_str(), entry.label, classifier->auc);
}

void add_distance_comparisons(SampleResult& result) {
  const auto add = [&](const std::optional<FeatureDistances>& distances, const std::string& of, const char* label) {
    if (!distances) return;
    add_one(result.comparisons, ("fpd_" + of).c_str(), fmt::format("FPD on {}", label).c_str(), distances->frechet);
    add_one(result.comparisons, ("kpd_" + of).c_str(), fmt::format("KPD on {}", label).c_str(), distances->kernel);
  };
  add(result.distances_profiles, "profiles", "profiles and moments");
  add(result.distances_cell_numbers, "cells_summary", "simple numbers of cells");
}

}  // namespace octocal::physics
