// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/image_critic.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "octocal/base/error.hpp"
#include "unit/train/synthetic_showers.hpp"

namespace octocal::train {
namespace {

constexpr std::int64_t kCriticShowers = 16;

struct CriticSample {
  at::Tensor cells, energy;
};

CriticSample critic_sample(std::uint64_t seed) {
  const auto batch = make_synthetic_showers(kCriticShowers, seed);
  return {at::tensor(batch.cells_gev).view({kCriticShowers, 25, 25, 25}), at::tensor(batch.energy_gev)};
}

TEST(ImageCritic, LearnsWhatTellsTwoSamplesApartAndShowsTheWay) {
  ImageCritic critic({25, 25, 25}, 3);
  const auto geant4 = critic_sample(1);
  const auto blurred = at::avg_pool3d(geant4.cells.unsqueeze(1), 3, 1, 1).squeeze(1);
  double loss = 0;
  for (int step = 0; step < 40; ++step) loss = critic.train(geant4.cells, blurred, geant4.energy, step, 1e-3);
  EXPECT_LT(loss, 1.25);  // 1.386: cannot tell; the penalty keeps it from running down at once
  const auto other = critic_sample(2);
  const auto other_blurred = at::avg_pool3d(other.cells.unsqueeze(1), 3, 1, 1).squeeze(1);
  const double sharp = critic.generator_loss(other.cells, other.energy).item<double>();
  const auto leaf = other_blurred.clone().requires_grad_(true);
  const auto fooled = critic.generator_loss(leaf, other.energy);
  EXPECT_GT(fooled.item<double>(), sharp);
  torch::autograd::backward({fooled}, {});
  EXPECT_GT(leaf.grad().abs().max().item<double>(), 0);
  for (const auto& [name, tensor] : critic.state()) EXPECT_FALSE(tensor.grad().defined()) << name;
}

TEST(ImageCritic, GoesOnFromItsState) {
  ImageCritic first({9, 9, 12}, 3);
  ImageCritic second({9, 9, 12}, 4);
  const auto cells = at::rand({4, 9, 9, 12}) * 0.01;
  const auto energy = at::full({4}, 300.0F);
  (void)first.train(cells, cells * 2, energy, 0, 1e-3);
  second.load_state(first.state());
  EXPECT_EQ(first.train(cells, cells * 2, energy, 1, 1e-3), second.train(cells, cells * 2, energy, 1, 1e-3));
}

TEST(ImageCritic, RefusesAnImageWithoutRoom) { EXPECT_THROW(ImageCritic({1, 9, 9}, 1), Error); }

}  // namespace
}  // namespace octocal::train
