// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "octocal/model/reference/operation.hpp"

// Ops that only move bytes: they serve every type.

namespace octocal::model::reference {

Tensor concat(const Operation& op) {
  const std::int64_t axis = op.node.integer("axis", 0);
  const std::size_t along =
      static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(op.shape.size()) : axis);
  // Everything before the axis is repeated; from the axis on each input is one run of bytes.
  const std::size_t outer = elements(Shape(op.shape.begin(), op.shape.begin() + static_cast<std::ptrdiff_t>(along)));
  Tensor out{op.type, op.shape, {}};
  out.bytes.reserve(elements(op.shape) * size_of(op.type));
  for (std::size_t i = 0; i < outer; ++i) {
    for (const Tensor* input : op.inputs) {
      const std::size_t run = input->bytes.size() / outer;
      const auto first = input->bytes.begin() + static_cast<std::ptrdiff_t>(i * run);
      out.bytes.insert(out.bytes.end(), first, first + static_cast<std::ptrdiff_t>(run));
    }
  }
  return out;
}

Tensor transpose(const Operation& op) {
  const Tensor& in = op.input(0);
  Shape order(in.shape.size());
  std::iota(order.rbegin(), order.rend(), 0);
  order = op.node.integers("perm", order);
  const auto in_strides = c_strides(in.shape);
  std::vector<std::size_t> strides;
  for (const std::int64_t axis : order) strides.push_back(in_strides[static_cast<std::size_t>(axis)]);

  Tensor out{op.type, op.shape, std::vector<std::byte>(in.bytes.size())};
  const std::size_t width = size_of(op.type);
  std::byte* to = out.bytes.data();
  for (const std::size_t offset : offsets(op.shape, strides)) {
    std::memcpy(to, in.bytes.data() + offset * width, width);
    to += width;
  }
  return out;
}

Tensor reshape(const Operation& op) { return {op.type, op.shape, op.input(0).bytes}; }

}  // namespace octocal::model::reference
