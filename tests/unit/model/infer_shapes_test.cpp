// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>

#include "octocal/model/generator_builder.hpp"
#include "octocal/model/graph.hpp"
#include "support/graph_maker.hpp"
#include "unit/model/expect_error.hpp"

namespace octocal::model {
namespace {

using testing::expect_bad_input;
using testing::GraphMaker;
using testing::Integers;

Tensor zeros(const Shape& shape) { return make_tensor(shape, std::vector<float>(elements(shape))); }

/// Conv 3x3 over (N, 2, 8, 8) and LeakyRelu: small and whole.
Graph small_graph() {
  GraphMaker maker;
  const auto conv = maker.node("Conv", {maker.input("x", {kBatch, 2, 8, 8}), maker.constant("w", zeros({4, 2, 3, 3}))});
  return maker.finish({maker.node("LeakyRelu", {conv}, {{"alpha", 0.3F}})});
}

/// What `change` does to the small graph must be refused with a message that holds all `parts`.
template <typename Change>
void shapes_refuse(const Change& change, std::vector<std::string> parts) {
  Graph graph = small_graph();
  change(graph);
  parts.push_back("m.onnx");
  expect_bad_input([&] { infer_shapes(graph, "m.onnx"); }, parts);
}

TEST(InferShapes, GivesThePapersSizes) {
  const GeneratorSpec spec;
  const auto values = infer_shapes(build_generator(spec, random_generator_parameters(spec, 1)), "generator");
  const std::pair<const char*, Shape> expected[] = {{"branch0/upsample1:out", {kBatch, 64, 15, 15}},
                                                    {"branch1/upsample2:out", {kBatch, 64, 30, 30}},
                                                    {"branch2/conv3:out", {kBatch, 64, 30, 30}},
                                                    {"branch0/conv4:out", {kBatch, 64, 26, 26}},
                                                    {"branch0/conv5:out", {kBatch, 32, 26, 26}},
                                                    {"branch0/conv7:out", {kBatch, 25, 25, 25}},
                                                    {"concat:out", {kBatch, 75, 25, 25}},
                                                    {"cells", {kBatch, 25, 25, 25}}};
  for (const auto& [name, shape] : expected) EXPECT_EQ(to_string(values.at(name).shape), to_string(shape)) << name;
}

TEST(InferShapes, RefusesUnknownOpsAndOpsetsByName) {
  shapes_refuse([](Graph& g) { g.nodes[1].op = "Hardmax"; }, {"LeakyRelu1", "Hardmax", "not supported"});
  shapes_refuse([](Graph& g) { g.opset = 12; }, {"opset 12", "expected 13"});
}

TEST(InferShapes, RefusesUnknownAttributesAndWrongNumbersOfInputs) {
  shapes_refuse([](Graph& g) { g.nodes[1].attributes["slope"] = 0.3F; }, {"LeakyRelu1", "slope"});
  shapes_refuse([](Graph& g) { g.nodes[0].inputs.resize(1); }, {"Conv0", "1 inputs", "2 to 3"});
  shapes_refuse([](Graph& g) { g.nodes[1].outputs.push_back("mask"); }, {"2 outputs"});
}

TEST(InferShapes, RefusesShapesThatDoNotFitNamingBoth) {
  shapes_refuse(
      [](Graph& g) {
        g.constants["w"] = zeros({4, 3, 3, 3});
      },
      {"Conv0", "(4, 3, 3, 3)", "takes 3", "has 2"});
  shapes_refuse([](Graph& g) { g.constants["w"] = zeros({4, 2, 9, 9}); }, {"Conv0", "size 0", "kernel 9"});
  shapes_refuse([](Graph& g) { g.constants["w"] = zeros({4, 2, 3}); }, {"Conv0", "(4, 2, 3)"});
  shapes_refuse([](Graph& g) { g.outputs[0].shape[2] = 7; }, {"(N, 4, 7, 6)", "(N, 4, 6, 6)"});
  shapes_refuse([](Graph& g) { g.outputs[0].type = DataType::kInt8; }, {"int8", "float32"});
  shapes_refuse([](Graph& g) { g.inputs[0].type = DataType::kUint8; }, {"Conv0", "uint8", "float"});
}

TEST(InferShapes, RefusesWeightsThatAreNotFiniteNamingThePosition) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    shapes_refuse([bad](Graph& g) { g.constants["w"].as<float>()[17] = bad; }, {"weight w", "position 17", "finite"});
  }
  const std::uint16_t nan_bits[] = {0x3c00, 0x7e00};
  shapes_refuse(
      [&](Graph& g) {
        g.constants["h"] = make_tensor(DataType::kFloat16, {2}, std::span<const std::uint16_t>(nan_bits));
      },
      {"weight h", "position 1"});
}

