// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/profile_classifier.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "octocal/physics/auc.hpp"
#include "octocal/physics/energy_blocks.hpp"

namespace octocal::physics {
namespace {

constexpr const char* kOnProfiles = "gradient-boosted trees on profiles, moments, ECAL/Ep, hits and Ep";
constexpr const char* kOnCellNumbers = "gradient-boosted trees on 49 numbers of the cells and Ep";
/// Showers in a fold below which nothing can be learnt or measured.
constexpr std::size_t kLeastInAFold = 10;
constexpr std::size_t kFloorHalvings = 2;

double skewness(std::span<const double> profile, double centre, double width) noexcept {
  double sum = 0, third = 0;
  for (std::size_t i = 0; i < profile.size(); ++i) {
    const double distance = static_cast<double>(i) - centre;
    sum += profile[i];
    third += distance * distance * distance * profile[i];
  }
  return width > 0 ? third / sum / (width * width * width) : kUndefined;
}

ClassifierResult classify(const FeatureTable& sample, const FeatureTable& reference, std::uint64_t seed,
                          const char* description);

}  // namespace

ProfileFeatures::ProfileFeatures(const data::Geometry& geometry, std::size_t most)
    : view_(geometry), layout_(geometry), most_(most) {
  table_.columns = geometry.nx + geometry.ny + geometry.nz + 9 + 3;
}

void ProfileFeatures::add(const data::ShowerBatch& batch) {
  constexpr std::array kCentres{Feature::kXCentre, Feature::kYCentre, Feature::kZCentre};
  constexpr std::array kWidths{Feature::kXWidth, Feature::kYWidth, Feature::kZWidth};
  for (std::size_t i = 0; i < batch.size() && showers() < most_; ++i) {
    view_.look(batch.energy_gev[i], batch.shower(i));
    const auto put = [this](double value) { table_.values.push_back(static_cast<float>(value)); };
    for (std::size_t k = 0; k < layout_.projection[0]; ++k) put(view_.shapes()[k] / view_.energy_gev());
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double centre = view_.feature(kCentres[axis]), width = view_.feature(kWidths[axis]);
      put(centre);
      put(width);
      put(skewness(view_.shapes().subspan(layout_.profile[axis], layout_.length[axis]), centre, width));
    }
    put(view_.feature(Feature::kEcalOverEnergy));
    put(view_.feature(Feature::kHits));
    put(view_.energy_gev());
  }
}

ClassifierResult classify_profiles(const FeatureTable& sample, const FeatureTable& reference, std::uint64_t seed) {
  return classify(sample, reference, seed, kOnProfiles);
}

ClassifierResult classify_cell_numbers(const FeatureTable& sample, const FeatureTable& reference, std::uint64_t seed) {
  return classify(sample, reference, seed, kOnCellNumbers);
}

namespace {

ClassifierResult classify(const FeatureTable& sample, const FeatureTable& reference, std::uint64_t seed,
                          const char* description) {
  const std::size_t n = std::min(sample.rows(), reference.rows());
  ClassifierResult result;
  result.showers = n;
  result.description = description;
  if (n < kLeastInAFold * kFolds) return result;

  FeatureTable both{reference.columns, {}};  // rows 0 .. n - 1 the reference, n .. 2n - 1 the sample
  both.values.assign(reference.values.begin(),
                     reference.values.begin() + static_cast<std::ptrdiff_t>(n * reference.columns));
  both.values.insert(both.values.end(), sample.values.begin(),
                     sample.values.begin() + static_cast<std::ptrdiff_t>(n * sample.columns));
  std::vector<std::uint8_t> labels(2 * n, 0);
  std::fill(labels.begin() + static_cast<std::ptrdiff_t>(n), labels.end(), std::uint8_t{1});

  const auto fold_of = deal_folds(n, kFolds, seed);
  BoostingSettings settings;
  std::vector<Number> folds;
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    std::vector<std::size_t> training;
    for (std::size_t row = 0; row < 2 * n; ++row) {
      if (fold_of[row % n] != fold) training.push_back(row);
    }
    settings.seed = seed + fold;
    const BoostedTrees trees(both, labels, training, settings);
    std::array<std::vector<double>, 2> scores;
    for (std::size_t row = 0; row < 2 * n; ++row) {
      if (fold_of[row % n] == fold) scores[labels[row]].push_back(trees.score(both.row(row)));
    }
    folds.push_back(auc(scores[1], scores[0]));
  }
  result.auc = mean_of_folds(folds);
  return result;
}

}  // namespace

Number classifier_floor(ClassifierResult (*tell)(const FeatureTable&, const FeatureTable&, std::uint64_t),
                        const FeatureTable& reference, std::span<const std::uint8_t> blocks, std::uint64_t seed) {
  std::vector<Number> all;
  for (std::size_t halving = 0; halving < kFloorHalvings; ++halving) {
    std::array<FeatureTable, 2> half{FeatureTable{reference.columns, {}}, FeatureTable{reference.columns, {}}};
    for (std::size_t i = 0; i < reference.rows(); ++i) {
      const auto row = reference.row(i);
      auto& values = half[in_second_half(halving, blocks[i]) ? 1 : 0].values;
      values.insert(values.end(), row.begin(), row.end());
    }
    all.push_back(tell(half[1], half[0], seed + halving).auc);
  }
  Number floor = mean_of_folds(all);
  // The halvings share their showers, so that their mean is hardly known better than one of them.
  floor.error = 0;
  for (const Number& one : all) floor.error += one.error / kFloorHalvings;
  return floor;
}

}  // namespace octocal::physics
