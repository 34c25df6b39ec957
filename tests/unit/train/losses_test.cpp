// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/optim/adam.h>

#include <cmath>

#include "octocal/train/adam.hpp"
#include "octocal/train/batch_draw.hpp"
#include "octocal/train/discriminator_network.hpp"
#include "octocal/train/matching_loss.hpp"
#include "octocal/train/paper_recipe.hpp"
#include "octocal/train/training_data.hpp"
#include "unit/train/synthetic_showers.hpp"

namespace octocal::train {
namespace {

struct LossSample {
  at::Tensor cells, energy;
};

LossSample sample(std::size_t count, std::uint64_t seed) {
  auto batch = make_synthetic_showers(count, seed);
  return {at::tensor(batch.cells_gev).view({static_cast<std::int64_t>(count), 25, 25, 25}),
          at::tensor(batch.energy_gev)};
}

TEST(PaperLoss, IsTheWeightedSumOfItsThreeParts) {
  const DiscriminatorOutput verdict{at::tensor({0.0F, 2.0F}), at::tensor({1.1F, 3.0F}), at::tensor({5.0F, 12.0F})};
  const auto loss =
      paper_loss(verdict, at::tensor({0.9F, 0.0F}), at::tensor({100.0F, 300.0F}), at::tensor({4.0F, 10.0F}));
  const double entropy = (std::log(2.0) + std::log1p(std::exp(2.0))) / 2;  // of logit 0 and of logit 2 against 0
  const double aux = (10.0 + 0.0) / 2, ecal = (25.0 + 20.0) / 2;           // percent
  EXPECT_NEAR(loss.item<double>(), 6 * entropy + 0.2 * aux + 0.1 * ecal, 1e-4);
}

TEST(Adam, FirstStepMovesByTheRateAgainstTheGradient) {
  TensorMap parameters{{"a", at::tensor({1.0F, 2.0F}).set_requires_grad(true)},
                       {"b", at::tensor({3.0F}).set_requires_grad(true)}};
  Adam adam({}, {{"b", 0.5}});
  const auto loss = (parameters["a"] * at::tensor({4.0F, -0.01F})).sum() + 7 * parameters["b"].sum();
  torch::autograd::backward({loss}, {});
  EXPECT_NEAR(adam.step(parameters, 0.1), std::sqrt(16 + 1e-4 + 49), 1e-4);
  EXPECT_TRUE(at::allclose(parameters["a"], at::tensor({0.9F, 2.1F}), 1e-5, 1e-6));
  EXPECT_NEAR(parameters["b"].item<double>(), 2.95, 1e-5);
}

TEST(Adam, GoesWhereLibtorchsOwnGoesForTwentySteps) {
  const auto start = at::sin(at::arange(12, at::kFloat));
  const auto target = at::cos(at::arange(12, at::kFloat) * 0.7);
  TensorMap parameters{{"a", start.clone().set_requires_grad(true)}};
  Adam adam({0.8, 0.95, 1e-6});
  auto theirs = start.clone().set_requires_grad(true);
  torch::optim::Adam oracle({theirs}, torch::optim::AdamOptions(0).betas({0.8, 0.95}).eps(1e-6));
  for (int step = 0; step < 20; ++step) {
    const double rate = 0.1 / (1 + step);
    static_cast<torch::optim::AdamOptions&>(oracle.param_groups()[0].options()).lr(rate);
    const auto loss = [&](const at::Tensor& x) { return ((x - target).square() * (1 + step % 3)).sum(); };
    oracle.zero_grad();
    torch::autograd::backward({loss(theirs)}, {});
    oracle.step();
    torch::autograd::backward({loss(parameters["a"])}, {});
    adam.step(parameters, rate);
    EXPECT_LT((parameters["a"] - theirs).abs().max().item<double>(), 1e-6) << step;
  }
  EXPECT_GT((parameters["a"] - start).abs().max().item<double>(), 0.1);
}

TEST(LossFeatures, AreThoseOfASingleKnownShower) {
  auto cells = at::zeros({1, 25, 25, 25});
  cells[0][10][12][4] = 3;
  cells[0][14][12][8] = 1;
  const auto features = loss_features(cells, at::tensor({100.0F}))[0];
  EXPECT_NEAR(features[0].item<double>(), 0.04, 1e-6);            // ECAL/Ep
  EXPECT_NEAR(features[1].item<double>(), 5, 1e-4);               // centre along z
  EXPECT_NEAR(features[2].item<double>(), std::sqrt(3.0), 1e-4);  // width: 3/4 1/4, 4 apart
  EXPECT_NEAR(features[3].item<double>(), 11, 1e-4);              // centre along x
  EXPECT_NEAR(features[5].item<double>(), 12, 1e-4);              // centre along y
  EXPECT_NEAR(features[kGlobals + 4].item<double>(), std::sqrt(0.75), 1e-4);
  EXPECT_NEAR(features[kGlobals + 75 + 4].item<double>(), 1, 1e-3);   // a hit in layer 4
  EXPECT_NEAR(features[kGlobals + 100 + 8].item<double>(), 2, 0.01);  // two cells from the axis
}

TEST(LossFeatures, OfATurnedShowerAreTheTurnedFeatures) {
  const auto showers = sample(3, 11);
  const auto features = loss_features(showers.cells, showers.energy);
  for (int symmetry = 0; symmetry < 8; ++symmetry) {
    const auto direct = loss_features(transform_transverse(showers.cells, symmetry).contiguous(), showers.energy);
    EXPECT_TRUE(at::allclose(transform_features(features, {}, symmetry), direct, 1e-4, 1e-4)) << symmetry;
  }
}

TEST(LossFeatures, FollowTheShapeOfTheShowers) {
  auto cells = at::zeros({1, 4, 7, 12});  // centre at 1.5, 3
  cells[0][3][1][5] = 3;
  cells[0][0][1][9] = 1;
  const FeatureLayout layout = feature_layout(cells);
  const auto energy = at::tensor({100.0F});
  const auto features = loss_features(cells, energy);
  ASSERT_EQ(features.size(1), 10 + 4 + 7 + 3 * 12);
  ASSERT_EQ(layout.columns(), features.size(1));
  EXPECT_NEAR(features[0][1].item<double>(), 6, 1e-4);     // centre along z
  EXPECT_NEAR(features[0][3].item<double>(), 2.25, 1e-4);  // along x
  EXPECT_NEAR(features[0][5].item<double>(), 1, 1e-4);     // along y
  const auto groups = layout.groups();
  const auto column = [&](const std::string& name, std::int64_t index) {
    for (const auto& group : groups)
      if (group.name == name && index < group.count) return features[0][group.first + index].item<double>();
    ADD_FAILURE() << name << ' ' << index;
    return 0.0;
  };
  EXPECT_NEAR(column("z", 5), std::sqrt(0.75), 1e-4);
  EXPECT_NEAR(column("x", 3), std::sqrt(0.75), 1e-4);
  EXPECT_NEAR(column("y", 1), 1, 1e-4);
  EXPECT_NEAR(column("hits", 9), 1, 1e-3);
  EXPECT_NEAR(column("radius", 5), std::hypot(1.5, 2), 0.01);
  for (int symmetry = 0; symmetry < 4; ++symmetry) {
    const auto direct = loss_features(transform_transverse(cells, symmetry).contiguous(), energy);
    EXPECT_TRUE(at::allclose(transform_features(features, layout, symmetry), direct, 1e-4, 1e-4)) << symmetry;
  }
}

TEST(FeatureScale, TakesMeanSpreadAndTheParabolaInEnergyOut) {
  const auto showers = sample(400, 12);
  const auto features = loss_features(showers.cells, showers.energy);
  const FeatureScale scale(features, showers.energy, {});
  const auto standard = scale.standardise(features, showers.energy);
  const auto correlation = at::matmul(scale.energy_terms(showers.energy).t(), standard) / 400;
  EXPECT_LT(correlation.abs().max().item<double>(), 0.02);
  EXPECT_NEAR(standard.select(1, 0).square().mean().item<double>(), 1, 0.02);
}

TEST(MeanImageLoss, VanishesOnAverageForTheSameDistributionAndNotForAnother) {
  const auto geant4 = sample(300, 21);
  MeanImageLoss loss;
  loss.add(geant4.cells, geant4.energy);
  loss.finish();
  double same = 0, brighter = 0;
  for (std::uint64_t batch = 0; batch < 12; ++batch) {
    const auto other = sample(8, 100 + batch);
    same += loss(other.cells, other.energy).item<double>() / 12;
    brighter += loss(other.cells * 1.3, other.energy).item<double>() / 12;
  }
  // The plain square of a batch's mean would be the spread over the batch size: 1/8.
  EXPECT_LT(std::abs(same), 0.03);
  EXPECT_GT(brighter, 3 * std::abs(same));
}

TEST(BatchDraw, IsAFunctionOfSeedAndStepAlone) {
  const auto energy = at::tensor({100.0F, 400.0F});
  const auto latent = BatchDraw(3, 17).latents(model::LatentConvention::kSphere, energy, 200);
  EXPECT_TRUE(at::equal(latent, BatchDraw(3, 17).latents(model::LatentConvention::kSphere, energy, 200)));
  EXPECT_FALSE(at::equal(latent, BatchDraw(3, 18).latents(model::LatentConvention::kSphere, energy, 200)));
  EXPECT_NEAR(latent[1].norm().item<double>(), std::sqrt(200.0) * 4, 1e-3);
  const auto sorted = at::arange(100, at::kFloat);
  const auto drawn = BatchDraw(3, 1).energies(10, sorted);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(static_cast<int>(drawn[i].item<float>()) / 10, i);
}

}  // namespace
}  // namespace octocal::train
