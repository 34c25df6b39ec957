// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "octocal/base/machine.hpp"
#include "unit/engine/capped_isa.hpp"
#include "unit/engine/graph_making.hpp"

// Layers of 16-bit activations and 8-bit weights, against the reference interpreter.

namespace octocal::engine::test {
namespace {

/// Zero points are even: the engine adds them before it rounds, which turns ties the other way where they are odd.
enum class Bits { k8, k16, kNone };

struct WideBlock {
  ConvolutionCase convolution;
  Numbers numbers = Numbers::kReal;
  Bits in = Bits::k16, out = Bits::k16;
  bool is_signed = false, bias = false;
};

std::string quantized(GraphMaker& make, const std::string& value, Bits bits, float scale, bool is_signed) {
  if (bits == Bits::kNone) return value;
  if (bits == Bits::k8) return make.fake_quantize(value, scale * 256, is_signed ? 0 : 118, is_signed);
  return make.fake_quantize16(value, scale, is_signed ? 0 : 30466, is_signed);
}

constexpr float kExactStep = 1.0F / 4096, kRealStep = 1.3e-4F;

model::Graph graph_of(const WideBlock& block) {
  const auto& c = block.convolution;
  const float step = block.numbers == Numbers::kExact ? kExactStep : kRealStep;
  GraphMaker make(3, block.numbers);
  auto value = quantized(make, make.input("x", {c.in, c.height, c.width}), block.in, step, block.is_signed);
  value = make.batch_norm(make.leaky_relu(make.int8_convolution(value, c, block.bias)), c.out);
  make.output(quantized(make, value, block.out, step, block.is_signed));
  return make.graph();
}

class Int16x8 : public ::testing::TestWithParam<ConvolutionCase> {};

TEST_P(Int16x8, ExactNumbersGiveTheReferencesBytes) {
  for (const bool is_signed : {false, true}) {
    const auto graph = graph_of({GetParam(), Numbers::kExact, Bits::k16, Bits::k16, is_signed});
    const auto inputs = random_inputs(graph, 3, 5, Numbers::kExact);
    const auto program = Program::compile(graph);
    EXPECT_EQ(first_convolution(*program).ran, "int16x8");
    EXPECT_EQ(first_convolution(*program).asked, "int16x8");
    EXPECT_EQ(run_program(program, inputs).at(0), run_reference(graph, inputs).at(0)) << is_signed;
  }
}

// The reference rounds to float32 between the ops, the engine once behind all: of 24 bits, which 16-bit steps feel
// seldom.
TEST_P(Int16x8, RealNumbersDifferByASeldomStep) {
  const auto graph = graph_of({GetParam(), Numbers::kReal, Bits::k16, Bits::k16, false, true});
  const auto inputs = random_inputs(graph, 3, 6);
  const auto ours = run_graph(graph, inputs).at(0);
  const auto expected = run_reference(graph, inputs).at(0);
  std::size_t differ = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const double steps =
        std::abs(static_cast<double>(ours[i]) - static_cast<double>(expected[i])) / static_cast<double>(kRealStep);
    EXPECT_LT(steps, 1.01) << i;
    differ += steps > 0.01 ? 1 : 0;
  }
  EXPECT_LE(static_cast<double>(differ), 2 + 0.02 * static_cast<double>(ours.size()));
}

TEST_P(Int16x8, SameBytesOnEveryInstructionSet) {
  for (const Bits out : {Bits::k8, Bits::k16, Bits::kNone})
    for (const Bits in : {Bits::k8, Bits::k16}) {
      const auto graph = graph_of({GetParam(), Numbers::kReal, in, out, false, true});
      const auto inputs = random_inputs(graph, 2, 7);
      const auto best = run_graph(graph, inputs).at(0);
      for (const char* isa : {"baseline", "avx2", "avx512", "avx512_vnni"}) {
        const CappedIsa cap(isa);
        EXPECT_EQ(run_graph(graph, inputs).at(0), best) << isa;
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Int16x8, ::testing::ValuesIn(convolution_cases()));

TEST(Int16x8Block, SaturatesAtBothEnds) {
  auto graph = graph_of({{5, 8, 3, 6, 6}, Numbers::kExact});
  for (auto& [name, tensor] : graph.constants)
    if (name.starts_with("weight"))
      for (std::size_t i = 0; auto& weight : tensor.as<std::int8_t>()) weight = i++ / 45 % 2 == 0 ? 127 : -127;
  auto inputs = random_inputs(graph, 1, 9, Numbers::kExact);
  for (float& x : inputs.at("x").as<float>()) x = 8;
  const auto ours = run_graph(graph, inputs).at(0);
  EXPECT_EQ(ours, run_reference(graph, inputs).at(0));
  EXPECT_EQ(*std::max_element(ours.begin(), ours.end()), (65535 - 30466) * kExactStep);
  EXPECT_EQ(*std::min_element(ours.begin(), ours.end()), -30466 * kExactStep);
}

// Moves and joins of 16-bit numbers: transposed, resized, padded, joined, cut, then read by a layer.
TEST(Int16x8Block, MovesWords) {
  GraphMaker make(5, Numbers::kExact);
  const auto x = make.fake_quantize16(make.input("x", {4, 5, 6}), kExactStep, 20000);
  const auto turned = make.node("Transpose", {x}, {{"perm", std::vector<std::int64_t>{0, 2, 3, 1}}});
  const auto back = make.node("Transpose", {turned}, {{"perm", std::vector<std::int64_t>{0, 3, 1, 2}}});
  const auto both = make.node("Concat", {x, back}, {{"axis", std::int64_t{1}}});
  make.output(make.int8_convolution(both, {8, 5, 3, 5, 6}));
  const auto inputs = random_inputs(make.graph(), 2, 11, Numbers::kExact);
  EXPECT_EQ(run_graph(make.graph(), inputs).at(0), run_reference(make.graph(), inputs).at(0));
  const auto program = Program::compile(make.graph());
  for (const auto& layer : program->layers()) {
    if (layer.ops == "Concat") {
      EXPECT_EQ(layer.ran, "int16x8");
    }
  }
}

// int8 beside int16x8: a value that both kinds of layers read is stored once for each.
TEST(Int16x8Block, NeighboursOfOtherPrecisionCostOneConversion) {
  GraphMaker make(6, Numbers::kExact);
  auto value = make.fake_quantize(make.input("x", {5, 6, 6}), 0.0625F, 100);
  value = make.leaky_relu(make.int8_convolution(value, {5, 9, 3, 6, 6}));
  const auto fine = make.fake_quantize16(value, kExactStep, 20000);
  value = make.fake_quantize(make.int8_convolution(fine, {9, 6, 3, 6, 6}), 0.0625F, 77);
  make.output(make.int8_convolution(value, {6, 3, 3, 6, 6}));
  const auto inputs = random_inputs(make.graph(), 2, 12, Numbers::kExact);
  const auto program = Program::compile(make.graph());
  EXPECT_EQ(run_program(program, inputs).at(0), run_reference(make.graph(), inputs).at(0));
  std::size_t conversions = 0;
  for (const auto& layer : program->layers()) conversions += layer.ops == "QuantizeLinear" ? 1 : 0;
  EXPECT_EQ(conversions, 2U);  // of the input, and from 8 to 16 bits; back to 8 bits is part of the layer
}

}  // namespace
}  // namespace octocal::engine::test
