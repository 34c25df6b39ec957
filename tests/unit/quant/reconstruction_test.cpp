// SPDX-License-Identifier: Apache-2.0
#include "octocal/quant/reconstruction.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "octocal/model/reference/evaluate.hpp"
#include "octocal/quant/input_rows.hpp"
#include "octocal/quant/quantizer.hpp"
#include "unit/quant/reference_backend.hpp"
#include "unit/quant/small_generator.hpp"

namespace octocal::quant {
namespace {

using testing::random_tensor;
using testing::reference_backend;
using testing::small_generator;
using testing::small_showers;

using Numbers = std::vector<std::int64_t>;

/// Rows times weights against the reference's convolution.
void compare_rows(const model::Node& node, const model::Shape& input_shape, const model::Shape& weight_shape) {
  const auto input = random_tensor(input_shape, 1, 1);
  const auto weight = random_tensor(weight_shape, 1, 2);
  model::Graph graph;
  graph.inputs.push_back({"x", model::DataType::kFloat32, input_shape});
  graph.constants["w"] = weight;
  graph.nodes.push_back(node);
  const auto geometry = model::convolution_geometry(node, input_shape, weight_shape, "test");
  const auto channels = static_cast<std::size_t>(geometry.output_channels);
  const InputRows rows(geometry);
  model::Shape output_shape{1, geometry.output_channels};
  for (std::size_t axis = 3 - geometry.spatial_rank; axis < 3; ++axis) output_shape.push_back(geometry.output[axis]);
  graph.outputs.push_back({"y", model::DataType::kFloat32, output_shape});
  const auto evaluated = model::reference::evaluate(graph, {{"x", input}});
  const auto expected = evaluated.at("y").as<float>();
  ASSERT_EQ(expected.size(), channels * rows.pixels());

  const auto by_channel = weight_rows(geometry, weight.as<float>());
  const auto back = weight_rows(geometry, std::span<const float>(by_channel), true);
  EXPECT_TRUE(std::equal(back.begin(), back.end(), weight.as<float>().begin()));
  std::vector<float> row(rows.size());
  for (std::size_t pixel = 0; pixel < rows.pixels(); ++pixel) {
    rows.gather(input.as<float>(), pixel, row);
    for (std::size_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (std::size_t k = 0; k < row.size(); ++k)
        sum += static_cast<double>(row[k]) * static_cast<double>(by_channel[c * row.size() + k]);
      ASSERT_NEAR(sum, expected[c * rows.pixels() + pixel], 1e-4) << "channel " << c << " pixel " << pixel;
    }
  }
}

TEST(InputRows, TimesWeightsAreTheConvolution) {
  compare_rows({"c", "Conv", {"x", "w"}, {"y"}, {}}, {1, 3, 5, 4}, {2, 3, 2, 3});
  compare_rows({"c",
                "Conv",
                {"x", "w"},
                {"y"},
                {{"pads", Numbers{1, 0, 2, 3}}, {"strides", Numbers{2, 1}}, {"dilations", Numbers{1, 2}}}},
               {1, 2, 7, 6}, {3, 2, 3, 2});
  compare_rows({"c", "Conv", {"x", "w"}, {"y"}, {{"pads", Numbers{1, 1, 0, 0, 1, 1}}}}, {1, 2, 3, 4, 3},
               {2, 2, 2, 3, 2});
}

TEST(InputRows, TimesWeightsAreTheTransposedConvolution) {
  compare_rows({"c", "ConvTranspose", {"x", "w"}, {"y"}, {}}, {1, 3, 3, 2}, {3, 2, 2, 3});
  compare_rows({"c",
                "ConvTranspose",
                {"x", "w"},
                {"y"},
                {{"pads", Numbers{1, 1, 2, 2}}, {"strides", Numbers{2, 3}}, {"output_padding", Numbers{1, 0}}}},
               {1, 4, 4, 3}, {4, 3, 5, 5});
}

QuantizedModel quantized(Rounding rounding, bool bias_correction = true, std::uint64_t seed = 3) {
  QuantizeOptions options;
  options.rounding = rounding;
  options.bias_correction = bias_correction;
  const Quantizer quantizer(small_generator(seed), small_showers(64), options, reference_backend(), "test");
  // Activations in 16 bits: the difference comes from the weights.
  return quantizer.build(quantizer.plan(model::Precision::kInt16x8));
}

double difference(const model::Graph& graph, std::uint64_t seed) {
  const auto showers = small_showers(32, 77);  // calibration has not seen them
  const auto cells = [&](const model::Graph& g) {
    return model::reference::evaluate(g, {{"latent", model::make_tensor({32, 8}, showers.latents)}}).at("cells");
  };
  const auto a = cells(graph);
  const auto b = cells(small_generator(seed));
  double sum = 0, all = 0;
  for (std::size_t i = 0; i < b.as<float>().size(); ++i) {
    sum += std::abs(static_cast<double>(a.as<float>()[i]) - static_cast<double>(b.as<float>()[i]));
    all += std::abs(static_cast<double>(b.as<float>()[i]));
  }
  return sum / all;
}

TEST(Reconstruction, BringsShowersNearerToFloat32) {
  // One network is one draw of what rounding does; with means corrected or not.
  for (const bool bias_correction : {true, false}) {
    double nearest = 0, learned = 0;
    for (std::uint64_t seed = 3; seed < 6; ++seed) {
      nearest += difference(quantized(Rounding::kNearest, bias_correction, seed).graph, seed);
      learned += difference(quantized(Rounding::kLearned, bias_correction, seed).graph, seed);
    }
    EXPECT_LT(learned, 0.95 * nearest);
  }
}

TEST(Reconstruction, TellsTheErrorOfEachLayer) {
  for (const auto& layer : quantized(Rounding::kLearned).layers) {
    ASSERT_TRUE(layer.learned_error) << layer.name;
    EXPECT_LT(*layer.learned_error, *layer.nearest_error) << layer.name;
  }
  for (const auto& layer : quantized(Rounding::kNearest).layers) EXPECT_FALSE(layer.learned_error);
}

TEST(Reconstruction, DoesNotDependOnTheNumberOfThreads) {
  const auto graph = small_generator();
  const auto structure = find_structure(graph, "test");
  Recipe recipe;
  for (const auto& layer : structure.layers) recipe.plan[layer.name] = model::Precision::kInt8;
  recipe.plan["final"] = model::Precision::kInt16x8;
  for (const auto& site : structure.sites) recipe.ranges[site.name] = {-2, 4};
  const auto learn = [&](int threads) {
    return reconstruct_layers(graph, structure, recipe, small_showers(40), reference_backend(), "test", threads);
  };
  const auto one = learn(1);
  const auto three = learn(3);
  ASSERT_EQ(one.size(), structure.layers.size());
  for (const auto& [name, layer] : one) {
    EXPECT_EQ(layer.values, three.at(name).values) << name;
    EXPECT_EQ(layer.error, three.at(name).error) << name;
  }
}

TEST(Reconstruction, LeavesLayersOfFloatsAlone) {
  const auto graph = small_generator();
  const auto structure = find_structure(graph, "test");
  Recipe recipe;
  for (const auto& site : structure.sites) recipe.ranges[site.name] = {-2, 4};
  recipe.plan["branch0/conv1"] = model::Precision::kBfloat16;
  EXPECT_TRUE(reconstruct_layers(graph, structure, recipe, small_showers(2), reference_backend(), "test", 1).empty());
  recipe.plan["branch0/conv2"] = model::Precision::kInt8;
  const auto learned = reconstruct_layers(graph, structure, recipe, small_showers(2), reference_backend(), "test", 1);
  ASSERT_EQ(learned.size(), 1U);
  EXPECT_TRUE(learned.contains("branch0/conv2"));
}

}  // namespace
}  // namespace octocal::quant
