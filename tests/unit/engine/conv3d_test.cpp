// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>
#include <string>

#include "octocal/base/machine.hpp"
#include "octocal/model/generator_builder.hpp"
#include "support/differences.hpp"
#include "unit/engine/capped_isa.hpp"
#include "unit/engine/graph_making.hpp"

// Convolutions over three axes, Resize and Pad, against the reference interpreter.

namespace octocal::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

struct Case3d {
  std::int64_t in = 1, out = 1;
  std::array<std::int64_t, 3> kernel{1, 1, 1}, image{4, 4, 4}, stride{1, 1, 1}, before{0, 0, 0}, after{0, 0, 0};
  bool transposed = false;

  Integers pads() const { return {before[0], before[1], before[2], after[0], after[1], after[2]}; }
};
std::ostream& operator<<(std::ostream& out, const Case3d& c) {
  out << (c.transposed ? "transposed " : "") << c.in << " to " << c.out;
  for (std::size_t i = 0; i < 3; ++i)
    out << ", " << c.kernel[i] << " over " << c.image[i] << " by " << c.stride[i] << " pads " << c.before[i] << " "
        << c.after[i];
  return out;
}

/// The baseline's layers on smaller images, odd channels, strides, uneven padding, an image one cell thick, transposed.
std::vector<Case3d> cases() {
  return {{8, 64, {6, 6, 8}, {7, 7, 8}, {1, 1, 1}, {2, 2, 3}, {3, 3, 4}},
          {64, 6, {6, 5, 8}, {7, 6, 9}},
          {6, 6, {3, 3, 8}, {5, 4, 11}, {1, 1, 1}, {1, 0, 3}, {1, 0, 3}},
          {6, 1, {2, 2, 2}, {4, 5, 6}},
          {5, 17, {1, 3, 2}, {3, 5, 4}, {1, 2, 1}, {0, 1, 1}, {0, 0, 1}},
          {3, 33, {3, 1, 1}, {6, 1, 7}, {2, 1, 3}, {2, 0, 0}, {1, 0, 0}},
          {4, 4, {3, 3, 3}, {1, 6, 6}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}},
          {5, 7, {4, 3, 5}, {3, 4, 3}, {2, 1, 3}, {1, 1, 1}, {1, 0, 1}, true}};
}

Integers weight_shape(const Case3d& c) {
  return {c.transposed ? c.in : c.out, c.transposed ? c.out : c.in, c.kernel[0], c.kernel[1], c.kernel[2]};
}

std::string convolution(GraphMaker& make, const Case3d& c, const std::string& value, const std::string& weight) {
  return make.node(c.transposed ? "ConvTranspose" : "Conv", {value, weight, make.constant({c.out}, 0, 0.5F)},
                   {{"strides", Integers(c.stride.begin(), c.stride.end())}, {"pads", c.pads()}});
}

model::Graph float32_graph(const Case3d& c) {
  GraphMaker make(21);
  const auto x = make.input("x", {c.in, c.image[0], c.image[1], c.image[2]});
  const auto taps = static_cast<float>(c.in * c.kernel[0] * c.kernel[1] * c.kernel[2]);
  const auto weight = make.constant(weight_shape(c), 0, 1.0F / std::sqrt(taps));
  make.output(make.batch_norm(make.leaky_relu(convolution(make, c, x, weight)), c.out));
  return make.graph();
}

/// Numbers that float32 holds exactly, so that the reference's bytes are the only right ones.
model::Graph int8_graph(const Case3d& c, int zero_point, bool quantized_output) {
  GraphMaker make(22, Numbers::kExact);
  const auto x = make.fake_quantize(make.input("x", {c.in, c.image[0], c.image[1], c.image[2]}), 0.125F, zero_point);
  const auto drawn = make.constant(weight_shape(c), 0, 8);
  std::vector<std::int8_t> numbers;
  for (const float number : make.graph().constants.at(drawn).as<float>())
    numbers.push_back(static_cast<std::int8_t>(std::clamp(number, -127.0F, 127.0F)));
  auto& constants = make.graph().constants;
  constants["w"] = model::make_tensor(model::DataType::kInt8, weight_shape(c), std::span<const std::int8_t>(numbers));
  std::vector<float> scales;
  for (std::int64_t o = 0; o < c.out; ++o) scales.push_back(o % 3 == 0 ? 1.0F / 256 : 1.0F / 512);
  constants["s"] = model::make_tensor({c.out}, scales);
  const std::vector<std::int8_t> zeros(static_cast<std::size_t>(c.out), 0);
  constants["z"] = model::make_tensor(model::DataType::kInt8, {c.out}, std::span<const std::int8_t>(zeros));
  const auto weight = make.node("DequantizeLinear", {"w", "s", "z"}, {{"axis", std::int64_t{c.transposed ? 1 : 0}}});
  auto value = make.batch_norm(make.leaky_relu(convolution(make, c, x, weight)), c.out);
  if (quantized_output) value = make.fake_quantize(value, 0.25F, zero_point);
  make.output(value);
  return make.graph();
}

