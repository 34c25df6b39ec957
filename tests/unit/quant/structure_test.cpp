// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "octocal/base/error.hpp"
#include "octocal/model/generator_builder.hpp"
#include "octocal/model/layer_summary.hpp"
#include "octocal/quant/rewrite.hpp"
#include "octocal/quant/structure.hpp"
#include "unit/quant/small_generator.hpp"

namespace octocal::quant {
namespace {

using testing::count_op;
using testing::small_generator;

model::Graph paper_generator() {
  const model::GeneratorSpec spec;
  return model::build_generator(spec, model::random_generator_parameters(spec, 1));
}

/// Any ranges do where only the structure is looked at.
Recipe recipe_for(const Structure& structure) {
  Recipe recipe;
  for (const auto& site : structure.sites) recipe.ranges[site.name] = {-1, 1};
  for (const auto& layer : structure.layers) recipe.plan[layer.name] = model::Precision::kInt8;
  return recipe;
}

const Layer& layer_named(const Structure& structure, const std::string& name) {
  for (const auto& layer : structure.layers)
    if (layer.name == name) return layer;
  throw bad_input("no layer " + name);
}

std::set<std::string> last_layers(const Structure& structure) {
  std::set<std::string> names;
  for (const auto& layer : structure.layers)
    if (layer.is_last) names.insert(layer.name);
  return names;
}

const model::Node& node_named(const model::Graph& graph, const std::string& name) {
  for (const auto& node : graph.nodes)
    if (node.name == name) return node;
  throw bad_input("no node " + name);
}

TEST(Structure, FindsThePapersLayersAndSites) {
  const auto structure = find_structure(paper_generator(), "test");
  EXPECT_EQ(structure.layers.size(), 28u);  // 3 branches of 7 Conv and 2 ConvTranspose, and the last Conv
  // The cube, 8 values inside each branch, and the three branches' outputs together.
  EXPECT_EQ(structure.sites.size(), 1u + 3 * 8 + 1);
  EXPECT_EQ(structure.sites.front().name, "cube");
  EXPECT_EQ(structure.sites.back().name, "branch2/conv6");
  const auto& shared = structure.sites[9];
  EXPECT_EQ(shared.name, "concat");
  EXPECT_EQ(shared.values, (std::vector<std::string>{"branch0/conv7/batch_norm:out", "branch1/conv7/batch_norm:out",
                                                     "branch2/conv7/batch_norm:out"}));
  EXPECT_FALSE(layer_named(structure, "final").feeds_layer);
  EXPECT_TRUE(layer_named(structure, "branch1/upsample2").feeds_layer);
  EXPECT_EQ(last_layers(structure), std::set<std::string>{"final"});
}

TEST(Structure, TheLastLayersAreThoseThatNoLayerStandsBehind) {
  // Every block of the trunk is added to what came before it, so no convolution reads a convolution there; each head's
  // draws go to the next head, and into the shower, too.
  model::GeneratorSpec spec;
  spec.architecture = model::Architecture::kCells;
  spec.output = model::OutputTransform::kProfiles;
  spec.latent_size = static_cast<std::size_t>(model::description_size(spec.network.image));
  const auto graph = model::build_generator(spec, model::random_generator_parameters(spec, 1));
  const auto cells = find_structure(graph, "test");
  EXPECT_EQ(cells.layers.size(), 20u);
  EXPECT_EQ(last_layers(cells),
            (std::set<std::string>{"head0/out", "head1/out", "head2/out", "head3/out", "head0/local/out",
                                   "head1/local/out", "head2/local/out", "head3/local/out"}));
  // What a head sees is quantized once for both its convolutions, with what the other heads see beside the trunk.
  EXPECT_EQ(layer_named(cells, "head2/local").sources, std::vector<std::string>{"head2/distance:out"});

  // A matrix behind a convolution averages over what that makes.
  auto dense = small_generator();
  const std::vector<std::int64_t> flat{-1, 512}, image{-1, 8, 8, 8};
  dense.constants["flat"] = model::make_tensor(model::DataType::kInt64, {2}, std::span<const std::int64_t>(flat));
  dense.constants["image"] = model::make_tensor(model::DataType::kInt64, {4}, std::span<const std::int64_t>(image));
  dense.constants["dense.weight"] = testing::random_tensor({512, 512}, 0.1F, 3);
  dense.nodes.back().outputs = {"final/relu:out"};
  dense.nodes.push_back({"row", "Reshape", {"final/relu:out", "flat"}, {"row:out"}, {}});
  dense.nodes.push_back({"product", "MatMul", {"row:out", "dense.weight"}, {"product:out"}, {}});
  dense.nodes.push_back({"cells", "Reshape", {"product:out", "image"}, {"cells"}, {}});
  EXPECT_EQ(last_layers(find_structure(dense, "test")), std::set<std::string>{});
}

model::Graph conv3d_generator() {
  model::GeneratorSpec spec;
  spec.architecture = model::Architecture::kConv3d;
  return model::build_generator(spec, model::random_generator_parameters(spec, 1));
}

TEST(Structure, FindsTheBaselinesLayersThroughUpsamplingAndMargins) {
  const auto structure = find_structure(conv3d_generator(), "test");
  ASSERT_EQ(structure.layers.size(), 4u);
  ASSERT_EQ(structure.sites.size(), 4u);  // the dense layer's output and three blocks; none behind Resize or Pad
  EXPECT_EQ(structure.sites[0].name, "seed");
  EXPECT_EQ(structure.sites[1].values, std::vector<std::string>{"conv1/batch_norm:out"});
  EXPECT_EQ(structure.sites[3].values, std::vector<std::string>{"conv3/leaky_relu:out"});
  EXPECT_EQ(layer_named(structure, "conv2").sources, std::vector<std::string>{"conv1/batch_norm:out"});
  EXPECT_EQ(layer_named(structure, "conv2").channels, 6);
  EXPECT_TRUE(layer_named(structure, "conv3").feeds_layer);
}

TEST(Structure, AMarginOfOtherThanZerosIsNotPassedThrough) {
  auto graph = conv3d_generator();
  graph.constants["fill"] = model::make_tensor({}, {0.1F});
  for (auto& node : graph.nodes)
    if (node.name == "conv1/pad") node.inputs.push_back("fill");
  EXPECT_EQ(layer_named(find_structure(graph, "test"), "conv2").sources, std::vector<std::string>{"conv1/pad:out"});
}

TEST(Rewrite, QuantizesTheBaselineAlongItsChannels) {
  const auto graph = conv3d_generator();
  const auto structure = find_structure(graph, "test");
  const auto quantized = insert_quantization(graph, structure, recipe_for(structure));
  EXPECT_EQ(count_op(quantized, "QuantizeLinear"), 4u);
  EXPECT_EQ(count_op(quantized, "DequantizeLinear"), 4u + 4);
  const auto* weight = quantized.producer(node_named(quantized, "conv2").inputs[1]);
  EXPECT_EQ(quantized.constant(weight->inputs[0])->shape, (model::Shape{6, 64, 6, 5, 8}));
  EXPECT_EQ(quantized.constant(weight->inputs[1])->shape, model::Shape{6});
  EXPECT_NO_THROW(model::infer_shapes(quantized, "test"));
}

TEST(Rewrite, WritesOnePairForEachBlockOfThePapersGenerator) {
  const auto graph = paper_generator();
  const auto structure = find_structure(graph, "test");
  const auto quantized = insert_quantization(graph, structure, recipe_for(structure));
  EXPECT_EQ(count_op(quantized, "QuantizeLinear"), 28u);         // cube, 24 inside the branches, 3 branch outputs
  EXPECT_EQ(count_op(quantized, "DequantizeLinear"), 28u + 28);  // and each layer's weight
  EXPECT_NO_THROW(model::infer_shapes(quantized, "test"));
  EXPECT_EQ(quantized.opset, 13);
}

TEST(Rewrite, SurroundsABlockExactlyAsAgreed) {
  const auto graph = small_generator();
  const auto structure = find_structure(graph, "test");
  const auto quantized = insert_quantization(graph, structure, recipe_for(structure));
  const auto& conv = node_named(quantized, "branch0/conv2");
  EXPECT_EQ(quantized.producer(conv.inputs[0])->op, "DequantizeLinear");
  const auto* weight = quantized.producer(conv.inputs[1]);
  ASSERT_EQ(weight->op, "DequantizeLinear");
  EXPECT_EQ(weight->integer("axis", -1), 0);
  EXPECT_EQ(quantized.constant(weight->inputs[0])->type, model::DataType::kInt8);
  EXPECT_EQ(quantized.constant(weight->inputs[1])->shape, model::Shape{4});
  EXPECT_EQ(quantized.constant(weight->inputs[2])->shape, model::Shape{4});

  // DQ -> Conv -> LeakyRelu -> BatchNormalization -> Q -> DQ, nothing between.
  std::string value = conv.outputs[0];
  for (const char* op : {"LeakyRelu", "BatchNormalization", "QuantizeLinear", "DequantizeLinear"}) {
    const auto readers = quantized.consumers(value);
    ASSERT_EQ(readers.size(), 1u) << op;
    EXPECT_EQ(readers[0]->op, op);
    value = readers[0]->outputs[0];
  }
  EXPECT_EQ(quantized.consumers(value)[0]->op, "Concat");

  const auto& upsample = node_named(quantized, "branch0/upsample1");
  EXPECT_EQ(quantized.producer(upsample.inputs[1])->integer("axis", -1), 1);
  EXPECT_EQ(quantized.constant(upsample.inputs[2])->type, model::DataType::kFloat32);  // its bias
  EXPECT_EQ(quantized.consumers(upsample.outputs[0])[0]->op, "QuantizeLinear");

  // The dense layer stays float32; its cube is quantized once, in front of the rotation.
  EXPECT_EQ(quantized.producer(node_named(quantized, "dense").inputs[1]), nullptr);
  EXPECT_EQ(quantized.consumers("cube:out").size(), 1u);
  EXPECT_EQ(node_named(quantized, "branch1/rotate").inputs[0], "cube:out.dequantized");

  // The last convolution: u8 input, int8 weights, float32 output.
  const auto& last = node_named(quantized, "final");
  EXPECT_EQ(quantized.producer(last.inputs[0])->op, "Concat");
  EXPECT_EQ(quantized.producer(last.inputs[1])->op, "DequantizeLinear");
  EXPECT_EQ(last.inputs.size(), 2u);
  EXPECT_EQ(quantized.consumers(last.outputs[0])[0]->op, "Relu");
  EXPECT_EQ(quantized.outputs[0].name, "cells");
}

TEST(Rewrite, GivesTheInputsOfAConcatOneScaleAndZeroPoint) {
  const auto graph = small_generator();
  const auto structure = find_structure(graph, "test");
  const auto quantized = insert_quantization(graph, structure, recipe_for(structure));
  const auto& first = node_named(quantized, "branch0/conv2/batch_norm/quantize");
  const auto& second = node_named(quantized, "branch1/conv2/batch_norm/quantize");
  EXPECT_EQ(first.inputs[1], second.inputs[1]);
  EXPECT_EQ(first.inputs[2], second.inputs[2]);
}

TEST(Rewrite, LeavesKeptLayersInFloat32BetweenPairs) {
  const auto graph = small_generator();
  const auto structure = find_structure(graph, "test");
  auto recipe = recipe_for(structure);
  for (const char* kept : {"branch0/conv1", "branch0/upsample1"}) recipe.plan.erase(kept);
  const auto quantized = insert_quantization(graph, structure, recipe);
  EXPECT_NO_THROW(model::infer_shapes(quantized, "test"));
  const auto& conv = node_named(quantized, "branch0/conv1");
  EXPECT_EQ(conv.inputs[1], "branch0/conv1.w");
  EXPECT_EQ(quantized.constant("branch0/conv1.w")->type, model::DataType::kFloat32);
  // The cube is quantized for the other branch; what a kept layer reads is not.
  EXPECT_EQ(quantized.producer(conv.inputs[0])->op, "Reshape");
  EXPECT_EQ(node_named(quantized, "branch0/upsample1").inputs[0], "branch0/conv1/batch_norm:out");
  EXPECT_EQ(quantized.consumers("branch0/upsample1:out")[0]->op, "QuantizeLinear");
  EXPECT_EQ(count_op(quantized, "QuantizeLinear"), 6u);  // cube, branch 0: 2, branch 1: 3
}

TEST(Rewrite, StoresAValueForEachKindOfLayerThatReadsIt) {
  const auto graph = small_generator();
  const auto structure = find_structure(graph, "test");
  auto recipe = recipe_for(structure);
  recipe.plan["branch0/conv1"] = recipe.plan["final"] = model::Precision::kInt16x8;
  EXPECT_EQ(effective_plan(graph, structure, recipe.plan), recipe.plan);
  const auto quantized = insert_quantization(graph, structure, recipe);
  EXPECT_NO_THROW(model::infer_shapes(quantized, "test"));
  // The cube: in 16 bits for the one branch, in 8 for the other.
  const auto& fine = *quantized.producer(node_named(quantized, "branch0/conv1").inputs[0]);
  EXPECT_EQ(fine.op, "DequantizeLinear");
  EXPECT_EQ(quantized.constant(fine.inputs[2])->type, model::DataType::kUint16);
  EXPECT_EQ(quantized.constant(node_named(quantized, "cube/dequantize").inputs[2])->type, model::DataType::kUint8);
  // What conv1 makes is read by an int8 layer: 8 bits. What the last layer reads is in 16 before it is joined.
  EXPECT_EQ(quantized.consumers("branch0/conv1/batch_norm:out").size(), 1u);
  EXPECT_EQ(quantized.constant(node_named(quantized, "branch0/conv1/batch_norm/quantize").inputs[2])->type,
            model::DataType::kUint8);
  for (const auto* name : {"branch0/conv2/batch_norm/quantize16", "branch1/conv2/batch_norm/quantize16"})
    EXPECT_EQ(quantized.constant(node_named(quantized, name).inputs[2])->type, model::DataType::kUint16);
  // Weights are in 8 bits either way.
  EXPECT_EQ(quantized.constant("branch0/conv1.weight.int8")->type, model::DataType::kInt8);

  const auto sites = stored_sites(graph, structure, recipe.plan);
  EXPECT_EQ(std::count_if(sites.begin(), sites.end(), [](const auto& s) { return s.site->name == "cube"; }), 2);
}

/// Two layers behind one Transpose.
model::Graph forked_graph() {
  model::Graph graph;
  graph.inputs = {{"x", model::DataType::kFloat32, {model::kBatch, 2, 4, 4}}};
  graph.nodes.push_back({"turn", "Transpose", {"x"}, {"turned"}, {{"perm", std::vector<std::int64_t>{0, 1, 3, 2}}}});
  for (const std::string name : {"a", "b"}) {
    graph.constants[name + ".w"] = testing::random_tensor({3, 2, 3, 3}, 1, 1);
    graph.nodes.push_back({name, "Conv", {"turned", name + ".w"}, {name + ":out"}, {}});
    graph.outputs.push_back({name + ":out", model::DataType::kFloat32, {model::kBatch, 3, 2, 2}});
  }
  return graph;
}

TEST(Rewrite, LayersBehindOneMoveShareTheFinerIntegers) {
  const auto graph = forked_graph();
  const auto structure = find_structure(graph, "test");
  auto recipe = recipe_for(structure);
  recipe.plan = {{"a", model::Precision::kInt8}, {"b", model::Precision::kInt16x8}};
  const auto effective = effective_plan(graph, structure, recipe.plan);
  EXPECT_EQ(effective.at("a"), model::Precision::kInt16x8);
  EXPECT_EQ(effective.at("b"), model::Precision::kInt16x8);
  EXPECT_EQ(count_op(insert_quantization(graph, structure, recipe), "QuantizeLinear"), 1u);
}

TEST(Rewrite, LayersOfIntegersIn16BitsReadOneGridWhateverTheirWeights) {
  const auto graph = forked_graph();
  const auto structure = find_structure(graph, "test");
  auto recipe = recipe_for(structure);
  recipe.plan = {{"a", model::Precision::kInt16x8}, {"b", model::Precision::kInt16x12}};
  EXPECT_EQ(effective_plan(graph, structure, recipe.plan), recipe.plan);
  const auto sites = stored_sites(graph, structure, recipe.plan);
  ASSERT_EQ(sites.size(), 1u);
  EXPECT_EQ(sites[0].precision, model::Precision::kInt16x8);
  const auto quantized = insert_quantization(graph, structure, recipe);
  EXPECT_NO_THROW(model::infer_shapes(quantized, "test"));
  EXPECT_EQ(count_op(quantized, "QuantizeLinear"), 1u);
  EXPECT_EQ(quantized.constant("a.weight.int8")->type, model::DataType::kInt8);
  const auto* fine = quantized.constant("b.weight.int16");
  ASSERT_NE(fine, nullptr);
  EXPECT_EQ(fine->type, model::DataType::kInt16);
  EXPECT_EQ(quantized.constant("b.weight.zero_point")->type, model::DataType::kInt16);
  int largest = 0;
  for (const auto q : fine->as<std::int16_t>()) largest = std::max(largest, std::abs(int{q}));
  EXPECT_EQ(largest, 2047);
  const auto summary = model::summarize(quantized, "test");
  EXPECT_EQ(summary.layers.at(1).precision, "int16x8");
  EXPECT_EQ(summary.layers.at(2).precision, "int16x12");
  recipe.plan["a"] = model::Precision::kInt8;
  EXPECT_EQ(effective_plan(graph, structure, recipe.plan).at("a"), model::Precision::kInt16x8);
}

TEST(Rewrite, ALayerOfIntegersQuantizesWhatWasMovedInFloat32) {
  const auto graph = forked_graph();
  const auto structure = find_structure(graph, "test");
  auto recipe = recipe_for(structure);
  recipe.plan = {{"a", model::Precision::kInt8}};
  const auto effective = effective_plan(graph, structure, recipe.plan);
  EXPECT_EQ(effective.at("a"), model::Precision::kInt8);
  const auto quantized = insert_quantization(graph, structure, recipe);
  EXPECT_NO_THROW(model::infer_shapes(quantized, "test"));
  EXPECT_EQ(node_named(quantized, "turn").inputs[0], "x");
  EXPECT_EQ(node_named(quantized, "b").inputs[0], "turned");
  EXPECT_EQ(quantized.producer(node_named(quantized, "a").inputs[0])->name, "a/input/dequantize");
  ASSERT_EQ(stored_sites(graph, structure, recipe.plan).size(), 1u);
  EXPECT_EQ(stored_sites(graph, structure, recipe.plan)[0].precision, model::Precision::kInt8);
}

TEST(Rewrite, QuantizesNothingWhenAllLayersAreKept) {
  const auto graph = small_generator();
  const auto structure = find_structure(graph, "test");
  auto recipe = recipe_for(structure);
  recipe.plan.clear();
  const auto same = insert_quantization(graph, structure, recipe);
  EXPECT_EQ(same.nodes.size(), graph.nodes.size());
  EXPECT_EQ(count_op(same, "QuantizeLinear") + count_op(same, "DequantizeLinear"), 0u);
}

TEST(Rewrite, KeepsMetadata) {
  const auto graph = small_generator();
  const auto structure = find_structure(graph, "test");
  EXPECT_EQ(insert_quantization(graph, structure, recipe_for(structure)).metadata.at("octocal.latent"), "paper");
}

/// Conv -> BatchNormalization -> Relu, the order of most networks that are made elsewhere.
TEST(Structure, TakesBatchNormInFrontOfTheActivation) {
  auto graph = small_generator();
  auto& activation = graph.nodes[3];
  auto& batch_norm = graph.nodes[4];
  ASSERT_EQ(activation.op, "LeakyRelu");
  ASSERT_EQ(batch_norm.op, "BatchNormalization");
  std::swap(activation.inputs[0], batch_norm.inputs[0]);    // reads each other's input ...
  std::swap(activation.outputs[0], batch_norm.outputs[0]);  // ... and writes each other's output
  std::swap(graph.nodes[3], graph.nodes[4]);
  const auto structure = find_structure(graph, "test");
  const auto& layer = layer_named(structure, "branch0/conv1");
  EXPECT_EQ(layer.output, "branch0/conv1/batch_norm:out");            // the old name, now made by the activation
  EXPECT_EQ(corrected_value(layer), "branch0/conv1/leaky_relu:out");  // the old name, now made by the batch norm
  EXPECT_EQ(layer.batch_norm, "branch0/conv1/leaky_relu:out");
}

TEST(Structure, EndsABlockWhereItsValueIsReadTwice) {
  auto graph = small_generator();
  // Somebody else reads what the Conv makes: the activation behind it is no longer part of the block.
  graph.nodes.insert(graph.nodes.begin() + 3, {"tap", "Relu", {"branch0/conv1:out"}, {"tap:out"}, {}});
  graph.outputs.push_back({"tap:out", model::DataType::kFloat32, {model::kBatch, 6, 4, 4}});
  const auto structure = find_structure(graph, "test");
  EXPECT_EQ(layer_named(structure, "branch0/conv1").output, "branch0/conv1:out");
  // What the next layer reads is then the batch norm's output, quantized on its own.
  EXPECT_EQ(layer_named(structure, "branch0/upsample1").sources,
            std::vector<std::string>{"branch0/conv1/batch_norm:out"});
}

TEST(Structure, RemovesIdentityAndDropout) {
  auto graph = small_generator();
  graph.nodes[3].inputs[0] = "dropped";  // the first LeakyRelu
  graph.nodes.insert(graph.nodes.begin() + 3, {"dropout", "Dropout", {"branch0/conv1:out"}, {"dropped"}, {}});
  graph.nodes.back().outputs[0] = "unnamed";
  graph.nodes.push_back({"identity", "Identity", {"unnamed"}, {"cells"}, {}});
  const auto clean = without_identities(graph);
  const auto original = small_generator();
  ASSERT_EQ(clean.nodes.size(), original.nodes.size());
  for (std::size_t i = 0; i < clean.nodes.size(); ++i) {
    EXPECT_EQ(clean.nodes[i].inputs, original.nodes[i].inputs) << i;
    EXPECT_EQ(clean.nodes[i].outputs, original.nodes[i].outputs) << i;
  }
}

TEST(Structure, RefusesAQuantizedModelNamingTheFile) {
  const auto graph = small_generator();
  const auto structure = find_structure(graph, "test");
  const auto quantized = insert_quantization(graph, structure, recipe_for(structure));
  try {
    find_structure(quantized, "g.onnx");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_NE(std::string(error.what()).find("g.onnx: already quantized"), std::string::npos) << error.what();
  }
}

TEST(Structure, RefusesAModelWithoutLayers) {
  auto graph = small_generator();
  graph.nodes.resize(1);
  EXPECT_THROW(find_structure(graph, "g.onnx"), Error);
}

TEST(CutGraph, KeepsOnlyWhatTheWantedValuesNeed) {
  const auto part = cut_graph(small_generator(), {"branch0/conv1:out"}, "test");
  ASSERT_EQ(part.nodes.size(), 3u);  // dense, cube, conv1
  EXPECT_EQ(part.outputs[0].shape, (model::Shape{model::kBatch, 6, 4, 4}));
  EXPECT_EQ(part.constants.size(), 4u);
  EXPECT_NO_THROW(model::infer_shapes(part, "test"));
}

}  // namespace
}  // namespace octocal::quant