TEST(InferShapes, RefusesConstantsWithoutTheirBytes) {
  shapes_refuse([](Graph& g) { g.constants["w"].bytes.pop_back(); }, {"constant w", "287 bytes", "288"});
  shapes_refuse([](Graph& g) { g.constants["w"].shape[0] = -4; }, {"constant w", "(-4"});
}

TEST(InferShapes, RefusesNodesOutOfOrderAndNamesUsedTwice) {
  shapes_refuse([](Graph& g) { std::swap(g.nodes[0], g.nodes[1]); }, {"no earlier node", "topological"});
  shapes_refuse([](Graph& g) { g.nodes[1].outputs[0] = "x"; }, {"x", "twice"});
  shapes_refuse([](Graph& g) { g.nodes[1].name = "Conv0"; }, {"two nodes", "Conv0"});
  shapes_refuse([](Graph& g) { g.outputs[0].name = "y"; }, {"output y", "no node"});
  shapes_refuse([](Graph& g) { g.outputs.clear(); }, {"no output"});
}

TEST(InferShapes, RefusesSizesThatNoMemoryHolds) {
  shapes_refuse(
      [](Graph& g) {
        g.inputs[0].shape = {kBatch, 2, std::int64_t{1} << 62, 8};
      },
      {"value x", "cells a shower"});
  shapes_refuse([](Graph& g) { g.inputs[0].shape = {kBatch, 2, 1 << 15, 1 << 15}; }, {"value x", "cells a shower"});
  shapes_refuse(
      [](Graph& g) {
        g.nodes[0].op = "ConvTranspose";
        g.constants["w"] = zeros({2, 4, 3, 3});
        g.nodes[0].attributes["strides"] = Integers{1 << 16, 1 << 16};
      },
      {"Conv0"});
  shapes_refuse([](Graph& g) { g.nodes[0].attributes["pads"] = Integers{0, 0, std::int64_t{1} << 62, 0}; }, {"pads"});
  shapes_refuse([](Graph& g) { g.nodes[0].attributes["strides"] = Integers{0, 1}; }, {"strides is 0"});
  shapes_refuse([](Graph& g) { g.nodes[0].attributes["group"] = std::int64_t{0}; }, {"group is 0"});
}

/// Shape of the one output of an op on x with constants beside it.
Shape shape_of(const std::string& op, const Shape& x, const std::vector<Tensor>& constants,
               const std::map<std::string, Attribute>& attributes = {}) {
  GraphMaker maker;
  std::vector<std::string> inputs{maker.input("x", x)};
  for (const Tensor& tensor : constants) inputs.push_back(maker.constant("c" + std::to_string(inputs.size()), tensor));
  return maker.finish({maker.node(op, inputs, attributes)}).outputs[0].shape;
}

Tensor sizes(const Integers& list) {
  return make_tensor(DataType::kInt64, {static_cast<std::int64_t>(list.size())}, std::span<const std::int64_t>(list));
}