class Convolution3d : public ::testing::TestWithParam<Case3d> {};

TEST_P(Convolution3d, Float32IsLikeTheReference) {
  const auto graph = float32_graph(GetParam());
  const auto inputs = random_inputs(graph, 3, 31);
  EXPECT_LT(octocal::testing::largest_difference(run_graph(graph, inputs, 2).at(0), run_reference(graph, inputs).at(0)),
            3e-6);
  const auto layer = first_convolution(*Program::compile(graph));
  EXPECT_EQ(layer.kernel.find("ref"), std::string::npos) << layer.kernel;
}

TEST_P(Convolution3d, Int8GivesTheReferencesBytes) {
  for (const int zero : {0, 118}) {  // odd ones round exact ties the other way (docs/engine.md)
    for (const bool quantized : {true, false}) {
      const auto graph = int8_graph(GetParam(), zero, quantized);
      const auto inputs = random_inputs(graph, 2, 32, Numbers::kExact);
      EXPECT_EQ(run_graph(graph, inputs).at(0), run_reference(graph, inputs).at(0)) << zero << quantized;
    }
  }
}

TEST_P(Convolution3d, SameBytesWithoutVnni) {
  const auto graph = int8_graph(GetParam(), 101, true);
  const auto inputs = random_inputs(graph, 2, 33);  // real numbers: rounding that is not exact, too
  const auto here = Program::compile(graph);
  const auto expected = run_program(here, inputs).at(0);
  EXPECT_EQ(first_convolution(*here).ran, "int8");
  for (const char* isa : {"avx2", "baseline"}) {
    const CappedIsa cap(isa);
    const auto program = Program::compile(graph);
    EXPECT_NE(first_convolution(*program).kernel.find("own:convolution_integer"), std::string::npos);
    EXPECT_EQ(run_program(program, inputs).at(0), expected) << isa;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Convolution3d, ::testing::ValuesIn(cases()));

std::string integers(GraphMaker& make, const std::string& name, const Integers& numbers) {
  make.graph().constants[name] = model::make_tensor(
      model::DataType::kInt64, {static_cast<std::int64_t>(numbers.size())}, std::span<const std::int64_t>(numbers));
  return name;
}

std::string scales(GraphMaker& make, const std::string& name, const std::vector<float>& numbers) {
  make.graph().constants[name] = model::make_tensor({static_cast<std::int64_t>(numbers.size())}, numbers);
  return name;
}

std::string upsampled(GraphMaker& make, const std::string& value, const std::string& scale_name) {
  return make.node(
      "Resize", {value, "", scale_name},
      {{"coordinate_transformation_mode", std::string("asymmetric")}, {"nearest_mode", std::string("floor")}});
}

TEST(IndexMaps, EveryOrderOfAxesAndEveryEdge) {
  GraphMaker make(23);
  const auto x = make.input("x", {3, 4, 5, 2});
  const auto s = scales(make, "s", {1, 1, 2, 3, 2});
  // Channels first and, behind a convolution, channels last in memory; a margin, a crop, channels added; a chain.
  const auto last = make.node("Conv", {x, make.constant({6, 3, 1, 1, 1}, 0, 1)});
  for (const auto& value : {x, last}) {
    const auto up = upsampled(make, value, s);
    make.output(up);
    const auto one = make.node("Pad", {up, integers(make, "p1", {0, 0, 1, 0, 3, 0, 0, 2, 0, 1})});
    make.output(make.node("Relu", {one}));
    make.output(make.node("Pad", {value, integers(make, "p2", {0, 0, -1, 2, 0, 0, 0, 0, -1, 0})}));
    make.output(
        make.node("Pad", {value, integers(make, "p3", {0, 1, 0, 0, 0, 0, 2, 0, 0, 0}), make.constant({}, 1.5F, 0)}));
    const auto chain =
        make.node("Pad", {upsampled(make, value, s), integers(make, "p4", {0, 0, 1, 1, 1, 0, 0, 1, 1, 1})});
    make.output(upsampled(make, chain, s));
  }
  const auto inputs = random_inputs(make.graph(), 2, 34);
  const auto ours = run_graph(make.graph(), inputs);
  const auto expected = run_reference(make.graph(), inputs);
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_LT(octocal::testing::largest_difference(ours[i], expected[i]), 2e-6) << i;
}

TEST(IndexMaps, QuantizedOnesMoveBytesAndPadsJoinTheConvolution) {
  for (const bool fill_is_zero : {true, false}) {
    GraphMaker make(24, Numbers::kExact);
    auto value = make.fake_quantize(make.input("x", {2, 3, 3, 4}), 0.125F, 90);
    value = upsampled(make, value, scales(make, "s", {1, 1, 2, 2, 3}));
    std::vector<std::string> pad = {value, integers(make, "p", {0, 0, 1, 0, 3, 0, 0, 1, 0, 2})};
    if (!fill_is_zero) pad.push_back(make.constant({}, 0.5F, 0));
    value = make.node("Pad", pad);
    const auto weight = make.constant({3, 2, 3, 3, 2}, 0, 8);
    std::vector<std::int8_t> numbers;
    for (const float number : make.graph().constants.at(weight).as<float>())
      numbers.push_back(static_cast<std::int8_t>(number));
    make.graph().constants["w"] =
        model::make_tensor(model::DataType::kInt8, {3, 2, 3, 3, 2}, std::span<const std::int8_t>(numbers));
    make.graph().constants["ws"] = model::make_tensor({}, std::vector<float>{1.0F / 256});
    const auto dequantized = make.node("DequantizeLinear", {"w", "ws"});
    make.output(make.node("Conv", {value, dequantized}, {{"pads", Integers{1, 1, 0, 0, 1, 0}}}));
    const auto inputs = random_inputs(make.graph(), 2, 35, Numbers::kExact);
    const auto program = Program::compile(make.graph());
    EXPECT_EQ(run_program(program, inputs).at(0), run_reference(make.graph(), inputs).at(0));
    std::string ops;
    for (const auto& layer : program->layers()) ops += layer.ops + " ";
    EXPECT_EQ(ops, fill_is_zero ? "QuantizeLinear Resize reorder Conv reorder "
                                : "QuantizeLinear Resize+Pad reorder Conv reorder ");
    EXPECT_EQ(first_convolution(*program).ran, "int8");
  }
}

// oneDNN 2.6's convolution by matrix products, which older processors get, mixes up the channels of a batch norm.
TEST(Float32Program, BatchNormsOverThreeAxesAreLikeTheReference) {
  for (const std::int64_t channels : {2, 9, 16})
    for (const std::int64_t dilation : {1, 2}) {
      GraphMaker make(36, Numbers::kExact);
      const auto x = make.input("x", {3, 4, 4, 5});
      const auto value = make.node("Conv", {x, make.constant({channels, 3, 2, 2, 3}, 0, 0.25F)},
                                   {{"dilations", Integers{dilation, 1, 1}}, {"pads", Integers{1, 0, 1, 1, 1, 1}}});
      make.output(make.batch_norm(make.leaky_relu(value), channels));
      const auto inputs = random_inputs(make.graph(), 2, 36, Numbers::kExact);
      EXPECT_EQ(run_graph(make.graph(), inputs), run_reference(make.graph(), inputs)) << channels << ", " << dilation;
    }
}

TEST(Float32Program, TheThreeDimensionalBaselineIsLikeTheReference) {
  model::GeneratorSpec spec;
  spec.architecture = model::Architecture::kConv3d;
  const auto graph = model::build_generator(spec, model::random_generator_parameters(spec, 8));
  auto inputs = random_inputs(graph, 1, 9);
  inputs.at("energy").as<float>()[0] = 300;
  const auto program = Program::compile(graph);
  EXPECT_LT(
      octocal::testing::largest_difference(run_program(program, inputs).at(0), run_reference(graph, inputs).at(0)),
      1e-5);
  for (const auto& layer : program->layers()) {
    EXPECT_EQ(layer.kernel.find("ref"), std::string::npos) << layer.layer << ": " << layer.kernel;
    EXPECT_EQ(layer.ops.find("Pad"), std::string::npos) << layer.layer << " is not joined";
  }
}

}  // namespace
}  // namespace octocal::engine::test
