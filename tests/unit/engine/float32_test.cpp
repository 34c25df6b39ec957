// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "octocal/model/generator_builder.hpp"
#include "support/differences.hpp"
#include "unit/engine/graph_making.hpp"

namespace octocal::engine::test {
namespace {

/// Largest difference over the largest number.
void expect_like_reference(const GraphMaker& make, std::size_t showers = 3, double tolerance = 2e-6) {
  const auto inputs = random_inputs(make.graph(), showers, 17);
  const auto ours = run_graph(make.graph(), inputs, 2);
  const auto expected = run_reference(make.graph(), inputs);
  ASSERT_EQ(ours.size(), expected.size());
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_LT(octocal::testing::largest_difference(ours[i], expected[i]), tolerance) << "output " << i;
}

class Float32Convolution : public ::testing::TestWithParam<ConvolutionCase> {};

TEST_P(Float32Convolution, AloneIsLikeTheReference) {
  const auto c = GetParam();
  GraphMaker make(1);
  make.output(make.convolution(make.input("x", {c.in, c.height, c.width}), c, true));
  expect_like_reference(make);
}

TEST_P(Float32Convolution, FusedBlockIsLikeTheReference) {
  const auto c = GetParam();
  GraphMaker make(2);
  auto value = make.convolution(make.input("x", {c.in, c.height, c.width}), c);
  make.output(make.batch_norm(make.leaky_relu(value), c.out));
  expect_like_reference(make);
  EXPECT_EQ(first_convolution(*Program::compile(make.graph())).ops,
            std::string(c.transposed ? "ConvTranspose" : "Conv") + "+LeakyRelu+BatchNormalization");
}

// oneDNN 2.6 takes the first slope for every LeakyRelu behind one convolution, so the second one is a step of its own.
TEST_P(Float32Convolution, ActivationsOfTwoSlopesAreLikeTheReference) {
  const auto c = GetParam();
  for (const bool in_int8 : {false, true})
    for (const bool norm_between : {false, true}) {
      GraphMaker make(5, in_int8 ? Numbers::kExact : Numbers::kReal);
      auto value = make.input("x", {c.in, c.height, c.width});
      value = in_int8 ? make.int8_convolution(make.fake_quantize(value, 0.125F, 100), c) : make.convolution(value, c);
      value = make.leaky_relu(value, 2);
      if (norm_between) value = make.batch_norm(value, c.out);
      make.output(make.node("Relu", {make.leaky_relu(value, 0.125F)}));
      expect_like_reference(make);
    }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Float32Convolution, ::testing::ValuesIn(convolution_cases()));

TEST(Float32Program, KeepsIntermediateOutputsThatAreReadOnInsideToo) {
  GraphMaker make(3);
  const auto first = make.convolution(make.input("x", {5, 6, 6}), {5, 8, 3, 6, 6});
  const auto active = make.leaky_relu(first);
  const auto normal = make.batch_norm(active, 8);
  const auto second = make.convolution(normal, {8, 4, 3, 6, 6});
  for (const auto& value : {first, active, normal, second}) make.output(value);
  expect_like_reference(make);
}

TEST(Float32Program, FollowsGroupsAndDilation) {
  GraphMaker make(4);
  const auto x = make.input("x", {8, 9, 9});
  const auto grouped = make.node("Conv", {x, make.constant({12, 2, 3, 3}, 0, 0.3F)}, {{"group", std::int64_t{4}}});
  make.output(grouped);
  make.output(
      make.node("Conv", {x, make.constant({4, 8, 3, 3}, 0, 0.3F)},
                {{"dilations", std::vector<std::int64_t>{2, 2}}, {"pads", std::vector<std::int64_t>{2, 2, 2, 2}}}));
  expect_like_reference(make);
}

TEST(Float32Program, DenseReshapeRotateConcat) {
  GraphMaker make(5);
  const auto latent = make.input("latent", {11});
  auto cube = make.node("Gemm", {latent, make.constant({60, 11}, 0, 0.3F), make.constant({60}, 0, 0.1F)},
                        {{"transB", std::int64_t{1}}});
  const std::vector<std::int64_t> sizes = {-1, 3, 4, 5};
  make.graph().constants["shape"] =
      model::make_tensor(model::DataType::kInt64, {4}, std::span<const std::int64_t>(sizes));
  cube = make.node("Reshape", {cube, "shape"});
  const auto rotate = [&](std::vector<std::int64_t> order) {
    return make.node("Transpose", {cube}, {{"perm", std::move(order)}});
  };
  const auto a = make.convolution(rotate({0, 3, 1, 2}), {5, 2, 3, 3, 4});
  const auto b = make.convolution(rotate({0, 1, 2, 3}), {3, 2, 3, 4, 5});
  make.output(a);
  make.output(make.node("Concat", {rotate({0, 2, 1, 3}), rotate({0, 2, 1, 3})}, {{"axis", std::int64_t{1}}}));
  make.output(make.node("Concat", {cube, rotate({0, 1, 2, 3})}, {{"axis", std::int64_t{-1}}}));
  make.output(make.node("Transpose", {b}, {{"perm", std::vector<std::int64_t>{0, 3, 2, 1}}}));
  expect_like_reference(make);
}

TEST(Float32Program, ArithmeticBroadcastsAsOnnxDoes) {
  GraphMaker make(6);
  const auto x = make.input("x", {4, 5, 6});
  const auto energy = make.input("energy", {1});
  const std::vector<std::int64_t> sizes = {-1, 1, 1, 1};
  make.graph().constants["shape"] =
      model::make_tensor(model::DataType::kInt64, {4}, std::span<const std::int64_t>(sizes));
  const auto factor = make.node("Reshape", {energy, "shape"});
  const auto channels_last = make.convolution(x, {4, 4, 1, 5, 6, 1, 0, 0});
  make.output(make.node("Mul", {factor, channels_last}));
  make.output(make.node("Mul", {channels_last, channels_last}));
  make.output(make.node("Add", {channels_last, x}));
  make.output(make.node("Mul", {channels_last, make.constant({1}, 2, 1)}));
  make.output(make.node("Add", {make.constant({4, 1, 1}, 0, 1), channels_last}));
  make.output(make.node("Add", {channels_last, make.constant({1, 4, 5, 6}, 0, 1)}));
  make.output(make.node("Mul", {channels_last, make.constant({6}, 0, 1)}));
  make.output(make.batch_norm(make.node("Relu", {x}), 4));
  expect_like_reference(make);
}

TEST(Float32Program, TheGeneratorOfThePaperIsLikeTheReference) {
  const model::GeneratorSpec spec;
  const auto graph = model::build_generator(spec, model::random_generator_parameters(spec, 8));
  auto inputs = random_inputs(graph, 1, 9);
  inputs.at("energy").as<float>()[0] = 300;
  const auto program = Program::compile(graph);
  EXPECT_LT(
      octocal::testing::largest_difference(run_program(program, inputs).at(0), run_reference(graph, inputs).at(0)),
      1e-5);
  for (const auto& layer : program->layers()) {
    EXPECT_EQ(layer.kernel.find("ref"), std::string::npos) << layer.layer << ": " << layer.kernel;
    EXPECT_NE(layer.ops, "BatchNormalization") << layer.layer << " is not fused";
  }
}

TEST(Float32Program, OutputsMayBeInputsAndTwins) {
  GraphMaker make(7);
  const auto x = make.input("x", {3, 2, 2});
  make.output(make.node("Identity", {x}));
  make.output(make.node("Dropout", {x}));
  make.output(make.node("Relu", {x}));
  expect_like_reference(make);
}

}  // namespace
}  // namespace octocal::engine::test
