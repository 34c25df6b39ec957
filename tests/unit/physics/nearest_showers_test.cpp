// SPDX-License-Identifier: Apache-2.0
#include "octocal/physics/nearest_showers.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "octocal/physics/neighbour_check.hpp"
#include "unit/physics/shower_making.hpp"

namespace octocal::physics {
namespace {

using testing::random_showers;

/// Showers that differ from each other: every cell is there or not.
data::ShowerBatch sparse_showers(std::size_t n, unsigned seed, data::Geometry geometry = {5, 5, 3}) {
  auto batch = random_showers(n, seed, geometry);
  std::mt19937 engine(seed + 1000);
  for (float& cell : batch.cells_gev) {
    if (engine() % 3 == 0) cell = 0;
  }
  return batch;
}

ShowerPoints points_of(const data::ShowerBatch& batch) {
  ShowerPoints points(batch.geometry);
  points.add(batch);
  return points;
}

/// The shower turned and flipped, by the coordinates of its corners rather than by oriented().
std::vector<float> turned(std::span<const float> cells, const data::Geometry& g, bool flip_x, bool flip_y, bool swap) {
  std::vector<float> result(cells.size());
  for (std::size_t x = 0; x < g.nx; ++x) {
    for (std::size_t y = 0; y < g.ny; ++y) {
      for (std::size_t z = 0; z < g.nz; ++z) {
        std::size_t to_x = flip_x ? g.nx - 1 - x : x, to_y = flip_y ? g.ny - 1 - y : y;
        if (swap) std::swap(to_x, to_y);
        result[(to_x * g.ny + to_y) * g.nz + z] = cells[(x * g.ny + y) * g.nz + z];
      }
    }
  }
  return result;
}

double distance(std::span<const float> a, float energy_a, std::span<const float> b, float energy_b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double difference = std::sqrt(static_cast<double>(a[k]) / static_cast<double>(energy_a)) -
                              std::sqrt(static_cast<double>(b[k]) / static_cast<double>(energy_b));
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

Neighbour by_hand(const data::ShowerBatch& queries, std::size_t q, const data::ShowerBatch& set, bool exclude_self) {
  Neighbour nearest;
  const bool square = set.geometry.nx == set.geometry.ny;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (exclude_self && i == q) continue;
    for (int o = 0; o < (square ? 8 : 4); ++o) {
      const auto other = turned(set.shower(i), set.geometry, (o & 1) != 0, (o & 2) != 0, (o & 4) != 0);
      const double d = distance(queries.shower(q), queries.energy_gev[q], other, set.energy_gev[i]);
      if (d < nearest.distance) nearest = {i, d};
    }
  }
  return nearest;
}

TEST(NearestShowers, AreThoseOfAllPairsByHand) {
  for (const data::Geometry geometry : {data::Geometry{5, 5, 3}, data::Geometry{5, 4, 3}}) {
    const auto queries = sparse_showers(21, 1, geometry), set = sparse_showers(45, 2, geometry);
    const auto nearest = nearest_showers(points_of(queries), points_of(set), false);
    ASSERT_EQ(nearest.size(), 21U);
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const auto expected = by_hand(queries, q, set, false);
      EXPECT_EQ(nearest[q].shower, expected.shower) << q;
      EXPECT_NEAR(nearest[q].distance, expected.distance, 1e-6) << q;
    }
  }
}

TEST(NearestShowers, OfASampleInItselfLeaveOutTheShowerItself) {
  const auto batch = sparse_showers(33, 3);
  const auto nearest = nearest_showers(points_of(batch), points_of(batch), true);
  for (std::size_t q = 0; q < batch.size(); ++q) {
    const auto expected = by_hand(batch, q, batch, true);
    EXPECT_EQ(nearest[q].shower, expected.shower) << q;
    EXPECT_NEAR(nearest[q].distance, expected.distance, 1e-6) << q;
  }
}

TEST(NearestShowers, FindACopyAtNoDistanceInEveryOrientationAndAtAnyEnergy) {
  const auto set = sparse_showers(20, 4);
  data::ShowerBatch queries;
  queries.geometry = set.geometry;
  for (int o = 0; o < 8; ++o) {
    auto copy = turned(set.shower(11), set.geometry, (o & 1) != 0, (o & 2) != 0, (o & 4) != 0);
    for (float& cell : copy) cell *= 2;  // a power of two: the very same u = sqrt(E/Ep)
    queries.energy_gev.push_back(2 * set.energy_gev[11]);
    queries.cells_gev.insert(queries.cells_gev.end(), copy.begin(), copy.end());
  }
  for (const auto& nearest : nearest_showers(points_of(queries), points_of(set), false)) {
    EXPECT_EQ(nearest.shower, 11U);
    EXPECT_EQ(nearest.distance, 0);
  }
}

TEST(NearestShowers, OfNothingAreInfinitelyFar) {
  const auto batch = sparse_showers(3, 5);
  EXPECT_TRUE(std::isinf(nearest_showers(points_of(batch), ShowerPoints(batch.geometry), false)[0].distance));
  EXPECT_EQ(summarise(nearest_showers(points_of(batch), ShowerPoints(batch.geometry), false)).showers, 0U);
}

TEST(NeighbourCheck, SeesWhetherASampleRepeatsItsTraining) {
  const auto training = sparse_showers(200, 10), reference = sparse_showers(100, 11);
  const NeighbourCheck check(points_of(reference), points_of(training));
  EXPECT_FALSE(check.of_reference().repeats);

  const auto honest = check.of_sample(points_of(sparse_showers(150, 12)));
  ASSERT_TRUE(honest.in_training.has_value());
  EXPECT_DOUBLE_EQ(honest.in_training_expected, 2.0 / 3);
  EXPECT_NEAR(honest.in_training->value, 2.0 / 3, 4 * honest.in_training->error);
  EXPECT_EQ(honest.copies, 0U);
  EXPECT_FALSE(honest.repeats) << honest.sentence;
  EXPECT_NEAR(honest.to_set.median.value, honest.held_out.median.value, 0.05 * honest.held_out.median.value);

  // Half of the sample: training showers with a little noise.
  auto copying = sparse_showers(150, 13);
  std::mt19937 engine(14);
  for (std::size_t i = 0; i < 75; ++i) {
    copying.energy_gev[i] = training.energy_gev[i];
    for (std::size_t k = 0; k < training.geometry.cells(); ++k) {
      copying.shower(i)[k] = training.shower(i)[k] * (0.99F + 0.02F * static_cast<float>(engine() % 100) / 100);
    }
  }
  const auto repeating = check.of_sample(points_of(copying));
  EXPECT_EQ(repeating.copies, 75U);
  EXPECT_NEAR(repeating.in_training->value, 0.5 + 0.5 * 2 / 3, 0.1);
  EXPECT_TRUE(repeating.repeats);
  EXPECT_NE(repeating.sentence.find("it repeats training showers"), std::string::npos) << repeating.sentence;
}

TEST(NeighbourCheck, DoesNotTakeAverageShowersForCopies) {
  // Showers without fluctuations are near to every shower, of training and reference alike.
  const auto training = sparse_showers(200, 20), reference = sparse_showers(200, 21);
  auto average = sparse_showers(100, 22);
  for (std::size_t k = 0; k < average.geometry.cells(); ++k) {
    double mean = 0;
    for (std::size_t i = 0; i < training.size(); ++i)
      mean += static_cast<double>(training.shower(i)[k] / training.energy_gev[i]) / 200;
    for (std::size_t i = 0; i < average.size(); ++i) {
      average.shower(i)[k] = static_cast<float>(mean * (1 + 0.02 * std::sin(static_cast<double>(37 * i + 11 * k)))) *
                             average.energy_gev[i];
    }
  }
  const auto result = NeighbourCheck(points_of(reference), points_of(training)).of_sample(points_of(average));
  EXPECT_LT(result.to_set.median.value, 0.95 * result.held_out.median.value);
  EXPECT_LT(result.within.median.value, 0.3 * result.held_out.median.value);
  EXPECT_FALSE(result.repeats) << result.sentence;
}

TEST(NeighbourCheck, WithoutTrainingTakesTheReferenceAndSaysSo) {
  const auto reference = sparse_showers(80, 30);
  const NeighbourCheck check(points_of(reference), std::nullopt);
  const auto same = check.of_sample(points_of(reference));
  EXPECT_EQ(same.set, "reference");
  EXPECT_EQ(same.copies, 80U);
  EXPECT_TRUE(same.repeats);
  EXPECT_FALSE(same.in_training.has_value());
  const auto other = check.of_sample(points_of(sparse_showers(80, 31)));
  EXPECT_FALSE(other.repeats);
  EXPECT_NE(other.sentence.find("only its training showers can tell"), std::string::npos);
  EXPECT_EQ(check.of_reference().within.median.value, check.of_reference().held_out.median.value);
}

TEST(NeighbourCheck, SeesThatTheReferenceWasTrainedOn) {
  const auto reference = sparse_showers(50, 40);
  const NeighbourCheck check(points_of(reference), points_of(reference));
  EXPECT_EQ(check.of_sample(points_of(sparse_showers(50, 41))).overlap, 50U);
}

}  // namespace
}  // namespace octocal::physics
