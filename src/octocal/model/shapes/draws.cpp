// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "octocal/model/cell_ops.hpp"
#include "octocal/model/shapes/rules.hpp"

namespace octocal::model::shapes {
namespace {

void expect_floats(const NodeView& node, std::initializer_list<std::size_t> inputs) {
  for (const std::size_t i : inputs)
    if (node.input(i).type != DataType::kFloat32)
      node.fail(fmt::format("input {} is {} (expected float32)", i, name_of(node.input(i).type)));
}

Value draw_cells(const NodeView& node) {
  expect_floats(node, {0, 1, 2, 3, 4, 5});
  const auto& values = node.input(0).shape;
  if (values.size() != 4)
    node.fail(fmt::format("the values have shape {} (expected channels and two axes)", to_string(values)));
  const auto colour = node.constant(2, "colour").as<float>();
  for (const float share : colour)
    if (share != 0 && share != 1) node.fail(fmt::format("its colour holds {} (expected 0 and 1)", share));
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
  // exp of these is a normal float32: neither infinite nor a number that some machines take for zero.
  constexpr float kLowest = -87, kHighest = 88;
  if (edges.front() < kLowest || edges.back() > kHighest)
    node.fail(fmt::format("the edges of its bins go from {} to {} (expected from {} to {}, log of GeV)", edges.front(),
                          edges.back(), kLowest, kHighest));
  return {"", DataType::kFloat32, {values[0], layers, values[2], values[3]}};
}

/// Sizes of a shower from the energies of its columns, rows and layers (inputs 0 to 2).
struct Slices {
  std::int64_t batch, nx, ny, nz;
};

Slices slices_of(const NodeView& node) {
  expect_floats(node, {0, 1, 2});
  for (std::size_t i = 0; i < 3; ++i)
    if (node.input(i).shape.size() != 4)
      node.fail(fmt::format("input {} has shape {} (expected four axes)", i, to_string(node.input(i).shape)));
  const Slices slices{node.input(0).shape[0], node.input(0).shape[2], node.input(1).shape[3], node.input(2).shape[1]};
  node.expect_shape(0, {slices.batch, 1, slices.nx, 1}, "x");
  node.expect_shape(1, {slices.batch, 1, 1, slices.ny}, "y");
  node.expect_shape(2, {slices.batch, slices.nz, 1, 1}, "z");
  return slices;
}

void expect_settings(const NodeView& node, std::size_t input, std::int64_t count) {
  expect_floats(node, {input});
  node.constant(input, "settings");
  node.expect_shape(input, {count}, "settings");
}

void expect_positive(const NodeView& node, std::size_t input, std::initializer_list<std::size_t> which) {
  const auto settings = node.constant(input, "settings").as<float>();
  for (const std::size_t i : which)
    if (!(settings[i] > 0)) node.fail(fmt::format("setting {} is {} (expected a number above 0)", i, settings[i]));
}

Value expected_cells(const NodeView& node) {
  const auto [batch, nx, ny, nz] = slices_of(node);
  expect_settings(node, 3, 4);
  expect_positive(node, 3, {0, 1});
  return {"", DataType::kFloat32, {batch, nz, nx, ny}};
}

/// Layers of `drawn` (input 3), and an order (input 4) that names layers up to `most`.
std::int64_t drawn_layers(const NodeView& node, const Slices& slices, bool all) {
  expect_floats(node, {3});
  const auto& drawn = node.input(3).shape;
  const auto layers = drawn.size() == 4 ? drawn[1] : 0;
  if (layers < 1 || layers > slices.nz || (all && layers != slices.nz))
    node.fail(fmt::format("the drawn cells have shape {} (expected {}{} layers and two axes)", to_string(drawn),
                          all ? "" : "at most ", slices.nz));
  node.expect_shape(3, {slices.batch, layers, slices.nx, slices.ny}, "drawn cells");
  if (node.input(4).type != DataType::kInt64)
    node.fail(fmt::format("input 4 is {} (expected int64)", name_of(node.input(4).type)));
  const auto order = node.constant(4, "order").as<std::int64_t>();
  node.expect_shape(4, {slices.nz}, "order");
  std::vector<bool> met(static_cast<std::size_t>(layers));
  for (const std::int64_t layer : order) {
    if (layer < 0 || layer > layers || (all && layer == layers))
      node.fail(fmt::format("its order names layer {} of {}", layer, layers));
    if (layer == layers) continue;
    if (met[static_cast<std::size_t>(layer)]) node.fail(fmt::format("its order names layer {} twice", layer));
    met[static_cast<std::size_t>(layer)] = true;
  }
  if (std::find(met.begin(), met.end(), false) != met.end()) node.fail("its order leaves out a drawn layer");
  return layers;
}

Value see_cells(const NodeView& node) {
  const auto slices = slices_of(node);
  const auto layers = drawn_layers(node, slices, false);
  expect_settings(node, 5, 7);
  expect_positive(node, 5, {0, 1, 4});
  return {"", DataType::kFloat32, {slices.batch, slices.nz + 2 * layers, slices.nx, slices.ny}};
}

Value fit_cells(const NodeView& node) {
  const auto slices = slices_of(node);
  drawn_layers(node, slices, true);
  expect_settings(node, 5, 4);
  const auto settings = node.constant(5, "settings").as<float>();
  if (!(settings[1] > settings[0])) node.fail("its cells are free at less energy than they are fixed");
  if (!(settings[2] >= 0 && settings[3] >= settings[2])) node.fail("its least factor is above its most factor");
  return {"", DataType::kFloat32, {slices.batch, slices.nx, slices.ny, slices.nz}};
}

Value fit_cells_by_log(const NodeView& node) {
  auto cells = fit_cells(node);
  expect_positive(node, 5, {0});
  return cells;
}

}  // namespace

std::span<const OpRule> draw_rules() {
  static const std::vector<OpRule> rules{{kDrawCells, 6, 6, {}, draw_cells},
                                         {kExpectedCells, 4, 4, {}, expected_cells},
                                         {kSeeCells, 6, 6, {}, see_cells},
                                         {kFitCells, 6, 6, {}, fit_cells},
                                         {kFitCellsByLog, 6, 6, {}, fit_cells_by_log}};
  return rules;
}

}  // namespace octocal::model::shapes
