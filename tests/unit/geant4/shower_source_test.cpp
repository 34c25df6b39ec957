// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sched.h>

#include <array>
#include <cmath>
#include <memory>
#include <numeric>
#include <set>
#include <thread>
#include <utility>

#include "octocal/base/error.hpp"
#include "octocal/geant4/shower_source.hpp"
#include "octocal/model/generator_info.hpp"
#include "octocal/model/onnx_file.hpp"

namespace octocal::geant4 {
namespace {

const std::string kModel = std::string(OCTOCAL_SOURCE_DIR) + "/models/generator-int8.onnx";

TEST(PlaceShower, PutsTheMiddleCellOnTheLineOfFlight) {
  std::vector<float> cells(27, 0.0F);
  cells[(1 * 3 + 1) * 3 + 2] = 0.5F;  // middle cell of the third layer
  const auto deposits = place_shower(cells, {3, 3, 3}, {5.1, 5.1, 4.0, 1.0}, {10, 20, 30}, {0, 0, 2});
  ASSERT_EQ(deposits.size(), 1U);
  EXPECT_NEAR(deposits[0].position_mm[0], 10, 1e-12);
  EXPECT_NEAR(deposits[0].position_mm[1], 20, 1e-12);
  EXPECT_NEAR(deposits[0].position_mm[2], 30 + 2 * 4.0 + 1.0, 1e-12);
  EXPECT_NEAR(deposits[0].energy_mev, 500, 1e-9);
}

TEST(PlaceShower, KeepsCellAxesAlongZ) {
  std::vector<float> cells(27, 0.0F);
  cells[(2 * 3 + 0) * 3 + 0] = 1.0F;  // x + 1, y - 1
  const auto deposits = place_shower(cells, {3, 3, 3}, {5.0, 6.0, 4.0, 0.0}, {0, 0, 0}, {0, 0, 1});
  ASSERT_EQ(deposits.size(), 1U);
  EXPECT_NEAR(deposits[0].position_mm[0], 5, 1e-12);
  EXPECT_NEAR(deposits[0].position_mm[1], -6, 1e-12);
}

TEST(PlaceShower, DistancesDoNotDependOnTheDirection) {
  std::vector<float> cells(27, 0.0F);
  cells[0] = 1.0F;
  for (const Vector direction : {Vector{0, 0, 1}, Vector{1, 0, 0}, Vector{0.3, -0.5, 0.7}, Vector{0, 0, -1}}) {
    const auto deposits = place_shower(cells, {3, 3, 3}, {5, 6, 4, 1}, {0, 0, 0}, direction);
    const auto& p = deposits.at(0).position_mm;
    EXPECT_NEAR(std::sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]), std::sqrt(25.0 + 36 + 1), 1e-9);
  }
}

double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/// Where the middle of cell (x, y, z) of 3 x 3 x 3 goes, cells of 1 mm, the first layer at 0.
Vector place(std::size_t x, std::size_t y, std::size_t z, const Vector& direction) {
  std::vector<float> cells(27, 0.0F);
  cells[(x * 3 + y) * 3 + z] = 1.0F;
  return place_shower(cells, {3, 3, 3}, {1, 1, 1, 0}, {0, 0, 0}, direction).at(0).position_mm;
}

// Direction (2, 3, 6) / 7. What is left of x perpendicular to it: (1, 0, 0) - 2/7 (2, 3, 6)/7 = (45, -6, -12) / 49, of
// length sqrt(45) / 7; y completes the right-handed triple: direction x (1, 0, 0) = (0, 6, -3) / 7.
TEST(PlaceShower, AxesOfAnObliqueDirectionAreThoseWorkedOutByHand) {
  const Vector direction = {2, 3, 6};
  const auto x = place(2, 1, 0, direction);
  const auto y = place(1, 2, 0, direction);
  const auto z = place(1, 1, 1, direction);
  const double x_length = 7 * std::sqrt(45.0);
  const Vector expected_x = {45 / x_length, -6 / x_length, -12 / x_length};
  const Vector expected_y = {0, 2 / std::sqrt(5.0), -1 / std::sqrt(5.0)};
  const Vector expected_z = {2.0 / 7, 3.0 / 7, 6.0 / 7};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(x[i], expected_x[i], 1e-12) << i;
    EXPECT_NEAR(y[i], expected_y[i], 1e-12) << i;
    EXPECT_NEAR(z[i], expected_z[i], 1e-12) << i;
  }
}

