// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "octocal/engine/compile/plan.hpp"
#include "octocal/model/graph.hpp"

namespace octocal::engine {

/// How one value of the graph lies in a dense buffer: its axes without the batch axis, and the order in which they are
/// stored. A Transpose is a View of the same buffer with the axes named anew; only who needs another order copies.
struct View {
  int buffer = -1;
  model::Shape shape;      ///< axes 1.. of the graph's value
  std::vector<int> order;  ///< axes from the slowest to the fastest in memory
  Element element = Element::kFloat32;
  Quantization quantization;  ///< of a u8 buffer

  std::int64_t size() const;
  /// Distance in memory between neighbours along each axis of `shape`.
  std::vector<std::int64_t> strides() const;
  /// True if the axes of size above 1 are stored in this order (axes of size 1 may stand anywhere).
  bool stored_as(const std::vector<int>& wanted) const;
};

/// 0, 1, 2, ...: C order, which graph inputs and outputs have.
std::vector<int> plain_order(std::size_t rank);
/// Channels last: (c, y, x) stored as y, x, c.
std::vector<int> channels_last_order(std::size_t rank);

/// The copy that stores `view` in another order (source and destination buffers set by the caller). Errors: bad_input
/// for more than eight axes above size 1.
PermuteSpec permute_of(const View& view, const std::vector<int>& order, const std::string& layer);

}  // namespace octocal::engine
