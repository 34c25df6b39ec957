// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "octocal/model/internal/rewriting.hpp"

// Resize, Pad, Tile and Expand of all opsets.

namespace octocal::model {
namespace {

/// The factor by which a Resize makes `size` of `extent` cells.
float factor_of(std::int64_t size, std::int64_t extent) {
  const auto cells = static_cast<float>(extent);
  float factor = static_cast<float>(size) / cells;
  // Rounding may have brought it below.
  if (static_cast<std::int64_t>(std::floor(cells * factor)) < size) factor = std::nextafter(factor, factor + 1);
  return factor;
}

/// Scales in place of sizes, which cannot hold the free number of showers; all axes in place of some (opset 18).
bool resize(Rewriting& at) {
  const Node& node = at.node();
  const Value* in = at.value(0);
  if (in == nullptr) return false;
  if (node.integer("antialias", 0) != 0) at.fail("antialias is not supported");
  if (const auto policy = node.text("keep_aspect_ratio_policy", "stretch"); policy != "stretch")
    at.fail(fmt::format("keep_aspect_ratio_policy {} is not supported (expected stretch)", policy));
  const auto sizes = at.list(3);
  const Tensor* scales = at.constant(2);
  const bool by_sizes = sizes && !sizes->empty();
  const bool by_scales = scales != nullptr && scales->type == DataType::kFloat32 && !scales->bytes.empty();
  if (by_sizes == by_scales) return false;
  const std::size_t rank = in->shape.size();
  const bool is_plain = by_scales && node.inputs.size() == 3 && node.inputs[1].empty() &&
                        !node.attributes.contains("antialias") && !node.attributes.contains("axes") &&
                        !node.attributes.contains("keep_aspect_ratio_policy");
  if (is_plain) return false;
  Shape axes = node.integers("axes", {});
  for (std::size_t axis = 0; !node.attributes.contains("axes") && axis < rank; ++axis)
    axes.push_back(static_cast<std::int64_t>(axis));
  if (axes.size() != (by_sizes ? sizes->size() : scales->as<float>().size())) return false;
  std::vector<float> factors(rank, 1.0F);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = at.axis(axes[i], rank);
    if (by_scales) {
      factors[axis] = scales->as<float>()[i];
    } else if (in->shape[axis] == kBatch) {
      // 1: an exporter that fixes the batch writes it here, too.
      if ((*sizes)[i] != Rewriting::kShowers && (*sizes)[i] != 1) at.fail("it resizes the batch axis");
    } else {
      if ((*sizes)[i] < 1 || in->shape[axis] < 1)
        at.fail(fmt::format("output would have size {} along axis {}", (*sizes)[i], axis));
      factors[axis] = factor_of((*sizes)[i], in->shape[axis]);
    }
  }
  auto attributes = node.attributes;
  for (const char* gone : {"antialias", "axes", "keep_aspect_ratio_policy"}) attributes.erase(gone);
  at.finish("Resize", {at.input(0), "", at.constant(make_tensor({static_cast<std::int64_t>(rank)}, factors))},
            attributes);
  return true;
}

/// All axes in place of some (opset 18).
bool pad(Rewriting& at) {
  const Node& node = at.node();
  const Value* in = at.value(0);
  const auto axes = at.list(3);
  if (!at.has(3)) return false;
  const auto given = at.list(1);
  if (in == nullptr || !given || !axes) return false;
  const std::size_t rank = in->shape.size();
  if (given->size() != 2 * axes->size())
    at.fail(fmt::format("{} pads for {} axes (expected two each)", given->size(), axes->size()));
  Shape pads(2 * rank, 0);
  for (std::size_t i = 0; i < axes->size(); ++i) {
    const std::size_t axis = at.axis((*axes)[i], rank);
    pads[axis] = (*given)[i];
    pads[rank + axis] = (*given)[axes->size() + i];
  }
  std::vector<std::string> inputs{at.input(0), at.integers(pads)};
  if (at.has(2)) inputs.push_back(node.inputs[2]);
  at.finish("Pad", inputs, node.attributes);
  return true;
}

/// Tile, with 1 where the value is one for all showers and broadcast to them later.
bool tile(Rewriting& at) {
  const Value* in = at.value(0);
  auto repeats = at.list(1);
  if (in == nullptr || !repeats || std::count(repeats->begin(), repeats->end(), Rewriting::kShowers) == 0) return false;
  for (std::size_t axis = 0; axis < repeats->size(); ++axis) {
    if ((*repeats)[axis] != Rewriting::kShowers) continue;
    if (axis != 0 || in->shape.size() != repeats->size() || in->shape[0] != 1)
      at.fail("it repeats something as often as there are showers");
    (*repeats)[axis] = 1;
  }
  at.finish("Tile", {at.input(0), at.integers(*repeats)});
  return true;
}

/// Axes of one cell repeated, behind a Reshape if it adds axes in front.
bool expand(Rewriting& at) {
  const Value* in = at.value(0);
  const auto given = at.list(1);
  if (in == nullptr || !given) return false;
  Shape from = in->shape;
  Shape to = *given;
  while (to.size() < from.size()) to.insert(to.begin(), 1);
  const bool longer = from.size() < to.size();
  while (from.size() < to.size()) from.insert(from.begin(), 1);
  Shape repeats(to.size(), 1);
  for (std::size_t axis = 0; axis < to.size(); ++axis) {
    const bool showers = to[axis] == Rewriting::kShowers;
    if (to[axis] == 1 || to[axis] == from[axis] || (showers && axis == 0 && (from[0] == kBatch || from[0] == 1)))
      continue;  // one for all showers is broadcast to them where it is used
    if (from[axis] != 1 || to[axis] < 1)
      at.fail(fmt::format("{} does not stretch to {}", to_string(in->shape), Rewriting::text(*given)));
    repeats[axis] = to[axis];
  }
  std::string value = at.input(0);
  if (longer) {
    if (std::count(from.begin(), from.end(), kBatch) > 0 && from[0] != kBatch)
      at.fail("the number of showers would stand behind other axes (expected it first)");
    value = at.add("Reshape", {value, at.integers(from)});
  }
  at.finish("Tile", {value, at.integers(repeats)});
  return true;
}

}  // namespace

std::span<const FileOp> index_map_file_ops() {
  static const std::vector<FileOp> ops{
      {"Resize",
       11,
       {"antialias", "axes", "coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside",
        "extrapolation_value", "keep_aspect_ratio_policy", "mode", "nearest_mode"},
       resize},
      {"Pad", 11, {"mode"}, pad},
      {"Tile", 11, {}, tile},
      {"Expand", 11, {}, expand},
  };
  return ops;
}

}  // namespace octocal::model
