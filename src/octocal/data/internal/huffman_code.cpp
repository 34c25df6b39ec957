// SPDX-License-Identifier: Apache-2.0
#include "octocal/data/internal/huffman_code.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace octocal::data {
namespace {

constexpr unsigned kLongestCode = 15;

/// How many bits each leaf of Huffman's tree lies below its root. Counts ascend; there are at least two.
std::vector<unsigned> depths_of(const std::vector<std::uint32_t>& counts) {
  const std::size_t leaves = counts.size(), nodes = 2 * leaves - 1;
  std::vector<std::uint32_t> weight(counts);
  weight.resize(nodes);
  std::vector<std::size_t> parent(nodes);
  // Inner nodes are made in ascending order of weight, so that the lightest of all are at the front of two queues.
  std::size_t leaf = 0, inner = leaves;
  for (std::size_t node = leaves; node < nodes; ++node) {
    for (int child = 0; child < 2; ++child) {
      const bool take_leaf = leaf < leaves && (inner == node || weight[leaf] <= weight[inner]);
      const std::size_t taken = take_leaf ? leaf++ : inner++;
      weight[node] += weight[taken];
      parent[taken] = node;
    }
  }
  std::vector<unsigned> depth(nodes, 0);
  for (std::size_t node = nodes - 1; node-- > 0;) depth[node] = depth[parent[node]] + 1;
  depth.resize(leaves);
  return depth;
}

}  // namespace

void huffman_lengths(std::span<const std::uint32_t> counts, unsigned longest, std::span<std::uint8_t> lengths) {
  std::fill(lengths.begin(), lengths.end(), std::uint8_t{0});
  std::vector<std::size_t> symbols;
  for (std::size_t s = 0; s < counts.size(); ++s)
    if (counts[s] > 0) symbols.push_back(s);
  if (symbols.size() < 2) {
    for (const auto s : symbols) lengths[s] = 1;
    return;
  }
  std::stable_sort(symbols.begin(), symbols.end(), [&](std::size_t a, std::size_t b) { return counts[a] < counts[b]; });
  std::vector<std::uint32_t> sorted;
  for (const auto s : symbols) sorted.push_back(counts[s]);

  // Codes that are too long are cut, and the room that this takes is made by lengthening others (Kraft's sum, counted
  // in units of 2^-longest).
  std::vector<std::size_t> of_length(longest + 1, 0);
  for (const auto depth : depths_of(sorted)) ++of_length[std::min(depth, longest)];
  std::uint64_t used = 0;
  for (unsigned bits = 1; bits <= longest; ++bits)
    used += static_cast<std::uint64_t>(of_length[bits]) << (longest - bits);
  for (; used > std::uint64_t{1} << longest; --used) {
    --of_length[longest];
    unsigned bits = longest - 1;
    while (of_length[bits] == 0) --bits;
    --of_length[bits];
    of_length[bits + 1] += 2;
  }
  std::size_t next = 0;  // the rarest first
  for (unsigned bits = longest; bits >= 1; --bits)
    for (std::size_t k = 0; k < of_length[bits]; ++k) lengths[symbols[next++]] = static_cast<std::uint8_t>(bits);
}

void huffman_codes(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> codes) {
  std::array<unsigned, kLongestCode + 2> of_length{}, next{};
  for (const auto bits : lengths)
    if (bits > 0) ++of_length[bits];
  for (unsigned bits = 1; bits <= kLongestCode; ++bits) next[bits + 1] = (next[bits] + of_length[bits]) << 1U;
  for (std::size_t s = 0; s < lengths.size(); ++s) {
    codes[s] = 0;
    if (lengths[s] == 0) continue;
    const unsigned code = next[lengths[s]]++;
    for (unsigned bit = 0; bit < lengths[s]; ++bit)
      if ((code >> bit & 1U) != 0) codes[s] = static_cast<std::uint16_t>(codes[s] | 1U << (lengths[s] - 1U - bit));
  }
}

}  // namespace octocal::data
