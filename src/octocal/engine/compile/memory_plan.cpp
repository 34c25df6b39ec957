// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/compile/memory_plan.hpp"

#include <algorithm>
#include <numeric>

namespace octocal::engine {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t padded(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment + kAlignment; }

}  // namespace

MemoryPlan plan_memory(const std::vector<Lifetime>& blocks) {
  std::vector<std::size_t> by_size(blocks.size());
  std::iota(by_size.begin(), by_size.end(), std::size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(),
                   [&](std::size_t a, std::size_t b) { return blocks[a].bytes > blocks[b].bytes; });

  MemoryPlan plan;
  plan.offsets.assign(blocks.size(), 0);
  std::vector<std::size_t> placed;  // alive together with the one at hand are checked in order of offset
  for (const std::size_t block : by_size) {
    const auto& life = blocks[block];
    std::sort(placed.begin(), placed.end(),
              [&](std::size_t a, std::size_t b) { return plan.offsets[a] < plan.offsets[b]; });
    std::size_t offset = 0;
    for (const std::size_t other : placed) {
      const bool together = blocks[other].first <= life.last && life.first <= blocks[other].last;
      if (!together) continue;
      if (offset + padded(life.bytes) <= plan.offsets[other]) break;
      offset = std::max(offset, plan.offsets[other] + padded(blocks[other].bytes));
    }
    plan.offsets[block] = offset;
    plan.bytes = std::max(plan.bytes, offset + padded(life.bytes));
    placed.push_back(block);
  }
  return plan;
}

}  // namespace octocal::engine
