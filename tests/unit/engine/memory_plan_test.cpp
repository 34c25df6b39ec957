// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/compile/memory_plan.hpp"

#include <gtest/gtest.h>

#include "octocal/base/random.hpp"

namespace octocal::engine {
namespace {

TEST(MemoryPlan, BlocksAliveTogetherDoNotOverlap) {
  for (std::uint64_t trial = 0; trial < 200; ++trial) {
    std::vector<Lifetime> blocks;
    for (std::uint32_t b = 0; b < 30; ++b) {
      const auto draw = philox(7, Draw::kPhysics, trial, b);
      blocks.push_back({draw[0] % 5000, draw[1] % 20, 0});
      blocks.back().last = blocks.back().first + draw[2] % 6;
    }
    const auto plan = plan_memory(blocks);
    for (std::size_t a = 0; a < blocks.size(); ++a) {
      EXPECT_EQ(plan.offsets[a] % 64, 0U);
      EXPECT_LE(plan.offsets[a] + blocks[a].bytes + 64, plan.bytes);
      for (std::size_t b = 0; b < a; ++b) {
        if (blocks[a].first > blocks[b].last || blocks[b].first > blocks[a].last) continue;
        const bool apart = plan.offsets[a] + blocks[a].bytes <= plan.offsets[b] ||
                           plan.offsets[b] + blocks[b].bytes <= plan.offsets[a];
        EXPECT_TRUE(apart) << "trial " << trial << ": blocks " << a << " and " << b;
      }
    }
  }
}

TEST(MemoryPlan, AChainNeedsTwoBlocksAtATime) {
  std::vector<Lifetime> chain;
  for (std::size_t step = 0; step < 10; ++step) chain.push_back({64 * 100, step, step + 1});
  EXPECT_EQ(plan_memory(chain).bytes, 2U * 64 * 101);
}

}  // namespace
}  // namespace octocal::engine
