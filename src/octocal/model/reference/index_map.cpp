// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/index_map.hpp"

#include "octocal/model/reference/operation.hpp"

// Ops that copy cells to other places: they serve every type.

namespace octocal::model::reference {
namespace {

/// The input's cell for each cell of the output, `fill` where there is none. An empty map keeps its axis.
Tensor copy_cells(const Operation& op, const std::vector<AxisMap>& maps, const std::vector<std::byte>& fill) {
  const Tensor& in = op.input(0);
  const auto strides = c_strides(in.shape);
  const std::size_t width = size_of(op.type);
  const std::size_t cells = elements(op.shape);
  Tensor out{op.type, op.shape, std::vector<std::byte>(cells * width)};
  for (std::size_t cell = 0; cell < cells; ++cell) {
    std::size_t rest = cell;
    std::size_t offset = 0;
    bool filled = false;
    for (std::size_t axis = op.shape.size(); axis-- > 0;) {
      const auto extent = static_cast<std::size_t>(op.shape[axis]);
      const std::size_t index = rest % extent;
      rest /= extent;
      const auto from = maps[axis].empty() ? static_cast<std::int64_t>(index) : maps[axis][index];
      filled = filled || from == kFilled;
      if (!filled) offset += strides[axis] * static_cast<std::size_t>(from);
    }
    std::memcpy(out.bytes.data() + cell * width, filled ? fill.data() : in.bytes.data() + offset * width, width);
  }
  return out;
}

/// The input's shape, as the maps are made from: with its first axis free, unless that of a constant is resized itself.
Shape with_free_batch(const Operation& op) {
  Shape shape = op.input(0).shape;
  if (!shape.empty() && shape[0] == op.shape[0]) shape[0] = kBatch;
  return shape;
}

}  // namespace

Tensor resize(const Operation& op) {
  const auto constant = [&](std::size_t i) { return op.has(i) ? &op.input(i) : nullptr; };
  return copy_cells(op, resize_maps(op.node, with_free_batch(op), constant(2), constant(3), "reference"), {});
}

Tensor tile(const Operation& op) {
  return copy_cells(op, tile_maps(op.node, with_free_batch(op), op.input(1), "reference"), {});
}

Tensor pad(const Operation& op) {
  const auto fill = op.has(2) ? op.input(2).bytes : std::vector<std::byte>(size_of(op.type));
  return copy_cells(op, pad_maps(op.node, with_free_batch(op), op.input(1), "reference"), fill);
}

}  // namespace octocal::model::reference
