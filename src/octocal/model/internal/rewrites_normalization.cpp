// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "octocal/model/internal/moments.hpp"
#include "octocal/model/internal/rewriting.hpp"

// Layers that normalize by moments of the shower itself:
//     d = x - mean(x);  d / sqrt(mean(d * d) + epsilon) * scale + shift

namespace octocal::model {
namespace {

std::string normalized(Rewriting& at, const std::string& x, const Shape& shape, const Shape& axes) {
  const auto from_mean = at.add("Sub", {x, mean_of(at, x, shape, axes, true)});
  const auto variance = mean_of(at, at.add("Mul", {from_mean, from_mean}), shape, axes, true);
  const auto width = at.add("Sqrt", {at.add("Add", {variance, at.number(at.node().real("epsilon", 1e-5F))})});
  return at.add("Div", {from_mean, width});
}

/// One number a channel, to be broadcast over (N, channels, ...) of `rank` axes.
std::string by_channel(Rewriting& at, const std::string& numbers, std::int64_t channels, std::size_t rank) {
  Shape shape(rank - 1, 1);
  shape[0] = channels;
  return at.add("Reshape", {numbers, at.integers(shape)});
}

bool instance(Rewriting& at) {
  const Value* in = at.value(0);
  if (in == nullptr || at.node().inputs.size() != 3) return false;
  const std::size_t rank = in->shape.size();
  if (rank < 3) at.fail(fmt::format("input has shape {} (expected (N, channels, ...))", to_string(in->shape)));
  Shape axes;
  for (std::size_t axis = 2; axis < rank; ++axis) axes.push_back(static_cast<std::int64_t>(axis));
  const auto unit = normalized(at, at.input(0), in->shape, axes);
  const auto scaled = at.add("Mul", {unit, by_channel(at, at.input(1), in->shape[1], rank)});
  at.finish("Add", {scaled, by_channel(at, at.input(2), in->shape[1], rank)});
  return true;
}

bool layer(Rewriting& at) {
  const Value* in = at.value(0);
  if (in == nullptr || at.node().outputs.size() != 1) return false;
  const std::size_t rank = in->shape.size();
  Shape axes;
  for (std::size_t axis = at.axis(at.node().integer("axis", -1), rank); axis < rank; ++axis)
    axes.push_back(static_cast<std::int64_t>(axis));
  const auto unit = normalized(at, at.input(0), in->shape, axes);
  if (at.has(2)) {
    at.finish("Add", {at.add("Mul", {unit, at.input(1)}), at.input(2)});
  } else {
    at.finish("Mul", {unit, at.input(1)});
  }
  return true;
}

/// Scale and shift: one a group in opset 18 to 20, one a channel since 21.
bool group(Rewriting& at) {
  const Value* in = at.value(0);
  if (in == nullptr || at.node().inputs.size() != 3) return false;
  const auto groups = at.node().integer("num_groups", 0);
  const Shape& shape = in->shape;
  if (shape.size() < 3 || groups < 1 || shape[1] < 1 || shape[1] % groups != 0)
    at.fail(fmt::format("{} groups of an input {}", groups, to_string(shape)));
  std::int64_t cells = shape[1] / groups;
  for (std::size_t axis = 2; axis < shape.size(); ++axis) cells *= shape[axis];
  const auto& inputs = at.node().inputs;
  const auto apart = at.add("Reshape", {inputs[0], at.integers({-1, groups, cells})});
  auto unit = normalized(at, apart, {kBatch, groups, cells}, {2});
  const auto scale_and_shift = [&](std::int64_t numbers, std::size_t rank) {
    unit = at.add("Mul", {unit, by_channel(at, inputs[1], numbers, rank)});
    unit = at.add("Add", {unit, by_channel(at, inputs[2], numbers, rank)});
  };
  if (at.opset() < 21) scale_and_shift(groups, 3);
  unit = at.add("Reshape", {unit, at.integers(shape)});
  if (at.opset() >= 21) scale_and_shift(shape[1], shape.size());
  at.finish_with(unit);
  return true;
}

}  // namespace

std::span<const FileOp> normalization_file_ops() {
  static const std::vector<FileOp> ops{
      {"InstanceNormalization", 11, {"epsilon"}, instance},
      {"LayerNormalization", 17, {"axis", "epsilon", "stash_type"}, layer},
      {"GroupNormalization", 18, {"epsilon", "num_groups", "stash_type"}, group},
  };
  return ops;
}

}  // namespace octocal::model
