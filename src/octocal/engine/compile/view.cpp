// SPDX-License-Identifier: Apache-2.0
#include "octocal/engine/compile/view.hpp"

#include <fmt/format.h>

#include <numeric>

#include "octocal/base/error.hpp"

namespace octocal::engine {
namespace {

std::vector<int> axes_above_one(const model::Shape& shape, const std::vector<int>& order) {
  std::vector<int> axes;
  for (const int axis : order)
    if (shape[static_cast<std::size_t>(axis)] != 1) axes.push_back(axis);
  return axes;
}

}  // namespace

std::int64_t View::size() const { return static_cast<std::int64_t>(model::elements(shape)); }

std::vector<std::int64_t> View::strides() const {
  std::vector<std::int64_t> strides(shape.size(), 0);
  std::int64_t stride = 1;
  for (auto axis = order.rbegin(); axis != order.rend(); ++axis) {
    strides[static_cast<std::size_t>(*axis)] = stride;
    stride *= shape[static_cast<std::size_t>(*axis)];
  }
  return strides;
}

bool View::stored_as(const std::vector<int>& wanted) const {
  return axes_above_one(shape, order) == axes_above_one(shape, wanted);
}

std::vector<int> plain_order(std::size_t rank) {
  std::vector<int> order(rank);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

std::vector<int> channels_last_order(std::size_t rank) {
  std::vector<int> order;
  for (std::size_t axis = 1; axis < rank; ++axis) order.push_back(static_cast<int>(axis));
  order.push_back(0);
  return order;
}

PermuteSpec permute_of(const View& view, const std::vector<int>& order, const std::string& layer) {
  const auto axes = axes_above_one(view.shape, order);
  if (axes.size() > PermuteSpec::kRank)
    throw bad_input(
        fmt::format("layer {}: a value of shape {} has to be reordered (the engine moves at most {} axes); "
                    "simplify the model",
                    layer, model::to_string(view.shape), PermuteSpec::kRank));
  PermuteSpec spec;
  spec.element = view.element;
  const auto strides = view.strides();
  std::int64_t destination_stride = 1;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(axes[axes.size() - 1 - i]);
    const std::size_t position = PermuteSpec::kRank - 1 - i;
    spec.dims[position] = view.shape[axis];
    spec.source_strides[position] = strides[axis];
    spec.destination_strides[position] = destination_stride;
    destination_stride *= view.shape[axis];
  }
  return spec;
}

}  // namespace octocal::engine
