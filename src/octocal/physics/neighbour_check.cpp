// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/neighbour_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "octocal/base/expect.hpp"
#include "octocal/base/statistics.hpp"
#include "octocal/physics/response.hpp"

namespace octocal::physics {
namespace {

/// The quantile of held-out distances below which a shower counts as close.
constexpr double kLow = 0.01;
/// A copy is nearer than this share of the smallest held-out distance.
constexpr double kCopy = 0.5;
/// A sample whose showers are nearer to each other than this share of Geant4's distance repeats itself.
constexpr double kAlike = 0.8;

/// Share of showers nearer to the training set than to the reference.
Number share_in_training(const std::vector<Neighbour>& to_training, const std::vector<Neighbour>& to_reference,
                         double expected) {
  const auto n = static_cast<double>(to_training.size());
  double in_training = 0;
  std::map<std::pair<bool, std::size_t>, double> clusters;
  for (std::size_t i = 0; i < to_training.size(); ++i) {
    const bool training = to_training[i].distance < to_reference[i].distance;
    in_training += training ? 1 : 0;
    clusters[{training, training ? to_training[i].shower : to_reference[i].shower}] += 1;
  }
  double squares = 0;
  for (const auto& [nearest, showers] : clusters) squares += showers * showers;
  return {in_training / n, std::sqrt(expected * (1 - expected) * squares) / n, kUndefined};
}

std::string sentence(const NeighbourResult& result) {
  const auto percent = [](const Number& number) {
    return fmt::format("{:.1f} +- {:.1f} %", 100 * number.value, 100 * number.error);
  };
  std::string text =
      fmt::format("nearest of {} {} showers at {:.4f} (median), from held-out showers at {:.4f}; ", result.set_showers,
                  result.set, result.to_set.median.value, result.held_out.median.value);
  if (result.in_training) {
    text += fmt::format("nearest is a training shower for {} (without copying {:.1f} %); ",
                        percent(*result.in_training), 100 * result.in_training_expected);
  }
  if (result.overlap > 0) {
    return text + fmt::format("{} reference showers are in the training set, so nothing can be said of copies",
                              result.overlap);
  }
  text += result.copies == 0 ? "no copy" : result.copies == 1 ? "one copy" : fmt::format("{} copies", result.copies);
  if (result.within.median.value < kAlike * result.geant4_within.median.value) {
    text += fmt::format(" (but its own showers are alike: {:.4f} apart, Geant4's {:.4f})", result.within.median.value,
                        result.geant4_within.median.value);
  }
  if (result.repeats) return text + fmt::format(": it repeats {} showers", result.set);
  return text + (result.in_training ? ": it does not repeat training showers"
                                    : "; whether it repeats what it was trained on only its training showers can tell");
}

}  // namespace

NeighbourDistances summarise(const std::vector<Neighbour>& neighbours) {
  std::vector<double> sorted;
  for (const Neighbour& neighbour : neighbours) {
    if (std::isfinite(neighbour.distance)) sorted.push_back(neighbour.distance);
  }
  NeighbourDistances distances;
  distances.showers = sorted.size();
  if (sorted.empty()) return distances;
  std::sort(sorted.begin(), sorted.end());
  distances.smallest = sorted.front();
  distances.low = quantile(sorted, kLow);
  distances.median.value = quantile(sorted, 0.5);
  if (sorted.size() > 1) distances.median.error = std::sqrt(quantile_covariance(sorted, 0.5, 0.5));
  return distances;
}

NeighbourCheck::NeighbourCheck(ShowerPoints reference, std::optional<ShowerPoints> training)
    : reference_(std::move(reference)),
      training_(std::move(training)),
      held_out_(nearest_showers(reference_, set(), !training_)),
      within_reference_(summarise(training_ ? nearest_showers(reference_, reference_, true) : held_out_)) {
  OCTOCAL_EXPECT(reference_.size() > 0);
}

NeighbourResult NeighbourCheck::start() const {
  NeighbourResult result;
  result.set = training_ ? "training" : "reference";
  result.set_showers = set().size();
  result.orientations = orientations_of(reference_.geometry());
  result.held_out = summarise(held_out_);
  result.geant4_within = within_reference_;
  if (training_) {
    result.overlap = static_cast<std::uint64_t>(
        std::count_if(held_out_.begin(), held_out_.end(), [](const Neighbour& one) { return one.distance == 0; }));
  }
  return result;
}

NeighbourResult NeighbourCheck::of_reference() const {
  NeighbourResult result = start();
  result.to_set = result.held_out;
  result.within = within_reference_;
  return result;
}

NeighbourResult NeighbourCheck::of_sample(const ShowerPoints& sample) const {
  NeighbourResult result = start();
  const auto to_set = nearest_showers(sample, set(), false);
  result.to_set = summarise(to_set);
  result.within = summarise(nearest_showers(sample, sample, true));
  const auto n = static_cast<double>(to_set.size());
  double closer = 0;
  for (const Neighbour& neighbour : to_set) {
    closer += neighbour.distance < result.held_out.low ? 1 : 0;
    result.copies += neighbour.distance < kCopy * result.held_out.smallest ? 1 : 0;
  }
  const double likely = (closer + 1) / (n + 2);
  result.closer = {closer / n, std::sqrt(likely * (1 - likely) / n), kLow};
  if (training_) {
    const auto of_training = static_cast<double>(training_->size());
    const double expected = of_training / (of_training + static_cast<double>(reference_.size()));
    const Number share = share_in_training(to_set, nearest_showers(sample, reference_, false), expected);
    result.in_training = share;
    result.in_training_expected = expected;
    result.repeats = share.value - expected > 3 * share.error;
  }
  result.repeats = result.overlap == 0 && (result.repeats || result.copies > 0);
  result.sentence = sentence(result);
  return result;
}

}  // namespace octocal::physics
