// SPDX-License-Identifier: Apache-2.0
#include "octocal/model/index_map.hpp"

#include <fmt/format.h>

#include "octocal/model/shapes/rules.hpp"

// Ops that copy cells to other places; the places are constants.

namespace octocal::model::shapes {
namespace {

Value resize(const NodeView& node) {
  const Value& in = node.input(0);
  const auto optional = [&](std::size_t i, const char* meaning) {
    return node.has(i) ? &node.constant(i, meaning) : nullptr;
  };
  const auto maps = resize_maps(node.node(), in.shape, optional(2, "scales"), optional(3, "sizes"), node.origin());
  return {"", in.type, mapped_shape(in.shape, maps)};
}

Value pad(const NodeView& node) {
  const Value& in = node.input(0);
  if (node.has(2)) {
    const Tensor& fill = node.constant(2, "fill value");
    if (fill.type != in.type || elements(fill.shape) != 1)
      node.fail(fmt::format("the fill value is {} {} (expected one {})", name_of(fill.type), to_string(fill.shape),
                            name_of(in.type)));
  }
  return {"", in.type,
          mapped_shape(in.shape, pad_maps(node.node(), in.shape, node.constant(1, "pads"), node.origin()))};
}

Value tile(const NodeView& node) {
  const Value& in = node.input(0);
  return {"", in.type,
          mapped_shape(in.shape, tile_maps(node.node(), in.shape, node.constant(1, "repeats"), node.origin()))};
}

}  // namespace

std::span<const OpRule> index_map_rules() {
  static const std::vector<OpRule> rules{
      {"Resize",
       1,
       4,
       {"coordinate_transformation_mode", "cubic_coeff_a", "exclude_outside", "extrapolation_value", "mode",
        "nearest_mode"},
       resize,
       kMovesNumbers | kMovesCells},
      {"Pad", 2, 3, {"mode"}, pad, kMovesNumbers | kMovesCells},
      {"Tile", 2, 2, {}, tile, kMovesNumbers | kMovesCells},
  };
  return rules;
}

}  // namespace octocal::model::shapes
