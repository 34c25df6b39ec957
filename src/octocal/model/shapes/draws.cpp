// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "octocal/model/draw_cells.hpp"
#include "octocal/model/shapes/rules.hpp"

namespace octocal::model::shapes {
namespace {

Value draw_cells(const NodeView& node) {
  for (std::size_t i = 0; i < 6; ++i)
    if (node.input(i).type != DataType::kFloat32)
      node.fail(fmt::format("input {} is {} (expected float32)", i, name_of(node.input(i).type)));
  const auto& values = node.input(0).shape;
  if (values.size() != 4)
    node.fail(fmt::format("the values have shape {} (expected channels and two axes)", to_string(values)));
  node.constant(2, "colour");
  node.constant(3, "log density");
  const auto& basis = node.constant(4, "basis").shape;
  if (basis.size() != 2 || basis[0] < 1 || basis[1] < 1)
    node.fail(fmt::format("the basis has shape {} (expected statistics and bins)", to_string(basis)));
  const auto parts = 1 + basis[0];
  if (values[1] < parts || values[1] % parts != 0)
    node.fail(fmt::format("{} values a cell column (expected a multiple of {})", values[1], parts));
  const auto layers = values[1] / parts;
  node.expect_shape(1, {values[0], 2, layers, values[2], values[3]}, "noise");
  node.expect_shape(2, {values[2], values[3]}, "colour");
  node.expect_shape(3, {basis[1]}, "log density");
  node.expect_shape(5, {basis[1] + 1}, "edges");
  const auto edges = node.constant(5, "edges").as<float>();
  if (!std::is_sorted(edges.begin(), edges.end())) node.fail("the edges of its bins do not ascend");
  return {"", DataType::kFloat32, {values[0], layers, values[2], values[3]}};
}

}  // namespace

std::span<const OpRule> draw_rules() {
  static const std::vector<OpRule> rules{{kDrawCells, 6, 6, {}, draw_cells}};
  return rules;
}

}  // namespace octocal::model::shapes
