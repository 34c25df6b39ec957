// SPDX-License-Identifier: Apache-2.0
#include "octocal/train/local_branch.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "octocal/base/machine.hpp"
#include "octocal/model/cells_spec.hpp"
#include "unit/train/capped_isa.hpp"

// The branch of a head that all its layers share: its kernels against plain operations, those against sums by hand.

namespace octocal::train {
namespace {

TEST(LocalBranch, AddsWhatPlainOperationsDoWithTheirGradients) {
  // Odd and even sizes; channels that fill no group and more than one.
  const auto generator = at::detail::createCPUGenerator(9);
  const auto random = [&](at::IntArrayRef shape) { return at::randn(shape, generator, at::kFloat); };
  for (const auto isa : usable_isas()) {
    const CappedIsa capped(isa);
    for (const auto& image : {model::AxisSizes{7, 6, 5}, model::AxisSizes{4, 5, 17}})
      for (std::int64_t k = 0; k < model::kCellPasses; ++k) {
        const auto pass = model::cell_pass(k, image);
        const auto planes = model::cell_planes(k);
        for (const std::int64_t channels : {3, 18}) {
          const auto seen = random({2, planes * image.z, image.x, image.y}).contiguous(at::MemoryFormat::ChannelsLast);
          const LocalHead head{
              k, image, seen, random({channels, planes, 5, 5}), random({channels}), random({4, channels})};
          const auto start = random({2, 4 * image.z, pass.columns, pass.rows});
          const auto weigh = at::cos(at::arange(start.numel(), at::kFloat)).view(start.sizes());
          const auto with_gradients = [&](const auto& added) {
            auto own = head;
            auto values = start.detach().set_requires_grad(true);
            for (auto* tensor : {&own.weight, &own.bias, &own.out}) *tensor = tensor->detach().set_requires_grad(true);
            const auto found = added(own, values);
            torch::autograd::backward({(found * weigh).sum()}, {});
            return std::vector<at::Tensor>{found.detach() - start, values.grad(), own.weight.grad(), own.bias.grad(),
                                           own.out.grad()};
          };
          const auto ours = with_gradients(add_local_values);
          const auto plain = with_gradients(
              [](const LocalHead& own, const at::Tensor& values) { return values + plain_local_values(own); });
          for (std::size_t i = 0; i < ours.size(); ++i) {
            const auto size = plain[i].abs().max().item<float>();
            EXPECT_GT(size, 0);
            EXPECT_LT((ours[i] - plain[i]).abs().max().item<float>(), 1e-5F * size)
                << isa_name(isa) << " head " << k << " " << channels << " channels, " << i;
          }
        }
      }
  }
}

TEST(LocalBranch, SumsTheNeighboursOfItsOwnLayer) {
  // One channel that adds the hits around a cell (all taps 1, plane 2), one value of a cell, which doubles it.
  const model::AxisSizes image{6, 7, 3};
  const auto hits = at::zeros({1, 9, 6, 7});
  hits[0][6 + 1][0][3] = 1;  // layer 1
  hits[0][6 + 1][3][3] = 1;
  hits[0][6 + 2][2][2] = 1;  // layer 2
  const auto weight = at::zeros({1, 3, 5, 5});
  weight[0][2].fill_(1);
  for (std::int64_t k = 1; k < model::kCellPasses; ++k) {
    const auto pass = model::cell_pass(k, image);
    const LocalHead head{k, image, hits, weight, at::zeros({1}), at::full({1, 1}, 2.0F)};
    const auto found = add_local_values(head, at::zeros({1, 3, pass.columns, pass.rows}));
    for (std::int64_t l = 0; l < 3; ++l)
      for (std::int64_t i = 0; i < pass.columns; ++i)
        for (std::int64_t j = 0; j < pass.rows; ++j) {
          const auto x = pass.first_x + 2 * i, y = pass.first_y + 2 * j;
          const auto near = [&](std::int64_t at_x, std::int64_t at_y) {
            return std::abs(x - at_x) <= 2 && std::abs(y - at_y) <= 2 ? 1 : 0;
          };
          const int wanted = l == 0 ? 0 : l == 1 ? near(0, 3) + near(3, 3) : near(2, 2);
          EXPECT_EQ(found[0][l][i][j].item<float>(), 2.0F * static_cast<float>(wanted)) << k << " " << x << " " << y;
        }
  }
}

}  // namespace
}  // namespace octocal::train