TEST(InferShapes, BroadcastsAsOnnxDoes) {
  EXPECT_EQ(shape_of("Mul", {kBatch, 3, 4}, {zeros({3, 1})}), (Shape{kBatch, 3, 4}));
  EXPECT_EQ(shape_of("Add", {kBatch, 1, 4}, {zeros({5, 1})}), (Shape{kBatch, 5, 4}));
  EXPECT_EQ(shape_of("Add", {kBatch, 4}, {zeros({})}), (Shape{kBatch, 4}));
  expect_bad_input([] { shape_of("Mul", {kBatch, 3, 4}, {zeros({2, 1})}); }, {"(N, 3, 4)", "(2, 1)"});
  // A size that happens to be a batch's is none: the batch is free.
  expect_bad_input([] { shape_of("Mul", {kBatch, 4}, {zeros({8, 4})}); }, {"do not fit"});
}

TEST(InferShapes, ReshapesWithTheBatchFree) {
  EXPECT_EQ(shape_of("Reshape", {kBatch, 125}, {sizes({-1, 5, 5, 5})}), (Shape{kBatch, 5, 5, 5}));
  EXPECT_EQ(shape_of("Reshape", {kBatch, 125}, {sizes({0, 5, -1})}), (Shape{kBatch, 5, 25}));
  expect_bad_input([] { shape_of("Reshape", {kBatch, 125}, {sizes({-1, 5, 5})}); }, {"(N, 125)", "(N, 5, 5)"});
  expect_bad_input([] { shape_of("Reshape", {kBatch, 125}, {sizes({2, 5, -1})}); }, {"cannot take"});
  expect_bad_input([] { shape_of("Reshape", {kBatch, 125}, {sizes({-1, -1})}); }, {"-1 at axis 1"});
  expect_bad_input([] { shape_of("Reshape", {kBatch, 125}, {sizes({0, 125, 0})}); }, {"0 at axis 2"});
}

TEST(InferShapes, ChecksTransposeAndConcat) {
  EXPECT_EQ(shape_of("Transpose", {kBatch, 2, 3, 4}, {}, {{"perm", Integers{0, 3, 1, 2}}}), (Shape{kBatch, 4, 2, 3}));
  expect_bad_input([] { shape_of("Transpose", {kBatch, 2, 3}, {}, {{"perm", Integers{0, 1, 1}}}); }, {"(0, 1, 1)"});
  EXPECT_EQ(shape_of("Concat", {1, 2, 3}, {zeros({1, 5, 3})}, {{"axis", std::int64_t{-2}}}), (Shape{1, 7, 3}));
  expect_bad_input(
      [] {
        shape_of("Concat", {1, 2, 3}, {zeros({1, 5, 4})}, {{"axis", std::int64_t{1}}});
      },
      {"(1, 5, 4)", "(1, 5, 3)"});
  expect_bad_input([] { shape_of("Concat", {1, 2}, {zeros({1, 2})}, {{"axis", std::int64_t{2}}}); }, {"axis 2"});
}

TEST(InferShapes, ChecksScalesAndZeroPoints) {
  const auto q = [](const Tensor& scale, const Tensor& zero, std::int64_t axis = 1) {
    return shape_of("QuantizeLinear", {kBatch, 3, 4}, {scale, zero}, {{"axis", axis}});
  };
  const auto zero = [](DataType type, std::size_t count) {
    const std::vector<std::uint8_t> bytes(count);
    return make_tensor(type, {static_cast<std::int64_t>(count)}, std::span<const std::uint8_t>(bytes));
  };
  EXPECT_EQ(q(make_tensor({3}, {1, 2, 3}), zero(DataType::kInt8, 3)), (Shape{kBatch, 3, 4}));
  expect_bad_input([&] { q(make_tensor({3}, {1, 2, 0}), zero(DataType::kInt8, 3)); }, {"scale is 0", "positive"});
  expect_bad_input([&] { q(make_tensor({3}, {1, 2, 3}), zero(DataType::kInt8, 3), 2); }, {"3 scales along axis 2"});
  expect_bad_input([&] { q(make_tensor({3}, {1, 2, 3}), zero(DataType::kInt8, 1)); }, {"zero point has shape (1)"});
  expect_bad_input([&] { q(make_tensor({1}, {1}), make_tensor({1}, {0})); }, {"zero point is float32"});
}

}  // namespace
}  // namespace octocal::model