TEST(PlaceShower, AxesAreRightHandedInEveryDirection) {
  for (const Vector direction : {Vector{0, 0, 1}, Vector{0, 0, -1}, Vector{1, 0, 0}, Vector{-1, 0.01, 0},
                                 Vector{0, 1, 0}, Vector{0.3, -0.5, 0.7}, Vector{-3, 2, -1}}) {
    const auto x = place(2, 1, 0, direction);
    const auto y = place(1, 2, 0, direction);
    const auto z = place(1, 1, 1, direction);
    EXPECT_NEAR(dot(x, y), 0, 1e-12);
    EXPECT_NEAR(dot(x, z), 0, 1e-12);
    EXPECT_NEAR(dot(y, z), 0, 1e-12);
    const double determinant =
        x[0] * (y[1] * z[2] - y[2] * z[1]) - x[1] * (y[0] * z[2] - y[2] * z[0]) + x[2] * (y[0] * z[1] - y[1] * z[0]);
    EXPECT_NEAR(determinant, 1, 1e-12);  // a mirror would give -1
    EXPECT_GT(dot(z, direction), 0);
    EXPECT_GE(x[0], -1e-12) << "x of the cells does not point along the application's";
  }
}

TEST(PlaceShower, KeepsCellsInTheirLayersOfASlantingShower) {
  std::vector<float> cells(27, 0.0F);
  cells[(2 * 3 + 0) * 3 + 2] = 1.0F;  // x + 1, y - 1, third layer, 9 mm deep
  const CellPlacement placement{5.0, 6.0, 4.0, 1.0, {0, 0, 3}};
  const auto deposits = place_shower(cells, {3, 3, 3}, placement, {10, 20, 30}, {0.6, 0, 0.8});
  ASSERT_EQ(deposits.size(), 1U);
  EXPECT_NEAR(deposits[0].position_mm[0], 10 + 5 + 9 * 0.75, 1e-12);
  EXPECT_NEAR(deposits[0].position_mm[1], 20 - 6, 1e-12);
  EXPECT_NEAR(deposits[0].position_mm[2], 30 + 9, 1e-12);
}

TEST(PlaceShower, LayersOfABackwardCalorimeterKeepRightHandedAxes) {
  // A normal along -z turns y: x = (1, 0, 0), y = (0, -1, 0).
  const auto frame = shower_frame({0, 0, -1}, {0, 0, -1});
  EXPECT_EQ(frame.x, (Vector{1, 0, 0}));
  EXPECT_EQ(frame.y, (Vector{0, -1, 0}));
  EXPECT_EQ(frame.along, (Vector{0, 0, -1}));
}

TEST(PlaceShower, RefusesDirectionsAlongTheLayersAndBackwards) {
  EXPECT_THROW(shower_frame({1, 0, 0}, {0, 0, 1}), Error);
  EXPECT_THROW(shower_frame({0, 0, -1}, {0, 0, 1}), Error);
  EXPECT_NO_THROW(shower_frame({1, 0, 0.02}, {0, 0, 1}));
}

TEST(PlaceShower, RefusesADirectionWithoutLength) {
  EXPECT_THROW(place_shower(std::vector<float>(27), {3, 3, 3}, {}, {0, 0, 0}, {0, 0, 0}), Error);
}

TEST(ShowerNumberOfGeant4, PacksWithoutLoss) {
  EXPECT_EQ(shower_number({0, 0, 0, 0}), ShowerNumber(0, 0));
  EXPECT_EQ(shower_number({1, 2, 3, 4}), ShowerNumber((std::uint64_t{2} << 32) + 3, 512 + 4));
  // The largest of each fill 64 and 40 bits: nothing spills.
  EXPECT_EQ(shower_number({(std::int64_t{1} << 31) - 1, (std::int64_t{1} << 32) - 1, (std::int64_t{1} << 32) - 1, 511}),
            ShowerNumber(~std::uint64_t{0}, ShowerNumber::kSeries - 1));
}

TEST(ShowerNumberOfGeant4, DiffersForEveryTrackOfLargeCascadesInEveryDetectorEventAndRun) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> numbers;
  std::size_t made = 0;
  for (const std::int64_t run : {0, 1, 513})
    for (const std::int64_t event : {0, 1, 100, 70000})
      for (const std::int64_t detector : {0, 1, 511})
        for (std::int64_t track = 1; track <= 100000; track += 7, ++made) {
          const auto number = shower_number({run, event, track, detector});
          numbers.emplace(number.number, number.series);
        }
  EXPECT_EQ(numbers.size(), made);
}

