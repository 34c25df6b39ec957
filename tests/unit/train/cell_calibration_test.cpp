// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/cell_calibration.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

#include "octocal/train/generator_network.hpp"
#include "octocal/train/profile_flow.hpp"
#include "unit/train/synthetic_showers.hpp"

namespace octocal::train {
namespace {

constexpr std::int64_t kCalibrationShowers = 48;

/// A generator of untrained weights whose profiles are those of the synthetic showers.
TrainedGenerator untrained() {
  TrainedGenerator generator;
  generator.spec.output = model::OutputTransform::kProfiles;
  generator.spec.profile.hidden = 16;
  generator.spec.profile.leading_couplings = 2;
  const auto batch = make_synthetic_showers(200, 1);
  ProfileSample sample;
  sample.add(at::tensor(batch.cells_gev).view({200, 25, 25, 25}), at::tensor(batch.energy_gev));
  ProfileFitSettings settings;
  settings.steps = 5;
  settings.batch = 64;
  generator.parameters = make_generator(generator.spec, 4);
  for (const auto& [name, tensor] : fit_profile_network(generator.spec, settings, sample, {}, 1))
    generator.parameters.at(name) = tensor;
  return generator;
}

TEST(CalibrateCells, FindsTheMapAndTheLiftThatMadeAMeanShower) {
  auto generator = untrained();
  const auto energy = at::linspace(110, 490, kCalibrationShowers, at::kFloat);
  const auto truth = [&] {
    auto other = generator;
    const auto wave = at::cos(at::arange(25 * 25 * 25, at::kFloat) * 0.7F).view({25, 25, 25});
    other.parameters["output.map"] = 1 + 0.4 * wave;
    other.parameters["output.lift"] = at::full({1}, 0.05);
    return other.generate(energy, 9, 0);
  }();
  const auto hits = (truth > 1e-4).sum().item<double>() / kCalibrationShowers;
  const MeanShower wanted{truth.mean(0), energy, hits, 1};
  const auto before = (generator.generate(energy, 9, 0).mean(0) - wanted.cells).abs().sum() / wanted.cells.sum();
  ASSERT_GT(before.item<double>(), 0.05);

  const auto found = calibrate_cells(generator, wanted, kCalibrationShowers, 9);
  const auto cells = generator.generate(energy, 9, 0);
  const auto after = (cells.mean(0) - wanted.cells).abs().sum() / wanted.cells.sum();
  EXPECT_LT(after.item<double>(), 0.1 * before.item<double>());
  EXPECT_LE(found.hits_before, hits);
  EXPECT_NEAR((cells > 1e-4).sum().item<double>() / kCalibrationShowers, hits, 0.01 * hits);
  EXPECT_NEAR(found.hits, hits, 0.01 * hits);
}

/// Nothing but bounds can keep what no factor can mend: cells into which the network never puts anything, and one into
/// which it put a thousandth of what is wanted.
TEST(CalibrateCells, BoundsEveryFactor) {
  auto generator = untrained();
  const auto energy = at::linspace(110, 490, kCalibrationShowers, at::kFloat);
  const auto drawn = generator.draw(energy, 9, 0).rectified;  // (n, z, x, y)
  const auto silent = drawn.sum(0) == 0;
  ASSERT_GT(silent.sum().item<std::int64_t>(), 10);
  const auto start = at::ones({25, 25, 25}) * 0.5;
  generator.parameters["output.map"] = start;
  // As much energy in every cell: far from what the network makes.
  const auto cells = generator.generate(energy, 9, 0).mean(0);
  const MeanShower wanted{at::full_like(cells, cells.mean().item<double>()), energy, 0, 1};
  calibrate_cells(generator, wanted, kCalibrationShowers, 9);
  const auto factor = generator.parameters.at("output.map") / start;
  EXPECT_TRUE((factor.masked_select(silent) == 1).all().item<bool>());
  EXPECT_FLOAT_EQ(factor.max().item<float>(), kMostGrowth);     // reached, and not passed
  EXPECT_TRUE(at::equal(start, at::ones({25, 25, 25}) * 0.5));  // the caller's own tensor
}

TEST(CalibrateCells, TakesEnergyFromCellsThatGeant4LeavesEmpty) {
  auto generator = untrained();
  const auto energy = at::linspace(110, 490, kCalibrationShowers, at::kFloat);
  const auto made = generator.generate(energy, 9, 0).mean(0);
  auto cells = made.clone();
  cells.select(2, 10).slice(0, 14, 18).fill_(0);  // a band of layer 10
  const MeanShower wanted{cells, energy, 0, 1};
  calibrate_cells(generator, wanted, kCalibrationShowers, 9);
  const auto band = [](const at::Tensor& image) { return image.select(2, 10).slice(0, 14, 18).sum().item<double>(); };
  ASSERT_GT(band(made), 1e-3);
  EXPECT_LT(band(generator.generate(energy, 9, 0).mean(0)), 0.02 * band(made));
}

}  // namespace
}  // namespace octocal::train
