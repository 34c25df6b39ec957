// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "octocal/train/discriminator_network.hpp"
#include "octocal/train/generator_network.hpp"

namespace octocal::train {
namespace {

const model::DiscriminatorNetwork kDiscriminator = model::paper_discriminator();
constexpr model::AxisSizes kImage{25, 25, 25};

TEST(Networks, HaveThePapersParameterCounts) {
  EXPECT_EQ(trainable_elements(make_generator({}, 1)), 2053446);
  EXPECT_EQ(trainable_elements(make_discriminator(kDiscriminator, kImage, 1)), 712888);
}

TEST(Networks, SameSeedSameWeights) {
  const auto a = make_generator({}, 5);
  const auto b = make_generator({}, 5);
  const auto c = make_generator({}, 6);
  for (const auto& [name, tensor] : a) EXPECT_TRUE(at::equal(tensor, b.at(name))) << name;
  EXPECT_FALSE(at::equal(a.at("final.weight"), c.at("final.weight")));
}

TEST(Networks, EveryTrainableParameterGetsAGradient) {
  const model::GeneratorSpec spec;
  auto generator = make_generator(spec, 2);
  auto discriminator = make_discriminator(kDiscriminator, kImage, 3);
  const auto energy = at::tensor({150.0F, 300.0F});
  const auto cells = make_cells(spec, rectify(generator_image(spec, generator, at::ones({2, 200})), 10), energy);
  const auto verdict = discriminate(kDiscriminator, discriminator, cells);
  EXPECT_EQ(verdict.real.sizes(), at::IntArrayRef({2}));
  EXPECT_TRUE(at::allclose(verdict.ecal, cells.sum({1, 2, 3})));
  torch::autograd::backward({verdict.real.sum() + verdict.aux.sum()}, {});
  for (const auto* parameters : {&generator, &discriminator})
    for (const auto& [name, tensor] : *parameters) {
      if (!tensor.requires_grad()) continue;
      ASSERT_TRUE(tensor.grad().defined()) << name;
      EXPECT_GT(tensor.grad().abs().max().item<float>(), 0) << name;
    }
}

TEST(MakeCells, IsTheStatedOutputTransform) {
  model::GeneratorSpec spec;
  spec.output_scale = 0.5;
  auto rectified = at::zeros({1, 25, 25, 25});  // (n, z, x, y)
  rectified[0][3][1][2] = 4;
  const auto cells = make_cells(spec, rectified, at::tensor({200.0F}));
  EXPECT_FLOAT_EQ(cells[0][1][2][3].item<float>(), 200 * 0.5 * 16);
  EXPECT_FLOAT_EQ(cells.sum().item<float>(), 200 * 0.5 * 16);
}

}  // namespace
}  // namespace octocal::train
