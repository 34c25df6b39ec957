// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <tuple>
#include <vector>

#include "octocal/base/machine.hpp"
#include "octocal/model/float_storage.hpp"
#include "octocal/model/layer_summary.hpp"
#include "unit/engine/capped_isa.hpp"
#include "unit/engine/graph_making.hpp"

// Layers in bfloat16 and float16 against the reference interpreter, on odd shapes and on every instruction set. Numbers
// are such that float32 has nothing to round but the format itself, so that the reference's bits are the only right ones.

namespace octocal::engine::test {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr const char* kAllIsas[] = {"baseline", "avx2", "avx512", "avx512_vnni", "avx512_bf16", "amx"};

/// value -> Cast -> Cast to float32.
std::string rounded(GraphMaker& make, const std::string& value, model::DataType type) {
  return make.node("Cast", {make.node("Cast", {value}, {{"to", model::cast_target(type)}})},
                   {{"to", model::cast_target(model::DataType::kFloat32)}});
}

/// A number that the formats cannot hold times what the input holds: of 5 bits, so that the product has 10 (bfloat16
/// rounds it, ties among them) or 16 (float16, too).
std::string with_more_bits(GraphMaker& make, const std::string& value, model::DataType type) {
  const auto factor = "factor" + std::to_string(make.graph().constants.size());
  make.graph().constants[factor] =
      model::make_tensor({}, std::vector<float>{type == model::DataType::kBfloat16 ? 1 + 0x1p-5F : 1 + 0x1p-10F});
  return make.node("Mul", {value, factor});
}

/// Gives the last node's weight the storage of a layer in this format.
void store_weight(GraphMaker& make, model::DataType type) {
  auto layer = make.graph().nodes.back();
  make.graph().nodes.pop_back();
  const auto& weight = *make.graph().constant(layer.inputs[1]);
  make.graph().constants[layer.inputs[1] + ".stored"] = model::rounded_to(type, weight);
  layer.inputs[1] =
      make.node("Cast", {layer.inputs[1] + ".stored"}, {{"to", model::cast_target(model::DataType::kFloat32)}});
  make.graph().nodes.push_back(layer);
}

/// Outputs of engine and reference are equal to the bit under this cap; returns the program.
std::shared_ptr<const Program> expect_the_reference(const model::Graph& graph, const char* isa) {
  const CappedIsa cap(isa);
  const auto program = Program::compile(graph);
  const auto inputs = random_inputs(graph, 3, 17, Numbers::kExact);
  EXPECT_EQ(run_program(program, inputs), run_reference(graph, inputs)) << isa;
  return program;
}

std::string of_convolution(const Program& program) {
  const auto layer = first_convolution(program);
  return layer.asked + " " + layer.ran;
}

using Case = std::tuple<model::DataType, ConvolutionCase>;
class RoundedConvolution : public ::testing::TestWithParam<Case> {};

TEST_P(RoundedConvolution, GivesFloat32LikeTheReference) {
  const auto& [type, c] = GetParam();
  GraphMaker make(31, Numbers::kExact);
  const auto x = make.input("x", {c.in, c.height, c.width});
  const auto value = make.convolution(rounded(make, with_more_bits(make, x, type), type), c, true);
  store_weight(make, type);
  make.output(make.batch_norm(make.leaky_relu(value), c.out));
  for (const char* isa : kAllIsas) {
    const auto program = expect_the_reference(make.graph(), isa);
    EXPECT_EQ(of_convolution(*program), std::string(model::name_of(type)) + " " + model::name_of(type));
  }
}

TEST_P(RoundedConvolution, GivesItsOwnFormatLikeTheReference) {
  const auto& [type, c] = GetParam();
  GraphMaker make(32, Numbers::kExact);
  const auto x = make.input("x", {c.in, c.height, c.width});
  const auto value = make.convolution(rounded(make, with_more_bits(make, x, type), type), c);
  store_weight(make, type);
  make.output(rounded(make, make.leaky_relu(value), type));
  for (const char* isa : kAllIsas) {
    const auto program = expect_the_reference(make.graph(), isa);
    EXPECT_EQ(first_convolution(*program).ops,
              std::string(c.transposed ? "ConvTranspose" : "Conv") + "+LeakyRelu+Cast");
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, RoundedConvolution,
                         ::testing::Combine(::testing::Values(model::DataType::kBfloat16, model::DataType::kFloat16),
                                            ::testing::ValuesIn(convolution_cases())));

TEST(RoundedLayers, GroupsAndThreeAxesAreLikeTheReference) {
  for (const auto type : {model::DataType::kBfloat16, model::DataType::kFloat16}) {
    GraphMaker groups(33, Numbers::kExact);
    const auto x = groups.input("x", {6, 7, 5});
    const auto w = groups.constant({4, 3, 3, 2}, 0, 0.25F);
    groups.output(
        groups.node("Conv", {rounded(groups, with_more_bits(groups, x, type), type), w},
                    {{"group", std::int64_t{2}}, {"strides", Integers{2, 1}}, {"pads", Integers{1, 0, 1, 1}}}));
    store_weight(groups, type);

    for (const bool transposed : {false, true}) {
      GraphMaker deep(34, Numbers::kExact);
      const auto cube = deep.input("x", {5, 3, 4, 3});
      const auto weight = deep.constant({transposed ? 5 : 7, transposed ? 7 : 5, 2, 3, 3}, 0, 0.25F);
      const auto value = deep.node(transposed ? "ConvTranspose" : "Conv",
                                   {rounded(deep, with_more_bits(deep, cube, type), type), weight},
                                   {{"strides", Integers{2, 1, 2}}, {"pads", Integers{0, 1, 1, 1, 1, 0}}});
      store_weight(deep, type);
      deep.output(rounded(deep, value, type));
      for (const char* isa : kAllIsas)
        EXPECT_EQ(of_convolution(*expect_the_reference(deep.graph(), isa)),
                  std::string(model::name_of(type)) + " " + model::name_of(type));
    }
    for (const char* isa : kAllIsas) expect_the_reference(groups.graph(), isa);
  }
}

// What moves numbers moves those of 16 bits; a Pad's fill value is stored in them where it can be.
TEST(RoundedLayers, MoveSixteenBits) {
  for (const auto type : {model::DataType::kBfloat16, model::DataType::kFloat16}) {
    GraphMaker make(35, Numbers::kExact);
    const auto a = rounded(make, with_more_bits(make, make.input("a", {3, 4, 5}), type), type);
    const auto b = rounded(make, with_more_bits(make, make.input("b", {2, 4, 5}), type), type);
    auto value = make.node("Concat", {a, b}, {{"axis", std::int64_t{1}}});
    value = make.node("Transpose", {value}, {{"perm", Integers{0, 1, 3, 2}}});
    const auto fill = "fill";
    make.graph().constants[fill] = model::make_tensor({}, std::vector<float>{0.5F});
    const Integers pads{0, 0, 1, 0, 0, 0, 0, 2};
    make.graph().constants["pads"] =
        model::make_tensor(model::DataType::kInt64, {8}, std::span<const std::int64_t>(pads));
    value = make.node("Pad", {value, "pads", fill});
    value = make.convolution(value, {5, 3, 3, 6, 6});
    store_weight(make, type);
    make.output(value);
    for (const char* isa : kAllIsas) {
      const auto program = expect_the_reference(make.graph(), isa);
      EXPECT_EQ(report_of(*program, "Concat").ran, model::name_of(type));
      EXPECT_EQ(report_of(*program, "Pad").kernel, "own:copy_cells_u16");
      EXPECT_EQ(of_convolution(*program), std::string(model::name_of(type)) + " " + model::name_of(type));
    }
  }
}

TEST(RoundedLayers, NeighboursOfOtherPrecisionsCostOneConversion) {
  GraphMaker make(36, Numbers::kExact);
  const auto type = model::DataType::kBfloat16;
  auto value = make.convolution(rounded(make, make.input("x", {4, 6, 6}), type), {4, 5, 3, 6, 6});
  store_weight(make, type);
  value = make.int8_convolution(make.fake_quantize(value, 0.25F, 120), {5, 4, 3, 6, 6});
  value = make.convolution(rounded(make, value, model::DataType::kFloat16), {4, 3, 3, 6, 6});
  store_weight(make, model::DataType::kFloat16);
  make.output(make.convolution(value, {3, 2, 3, 6, 6}));
  const auto program = expect_the_reference(make.graph(), "amx");
  std::string ran;
  int conversions = 0;
  for (const auto& layer : program->layers()) {
    if (layer.macs > 0) ran += layer.ran + " ";
    conversions += layer.kernel.find("own:round") == 0 && layer.macs == 0 ? 1 : 0;
    conversions += layer.kernel.find("own:widen") == 0 || layer.kernel.find("quantize") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(ran, "bfloat16 int8 float16 float32 ");
  EXPECT_EQ(conversions, 3);  // x to bfloat16, then to int8, then to float16
}

TEST(RoundedLayers, WeightsAloneInSixteenBitsAreComputedInFloat32) {
  GraphMaker make(37, Numbers::kExact);
  const auto value = make.convolution(make.input("x", {4, 6, 6}), {4, 5, 3, 6, 6});
  store_weight(make, model::DataType::kFloat16);
  make.output(value);
  EXPECT_EQ(of_convolution(*expect_the_reference(make.graph(), "amx")), "float32 float32");
  EXPECT_EQ(model::summarize(make.graph(), "test").layers.at(0).weight_type, "float16");
}

TEST(RoundedLayers, AskedIsWhatTheSummarySays) {
  for (const auto type : {model::DataType::kBfloat16, model::DataType::kFloat16}) {
    GraphMaker make(38);
    const auto value = make.convolution(rounded(make, make.input("x", {4, 6, 6}), type), {4, 5, 3, 6, 6});
    store_weight(make, type);
    make.output(value);
    EXPECT_EQ(model::summarize(make.graph(), "test").precision, model::name_of(type));
    EXPECT_EQ(Program::compile(make.graph())->precision(), model::name_of(type));
  }
}

// Infinities and numbers beyond float16 reach the output as IEEE has it.
TEST(RoundedLayers, OverflowIsInfinite) {
  GraphMaker make(39);
  make.output(rounded(make, make.input("x", {4}), model::DataType::kFloat16));
  const std::vector<float> numbers{65519.0F, 65520.0F, -1e9F, 0x1p-25F};
  const auto out = run_graph(make.graph(), {{"x", model::make_tensor({1, 4}, numbers)}});
  EXPECT_EQ(out.at(0), (std::vector<float>{65504.0F, INFINITY, -INFINITY, 0.0F}));
}

}  // namespace
}  // namespace octocal::engine::test
