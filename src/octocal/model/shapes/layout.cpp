// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "octocal/model/shapes/rules.hpp"

namespace octocal::model::shapes {
namespace {

Value concat(const NodeView& node) {
  Value out = node.input(0);
  out.name.clear();
  if (!node.node().attributes.contains("axis")) node.fail("attribute axis is missing");
  const std::size_t axis = node.axis(node.node().integer("axis", 0), out.shape.size());
  for (std::size_t i = 0; i < node.inputs(); ++i) {
    const Value& part = node.input(i);
    if (part.type != out.type)
      node.fail(fmt::format("input {} is {}, input 0 {}", i, name_of(part.type), name_of(out.type)));
    if (part.shape.size() != out.shape.size() || part.shape[axis] == kBatch) {
      node.fail(fmt::format("input {} has shape {}, which cannot be joined to {} along axis {}", i,
                            to_string(part.shape), to_string(out.shape), axis));
    }
    Shape expected = out.shape;
    expected[axis] = part.shape[axis];
    if (part.shape != expected) {
      node.fail(fmt::format("input {} has shape {}, expected {}", i, to_string(part.shape), to_string(expected)));
    }
    if (i > 0) out.shape[axis] += part.shape[axis];
  }
  return out;
}

Value transpose(const NodeView& node) {
  const Value& in = node.input(0);
  Shape reversed(in.shape.size());
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const Shape order = node.node().integers("perm", reversed);
  Shape sorted = order;
  std::sort(sorted.begin(), sorted.end());
  std::reverse(reversed.begin(), reversed.end());
  if (sorted != reversed) {
    node.fail(fmt::format("perm {} is not an order of the axes of {}", to_string(order), to_string(in.shape)));
  }
  Value out{"", in.type, {}};
  for (const std::int64_t axis : order) out.shape.push_back(in.shape[static_cast<std::size_t>(axis)]);
  return out;
}

/// Product of the sizes with the free batch axis left out; `batches` counts free axes. Sizes were limited before.
std::int64_t fixed_elements(const Shape& shape, int& batches) {
  std::int64_t product = 1;
  for (const std::int64_t size : shape) {
    if (size == kBatch) {
      ++batches;
    } else {
      product *= size;
    }
  }
  return product;
}

Value reshape(const NodeView& node) {
  const Value& in = node.input(0);
  const Tensor& target = node.constant(1, "shape");
  if (target.type != DataType::kInt64 || target.shape.size() != 1) {
    node.fail(fmt::format("the new shape is {} {} (expected a list of int64)", name_of(target.type),
                          to_string(target.shape)));
  }

  Value out{"", in.type, {}};
  std::ptrdiff_t rest = -1;
  const auto sizes = target.as<std::int64_t>();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < -1 || sizes[i] > (std::int64_t{1} << 31) || (sizes[i] == 0 && i >= in.shape.size()) ||
        (sizes[i] == -1 && rest >= 0)) {
      node.fail(fmt::format("the new shape has {} at axis {} (the input is {})", sizes[i], i, to_string(in.shape)));
    }
    if (sizes[i] == -1) rest = static_cast<std::ptrdiff_t>(i);
    out.shape.push_back(sizes[i] == 0 ? in.shape[i] : sizes[i] == -1 ? 1 : sizes[i]);
  }

  int batches_in = 0;
  int batches_out = 0;
  const std::int64_t elements_in = fixed_elements(in.shape, batches_in);
  std::int64_t elements_out = 1;
  for (const std::int64_t size : out.shape) {
    if (size == kBatch) {
      ++batches_out;
    } else if (size != 0 && elements_out > elements_in) {
      break;  // too large already; multiplying on could overflow
    } else {
      elements_out *= size;
    }
  }
  if (rest >= 0) {
    auto& free = out.shape[static_cast<std::size_t>(rest)];
    if (batches_out < batches_in) {
      free = kBatch;
      ++batches_out;
    } else if (elements_out > 0 && elements_in % elements_out == 0) {
      free = elements_in / elements_out;
      elements_out = elements_in;
    }
  }
  if (batches_in != batches_out || elements_in != elements_out) {
    node.fail(
        fmt::format("input {} cannot take the shape {} (expected as many cells a shower; the batch axis must be "
                    "-1 or 0)",
                    to_string(in.shape), to_string(Shape(sizes.begin(), sizes.end()))));
  }
  return out;
}

}  // namespace

std::span<const OpRule> layout_rules() {
  static const std::vector<OpRule> rules{
      {"Concat", 1, 64, {"axis"}, concat, kMovesNumbers},
      {"Transpose", 1, 1, {"perm"}, transpose, kMovesNumbers | kMovesCells},
      {"Reshape", 2, 2, {}, reshape, kMovesNumbers},
  };
  return rules;
}

}  // namespace octocal::model::shapes
