// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "octocal/base/random.hpp"
#include "octocal/train/physics_metrics.hpp"

namespace octocal::train {
namespace {

/// Showers of one layer each, normally distributed around 12, so that every error is known.
PhysicsAccumulator normal_showers(std::int64_t count, std::uint64_t seed) {
  PhysicsAccumulator accumulator(100, 500);
  auto cells = at::zeros({count, 3, 25, 25});
  auto energy = at::empty({count});
  for (std::int64_t i = 0; i < count; ++i) {
    std::array<float, 1> z{};
    normals(seed, Draw::kPhysics, static_cast<std::uint64_t>(i), z);
    cells[i][1][12][static_cast<std::int64_t>(std::lround(12 + 3 * z[0]))] = 2;
    energy[i] = 100 + 400 * (static_cast<double>(i) + 0.5) / static_cast<double>(count);
  }
  accumulator.add(cells, energy);
  return accumulator;
}

TEST(PhysicsErrors, AreThoseOfMeanAndSpreadOfANormalSample) {
  constexpr std::int64_t kShowers = 4000;
  const auto sample = normal_showers(kShowers, 1);
  const auto errors = nlohmann::json::parse(errors_to_json(sample.summary(), sample.errors()));
  const double sigma = std::sqrt(9 + 1.0 / 12);  // rounding to layers adds 1/12
  // A jackknife of 16 groups knows an error to 1/sqrt(30) of itself: four times that is allowed.
  EXPECT_NEAR(errors.at("z_mean").get<double>() / (sigma / std::sqrt(kShowers)), 1, 0.75);
  EXPECT_NEAR(errors.at("z_centre_spread").get<double>() / (sigma / std::sqrt(2.0 * kShowers)), 1, 0.75);
  EXPECT_EQ(errors.at("response").size(), 4u);
  EXPECT_NEAR(errors.at("hits").get<double>(), 0, 1e-9);  // one hit in each
}

TEST(PhysicsErrors, OfTheScoreIsItsSpreadOverSamples) {
  const auto geant4 = normal_showers(40000, 2);
  double sum = 0, squares = 0, told = 0;
  constexpr int kSamples = 30;
  for (int i = 0; i < kSamples; ++i) {
    const auto score = physics_score(normal_showers(640, 10 + static_cast<std::uint64_t>(i)), geant4);
    sum += score.value;
    squares += score.value * score.value;
    told += score.error;
  }
  const double spread = std::sqrt(squares / kSamples - sum / kSamples * sum / kSamples);
  EXPECT_GT(told / kSamples / spread, 0.6);
  EXPECT_LT(told / kSamples / spread, 1.8);
}

TEST(Diversity, IsTheShareOfGeant4sSpread) {
  const auto sample = normal_showers(400, 1);
  auto narrow = sample.summary();
  auto wanted = narrow;
  wanted.z_width_spread = wanted.y_width_spread = wanted.hits_spread = 1;
  narrow.z_width_spread = narrow.y_width_spread = narrow.hits_spread = 0.5;
  narrow.z_centre_spread = wanted.z_centre_spread / 2;
  EXPECT_NEAR(diversity(wanted, wanted), 1, 1e-9);
  EXPECT_NEAR(diversity(narrow, wanted), 0.5, 1e-9);
}

}  // namespace
}  // namespace octocal::train
