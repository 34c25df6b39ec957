// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/cell_ranges.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "octocal/model/reference/evaluate.hpp"
#include "octocal/quant/quantizer.hpp"
#include "unit/quant/reference_backend.hpp"
#include "unit/quant/small_generator.hpp"

namespace octocal::quant {
namespace {

using testing::reference_backend;
using testing::small_generator;
using testing::small_showers;

/// latent (N, 8) as an image -> Conv that copies it -> Relu -> Conv that sums -> cells: what is negative behind
/// the first Conv never counts, however wide it is.
model::Graph rectified() {
  model::Graph graph;
  graph.inputs.push_back({"latent", model::DataType::kFloat32, {model::kBatch, 8}});
  const std::vector<std::int64_t> shape = {-1, 1, 2, 4};
  graph.constants["shape"] = model::make_tensor(model::DataType::kInt64, {4}, std::span<const std::int64_t>(shape));
  graph.constants["copy"] = model::make_tensor({1, 1, 1, 1}, {1});
  graph.constants["two"] = model::make_tensor({1, 1, 1, 1}, {2});
  graph.nodes.push_back({"reshape", "Reshape", {"latent", "shape"}, {"image"}, {}});
  graph.nodes.push_back({"first", "Conv", {"image", "copy"}, {"copied"}, {}});
  graph.nodes.push_back({"relu", "Relu", {"copied"}, {"rectified"}, {}});
  graph.nodes.push_back({"last", "Conv", {"rectified", "two"}, {"cells"}, {}});
  graph.outputs.push_back({"cells", model::DataType::kFloat32, {model::kBatch, 1, 2, 4}});
  return graph;
}

TEST(CellRanges, CutOffWhatNeverReachesTheCells) {
  const auto graph = rectified();
  const auto structure = find_structure(graph, "test");
  ShowerInputs showers;
  showers.energy_gev = {100, 200};
  showers.latents = {-8, -6, -3, 0.11F, 0.37F, 0.52F, 0.93F, 1, -7, -2, -1, 0.23F, 0.41F, 0.67F, 0.84F, 0.99F};
  const std::map<std::string, Range> whole = {{"reshape", {-8, 1}}, {"first", {0, 1}}};
  const auto ranges =
      cell_ranges(graph, structure, whole, whole, ActivationScheme::kU8, showers, reference_backend(), "test");
  EXPECT_GT(ranges.at("reshape").low, -6);
  EXPECT_EQ(ranges.at("reshape").high, 1);
  EXPECT_EQ(ranges.at("first").low, 0);
}

TEST(CellRanges, AreNeverWorseThanWhereTheyStart) {
  const auto graph = small_generator();
  const auto showers = small_showers(16);
  const auto latents = model::make_tensor({16, 8}, showers.latents);
  const auto wanted = model::reference::evaluate(graph, {{"latent", latents}}).at("cells");
  const auto difference = [&](RangeMethod method) {
    QuantizeOptions options;
    options.ranges = method;
    options.bias_correction = false;
    const auto model = Quantizer(graph, showers, options, reference_backend(), "test").build_int8();
    const auto cells = model::reference::evaluate(model.graph, {{"latent", latents}}).at("cells");
    double sum = 0;
    for (std::size_t i = 0; i < cells.as<float>().size(); ++i)
      sum += std::abs(static_cast<double>(cells.as<float>()[i]) - static_cast<double>(wanted.as<float>()[i]));
    return sum;
  };
  // Each range alone is at least as good; all together, with rounded weights, nearly so.
  EXPECT_LT(difference(RangeMethod::kCells), 1.02 * difference(RangeMethod::kMinMax));
}

}  // namespace
}  // namespace octocal::quant