TEST(ShowerNumberOfGeant4, RefusesWhatDoesNotFitByName) {
  const auto refusal = [](const ShowerId& id) -> std::string {
    try {
      static_cast<void>(shower_number(id));
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return error.what();
    }
    return "packed";
  };
  EXPECT_EQ(refusal({-1, 0, 0, 0}), "run -1: outside 0 to 2147483647; number it from 0");
  EXPECT_EQ(refusal({0, std::int64_t{1} << 32, 0, 0}), "event 4294967296: outside 0 to 4294967295; number it from 0");
  EXPECT_EQ(refusal({0, 0, -1, 0}), "track -1: outside 0 to 4294967295; number it from 0");
  EXPECT_EQ(refusal({0, 0, 0, 512}), "detector 512: outside 0 to 511; number it from 0");
}

double sum(const std::vector<Deposit>& deposits) {
  return std::accumulate(deposits.begin(), deposits.end(), 0.0, [](double s, auto& d) { return s + d.energy_mev; });
}

TEST(ShowerSource, GivesTheSameDepositsForTheSameIdOnly) {
  ShowerSource source(kModel, 5);
  const auto shower = [&](const ShowerId& id) { return source.shower(id, 250, {0, 0, 0}, {0, 0, 1}); };
  const auto first = shower({1, 17, 3, 2});
  for (const ShowerId& other : {ShowerId{1, 17, 4, 2}, {1, 18, 3, 2}, {2, 17, 3, 2}, {1, 17, 3, 0}, {1, 3, 17, 2}})
    EXPECT_NE(sum(first), sum(shower(other)));
  const auto again = shower({1, 17, 3, 2});
  ASSERT_EQ(first.size(), again.size());
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].energy_mev, again[i].energy_mev);
  // The calorimeter samples about 2.8 % of the energy (data/README.md): 250 GeV leave about 7 GeV in silicon.
  EXPECT_NEAR(sum(first), 7000, 3000);
}

TEST(ShowerSource, MakesTheSameShowersInEveryThread) {
  constexpr std::int64_t kShowers = 6;
  const auto shower = [](ShowerSource& source, std::int64_t track) {
    return sum(source.shower({0, 1, track, 0}, 150 + 50 * static_cast<double>(track), {0, 0, 0}, {0, 0, 1}));
  };
  std::vector<double> expected;
  const ShowerSource shared(kModel, 5);
  {
    ShowerSource source(kModel, 5);
    for (std::int64_t track = 0; track < kShowers; ++track) expected.push_back(shower(source, track));
  }
  // Two workers, each with its own copy of one source, which take turns at the tracks.
  std::vector<double> sums(kShowers);
  std::vector<std::thread> workers;
  for (std::int64_t worker = 0; worker < 2; ++worker)
    workers.emplace_back([&, worker] {
      cpu_set_t before;
      cpu_set_t after;
      ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
      ShowerSource source(shared);
      for (std::int64_t track = worker; track < kShowers; track += 2)
        sums[static_cast<std::size_t>(track)] = shower(source, track);
      ASSERT_EQ(::sched_getaffinity(0, sizeof after, &after), 0);
      EXPECT_TRUE(CPU_EQUAL(&before, &after)) << "a source moved its worker to another core";
    });
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(sums, expected);
}

TEST(ShowerSource, CopiesMakeTheSameShowersAndOutliveTheirOriginal) {
  auto original = std::make_unique<ShowerSource>(kModel, 7);
  const ShowerId id{1, 2, 3, 4};
  const auto expected = original->shower(id, 250, {0, 0, 0}, {0, 0, 1});
  ShowerSource copy(*original);
  ShowerSource shifted(*original, {5.1, 5.1, 4.1, 3.85, {0, 0, 1}});  // 1 mm deeper
  original.reset();
  const auto got = copy.shower(id, 250, {0, 0, 0}, {0, 0, 1});
  const auto deeper = shifted.shower(id, 250, {0, 0, 0}, {0, 0, 1});
  ASSERT_EQ(got.size(), expected.size());
  ASSERT_EQ(deeper.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].position_mm, expected[i].position_mm);
    EXPECT_EQ(got[i].energy_mev, expected[i].energy_mev);
    EXPECT_NEAR(deeper[i].position_mm[2], expected[i].position_mm[2] + 1, 1e-9);
  }
  EXPECT_EQ(copy.cells(), (std::array<std::size_t, 3>{25, 25, 25}));
  EXPECT_EQ(copy.energy_range_gev(), (std::array<double, 2>{100, 500}));
}

TEST(ShowerSource, RefusesEnergiesOutsideTheModel) {
  ShowerSource source(kModel, 5);
  EXPECT_TRUE(source.covers(250));
  EXPECT_FALSE(source.covers(1));
  EXPECT_THROW(source.shower({0, 0, 1, 0}, 1.0, {0, 0, 0}, {0, 0, 1}), Error);
}

}  // namespace
}  // namespace octocal::geant4
